//! What a counter's window is held against, and how its counts are called.

use std::time::Duration;

use crate::reading::number;
use crate::reading::range::Thresholds;

/// What a counter's window is held against.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VolumeLimits {
    /// The count in the window.
    pub count: Thresholds,
    /// The count in percent of what is usual at this time of the week.
    pub baseline: Thresholds,
    /// The longest time without any count.
    pub silence: Option<Duration>,
}

impl VolumeLimits {
    /// Whether the count itself is judged, so that all of the window must have been collected. It is not if only
    /// silence is asked for.
    pub(super) fn judge_the_count(&self) -> bool {
        !self.count.is_empty() || !self.baseline.is_empty() || self.silence.is_none()
    }
}

/// What is counted, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    /// Mail.
    Messages,
    /// Lines of any log.
    Matches,
}

impl Noun {
    /// The label in perfdata.
    pub(super) fn label(self) -> &'static str {
        match self {
            Noun::Messages => "messages",
            Noun::Matches => "matches",
        }
    }

    /// `1 message`, `240 matches of http_5xx`.
    pub(super) fn counted(self, count: f64, counter: &str) -> String {
        let one = count.to_bits() == 1f64.to_bits();
        let noun = match (self, one) {
            (Noun::Messages, true) => "message",
            (Noun::Messages, false) => "messages",
            (Noun::Matches, true) => "match",
            (Noun::Matches, false) => "matches",
        };
        match self {
            Noun::Messages => format!("{} {noun}", number(count)),
            Noun::Matches => format!("{} {noun} of {counter}", number(count)),
        }
    }
}
