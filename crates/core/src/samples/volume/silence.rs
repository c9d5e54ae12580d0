//! For how long nothing has been counted, as far as the time was collected.

use std::time::Duration;

use super::doubt::Doubt;
use super::words::span;
use crate::reading::count_of;
use crate::reading::outcome::Outcome;
use crate::samples::minute::Minute;
use crate::samples::window::Window;
use crate::text::civil;

/// For how long nothing has been counted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Silence {
    /// For longer than the limit, all of it collected.
    Silent {
        /// For how many seconds.
        seconds: i64,
        /// Since when: after the newest count, or since it was collected.
        since: i64,
        /// The limit.
        limit: Duration,
    },
    /// Not for that long.
    Heard {
        /// For how many seconds at least.
        seconds: i64,
    },
    /// Not known: too little of the time was collected.
    Unsure {
        /// For how many seconds it was.
        collected: i64,
    },
}

impl Silence {
    pub(super) fn of(window: &Window, limit: Duration) -> Silence {
        let Some(end) = window.covered_to else { return Silence::Unsure { collected: 0 } };
        let begin = window.covered_from.unwrap_or(end);
        let allowed = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
        // The newest count may have been in the last second of its minute.
        let after_newest = window.newest.map(|minute| minute + Minute::SECONDS);
        let since = after_newest.map_or(begin, |newest| newest.max(begin));
        let seconds = (end - since).max(0);
        match after_newest {
            _ if seconds >= allowed => Silence::Silent { seconds, since, limit },
            // Also if there was a gap since then.
            Some(newest) if end - newest < allowed => Silence::Heard { seconds },
            _ => Silence::Unsure { collected: end - begin },
        }
    }

    pub(super) fn outcome(&self, doubt: Option<&Doubt>) -> Outcome {
        match self {
            // It may be over, where nothing is read now.
            _ if doubt.is_some_and(|doubt| doubt.is_fault) => Outcome::Unknown,
            Silence::Silent { .. } => Outcome::Critical,
            Silence::Heard { .. } => Outcome::Ok,
            Silence::Unsure { .. } => Outcome::Unknown,
        }
    }

    pub(super) fn words(&self, doubt: Option<&Doubt>) -> Option<String> {
        let of = |seconds: i64| span(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()));
        match self {
            _ if doubt.is_some_and(|doubt| doubt.is_fault) => None,
            Silence::Silent { seconds, since, limit } => Some(format!(
                "nothing counted for {}, since {} (at most {})",
                of(*seconds),
                civil::minute(*since),
                span(*limit)
            )),
            Silence::Heard { .. } => None,
            Silence::Unsure { collected } => {
                Some(format!("silence is not known: only the last {} were collected", of(*collected)))
            }
        }
    }

    /// For perfdata.
    pub(super) fn seconds(&self) -> f64 {
        match self {
            Silence::Silent { seconds, .. } | Silence::Heard { seconds } => {
                count_of(u64::try_from(*seconds).unwrap_or_default())
            }
            Silence::Unsure { .. } => f64::NAN,
        }
    }
}
