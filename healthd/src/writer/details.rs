//! Details for people and the peer that the state machine does not need.

use std::time::{Duration, Instant};

use healthd_core::position::gtids::Gtids;

/// Details for people and the peer that the state machine does not need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Details {
    /// When the probe began that read the position.
    pub(super) read: Option<Instant>,
    /// When the server stopped answering.
    pub(super) failing: Option<Instant>,
    /// When the peer's report arrived whose suspension our reports acknowledge.
    pub(super) acknowledged: Option<Instant>,
    /// The server's semi-sync timeout.
    pub(super) semisync_timeout: Option<Duration>,
    /// What the server's binary logs no longer contain.
    pub(super) purged: Gtids,
    /// What the peer's binary logs no longer contain.
    pub(super) peer_purged: Gtids,
    /// What the peer says it has executed.
    pub(super) peer_executed: Option<Gtids>,
    /// Why the guarantee is weaker on this server.
    pub(super) caveats: Vec<String>,
    /// Whether the transactions of the two nodes cannot be distinguished with certainty.
    pub(super) inseparable: bool,
    /// Why the peer does not answer.
    pub(super) peer_error: Option<String>,
    /// Why the last gain was not saved.
    pub(super) not_gained: Option<String>,
    /// Changes with every report that differs.
    pub(super) stamp: u64,
}

/// Start times of conditions for which only the task itself waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Since {
    /// Since when the node hands over and is out of rotation.
    pub(super) out: Option<Instant>,
    /// Since when the peer has reported what it holds of this node's commits.
    pub(super) held: Option<Instant>,
    /// Until when an operator's claim of the role counts.
    pub(super) claim_until: Option<Instant>,
}
