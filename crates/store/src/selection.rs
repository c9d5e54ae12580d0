//! What is asked for: which series, over which time, in which steps.

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::Minute;

/// Some series of a counter: those that have all of these labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The counter.
    pub counter: String,
    /// The labels; none for all series.
    pub labels: Labels,
}

/// A question about the last minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowQuery {
    /// Which series.
    pub of: Selection,
    /// How many complete minutes.
    pub minutes: u32,
    /// How many weeks back to look for what is usual.
    pub weeks: u32,
}

/// The length of a bucket: a whole number of minutes, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step(u32);

impl Step {
    /// So many minutes; one instead of none.
    pub fn of_minutes(minutes: u32) -> Step {
        Step(minutes.max(1))
    }

    /// Its length in seconds.
    pub fn seconds(self) -> i64 {
        i64::from(self.0) * Minute::SECONDS
    }
}
