//! The persistent state: what a node must not forget, in one small file.

use serde::{Deserialize, Serialize};

use super::epoch::{BootId, Epoch};
use super::report::{Position, Report};

/// Something happened to a server's history after which positions cannot be compared. It stays until an operator drops
/// the high-water marks, because further commits would hide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anomaly {
    /// The server's own history is gone: `RESET MASTER`, or a rebuild.
    SelfReset,
    /// Some of its own commits are gone: an old data directory, or a disk that lost writes.
    LostOwnCommits,
    /// Another server answers than before.
    IdentityChanged,
}

/// The persistent part of the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persistent<P> {
    /// The highest epoch known.
    pub epoch: Option<Epoch>,
    /// What the holder of that epoch had executed when it gained it.
    pub takeover_position: P,
    /// The run of the server under which this node gained its epoch, or last served without a witness.
    pub boot: Option<BootId>,
    /// Everything ever seen received.
    pub high_water_mark: P,
    /// Every own commit ever seen.
    pub own_high_water_mark: P,
    /// Whether the high-water marks mean anything: a channel was once seen connected, with everything received applied.
    pub proven: bool,
    /// The peer's last report that had a position.
    pub peer_report: Option<Report<P>>,
    /// This node's own commits that the peer had executed at that report.
    pub held_by_peer: P,
    /// Rule 6: the peer cannot have taken the role while it was unreachable.
    pub peer_excluded: bool,
    /// The role was lost, and the own commits are still to be compared with the takeover position.
    pub demoted: bool,
    /// Errant transactions: own commits beyond the takeover position, found after the role was lost.
    pub errant: P,
    /// Transactions that an operator has accepted: not missed any more, and not errant any more.
    pub accepted: P,
    /// What happened to the history.
    pub anomaly: Option<Anomaly>,
    /// Without a witness: the peer's own commits when this node's server was last seen well. `None` while it serves.
    pub peer_when_last_well: Option<P>,
}

impl<P> Persistent<P> {
    /// The position in the peer's last report.
    pub fn reported(&self) -> Option<&Position<P>> {
        self.peer_report.as_ref().and_then(|report| report.position.as_ref())
    }
}

impl<P: Default> Default for Persistent<P> {
    fn default() -> Self {
        Persistent {
            epoch: None,
            takeover_position: P::default(),
            boot: None,
            high_water_mark: P::default(),
            own_high_water_mark: P::default(),
            proven: false,
            peer_report: None,
            held_by_peer: P::default(),
            peer_excluded: false,
            demoted: false,
            errant: P::default(),
            accepted: P::default(),
            anomaly: None,
            peer_when_last_well: None,
        }
    }
}
