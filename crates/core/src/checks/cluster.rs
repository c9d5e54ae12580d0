//! What checks of clusters have in common.

use crate::check::{Cannot, Finding, Settings};
use crate::reading::outcome::Outcome;

/// The answer for a server outside any cluster: the configured outcome, or "not here" if it need not be in one.
pub(super) fn in_no_cluster(text: &str, settings: &Settings) -> Result<Finding, Cannot> {
    match settings.not_replica {
        Outcome::Ok => Err(Cannot::NotHere(text.to_owned())),
        outcome => Ok(Finding::new(text, Vec::new()).at_least(outcome)),
    }
}
