//! The number of this run of healthd.

use std::hash::{BuildHasher as _, RandomState};

/// A random number that names this run of healthd. The acknowledgement of an earlier run proves nothing.
pub(super) fn session() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
