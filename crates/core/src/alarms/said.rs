//! An outcome with its text.

use crate::reading::outcome::Outcome;

/// The outcome and text for an instance, or for one of its roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) outcome: Outcome,
    pub(super) words: String,
}

impl Said {
    pub(super) fn new(outcome: Outcome, words: impl Into<String>) -> Said {
        Said { outcome, words: words.into() }
    }
}
