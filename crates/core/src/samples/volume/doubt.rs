//! Why a count may not be all that happened.

use crate::reading::outcome::Outcome;

/// Why what was counted may not be all that happened.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Doubt {
    /// The reason, and what to do.
    pub(super) why: String,
    /// Whether somebody has to fix something: time alone does not help.
    pub(super) is_fault: bool,
}

impl Doubt {
    /// The outcome; `certain` is what holds even so.
    pub(super) fn outcome(&self, certain: Outcome) -> Outcome {
        match certain {
            Outcome::Critical => Outcome::Critical,
            Outcome::Warning if !self.is_fault => Outcome::Warning,
            _ => Outcome::Unknown,
        }
    }
}
