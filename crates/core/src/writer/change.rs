//! What healthd changes on its own server, where the configuration allows it: when, not how.

use std::time::Duration;

/// How long the holder must have had a replica before its commits wait for one.
const REPLICA_FOR: Duration = Duration::from_secs(2);

/// How far the fence is: `read_only`, set by healthd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FenceProgress {
    /// There is none.
    Absent,
    /// It is remembered, but not on disk yet.
    Remembered,
    /// It is on disk: a healthd that starts after a crash knows of it. This healthd has not set it.
    OnDisk,
    /// This healthd has set it.
    Set,
}

/// What decides about the fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// No HAProxy has checked for long enough, and the peer is unreachable: this node may have been replaced.
    pub alone: bool,
    /// This node serves, as far as it knows.
    pub incumbent: bool,
    /// The peer confirms this node's epoch, or HAProxy says that the peer is out.
    pub confirmed: bool,
    /// How far it is.
    pub progress: FenceProgress,
}

/// The next step of a fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FenceStep {
    /// Nothing.
    None,
    /// Remember it on disk before it is set. A fence that no healthd knows of would never be removed.
    Remember,
    /// Set it.
    Set,
    /// Remove it.
    Remove,
}

impl Fence {
    /// What has to be done now.
    pub fn step(self) -> FenceStep {
        match (self.progress, self.alone) {
            (FenceProgress::Absent, true) if self.incumbent => FenceStep::Remember,
            (FenceProgress::OnDisk, true) => FenceStep::Set,
            (FenceProgress::Remembered | FenceProgress::OnDisk | FenceProgress::Set, false) if self.confirmed => {
                FenceStep::Remove
            }
            _ => FenceStep::None,
        }
    }
}

/// Whether the source's side of semi-sync has to be switched, and to what. `replica_for` is how long the holder has
/// had a live replica that acknowledges. Only the holder's replica counts.
pub fn semi_sync(on: bool, holds: bool, replica_for: Option<Duration>) -> Option<bool> {
    match replica_for {
        Some(time) => (!on && time >= REPLICA_FOR).then_some(true),
        // The holder keeps it on through a short interruption: switched off, waiting commits would be acknowledged to
        // clients without having reached the replica.
        None => (on && !holds).then_some(false),
    }
}
