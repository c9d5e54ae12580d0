//! An outcome with its words.

use crate::reading::outcome::Outcome;

/// What is said of an instance, or of one role of it.
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
