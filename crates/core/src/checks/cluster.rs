//! What checks of clusters have in common.

use crate::check::{Cannot, Finding, Settings};
use crate::reading::outcome::Outcome;

/// The answer of a server that is in none: to who asks for the cluster alone it is what was said of it, and where it may be so
/// nobody misses it.
pub(super) fn in_no_cluster(text: &str, settings: &Settings) -> Result<Finding, Cannot> {
    match settings.not_replica {
        Outcome::Ok => Err(Cannot::NotHere(text.to_owned())),
        outcome => Ok(Finding::new(text, Vec::new()).at_least(outcome)),
    }
}
