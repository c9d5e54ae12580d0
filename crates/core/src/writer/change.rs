//! What a node changes on its own server, where its operator allows it: when, not how.

use std::time::Duration;

/// How long the holder must have had a replica before commits wait for it.
const REPLICA_FOR: Duration = Duration::from_secs(2);

/// What is known of a fence: `read_only`, set by healthd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// No HAProxy has asked for long enough, and the peer is silent: this node may have been replaced.
    pub alone: bool,
    /// It serves, as far as it knows.
    pub incumbent: bool,
    /// The fence was remembered.
    pub remembered: bool,
    /// That is on the disk: a healthd that ends now will know of it.
    pub saved: bool,
    /// It was set, in this life of healthd.
    pub set: bool,
    /// The peer confirms this node's epoch, or HAProxy says that the peer is out.
    pub confirmed: bool,
}

/// The next step of a fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FenceStep {
    /// As it is.
    None,
    /// Remember it on the disk, before it is done: a fence that nobody takes away is an outage.
    Remember,
    /// Set it.
    Set,
    /// Take it away.
    TakeAway,
}

impl Fence {
    /// What is to be done now.
    pub fn step(self) -> FenceStep {
        match self {
            Fence { remembered: false, alone: true, incumbent: true, .. } => FenceStep::Remember,
            Fence { remembered: false, .. } => FenceStep::None,
            Fence { alone: true, set: false, saved: true, .. } => FenceStep::Set,
            Fence { alone: true, .. } => FenceStep::None,
            Fence { confirmed: true, .. } => FenceStep::TakeAway,
            Fence { .. } => FenceStep::None,
        }
    }
}

/// Whether the source's side of semi-sync is to be switched, and to what. `replica` is for how long the holder has had
/// a living replica that acknowledges; nobody else has one that counts.
pub fn semi_sync(on: bool, holds: bool, replica: Option<Duration>) -> Option<bool> {
    match replica {
        Some(time) => (!on && time >= REPLICA_FOR).then_some(true),
        // Not at a hiccup of the holder: what waits would be told to clients, unacknowledged.
        None => (on && !holds).then_some(false),
    }
}
