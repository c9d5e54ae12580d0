//! The action on the server that is in progress, or was tried last.

use std::time::{Duration, Instant};

use healthd_mysql::write::act::ActError;

/// How often an action is tried.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The action that is in progress, or was tried last.
#[derive(Debug, Clone, Default)]
pub(super) struct ServerActions {
    /// Whether it is in progress.
    pub(super) busy: bool,
    /// When the last one was tried.
    pub(super) tried: Option<Instant>,
    /// Whether this healthd has set the fence.
    pub(super) fenced: bool,
    /// Whether the state file had a fence when healthd started.
    pub(super) fence_found: bool,
    /// Since when the holder has had a live replica that acknowledges.
    pub(super) replica_since: Option<Instant>,
    /// Why the last action failed.
    pub(super) error: Option<ActError>,
}

impl ServerActions {
    /// `fence_found`: whether the state file has a fence.
    pub(super) fn new(fence_found: bool) -> ServerActions {
        ServerActions { fence_found, ..ServerActions::default() }
    }

    /// The same for the task after a reload. The result of an action in progress goes to the previous task, so this one
    /// does not wait for it.
    pub(super) fn inherited(self) -> ServerActions {
        ServerActions { busy: false, ..self }
    }

    /// Whether another action may start now.
    pub(super) fn may_start(&self) -> bool {
        !self.busy && self.tried.is_none_or(|tried| tried.elapsed() >= AGAIN_AFTER)
    }
}
