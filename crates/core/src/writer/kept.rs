//! What a node must not forget: one small file.

use serde::{Deserialize, Serialize};

use super::epoch::{BootId, Epoch};
use super::report::Report;

/// Something happened to a server's history after which positions cannot be compared. It stays until an operator drops the marks:
/// further commits would hide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anomaly {
    /// The own history is gone: `RESET MASTER`, or a rebuild.
    SelfReset,
    /// Some of the own commits are gone: an old data directory, or a disk that lied.
    LostOwnCommits,
    /// Another server answers than before.
    IdentityChanged,
}

/// The durable part of the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept<P> {
    /// The highest epoch known.
    pub epoch: Option<Epoch>,
    /// What its holder had executed when it gained it.
    pub cut: P,
    /// The run of the server under which this node gained its epoch, or last served without a witness.
    pub boot: Option<BootId>,
    /// The high-water mark: everything ever seen received.
    pub mark: P,
    /// Every own commit ever seen.
    pub own_mark: P,
    /// Whether the marks mean anything: a channel was once seen connected and contained.
    pub proven: bool,
    /// The peer's last report with a position.
    pub report: Option<Report<P>>,
    /// This node's own commits that the peer had executed at that report.
    pub held: P,
    /// Rule 6: the peer cannot have taken the role while it was silent.
    pub peer_excluded: bool,
    /// The role was lost; the own commits are to be compared with the new holder's cut.
    pub demoted: bool,
    /// Own commits beyond the cut, found after the role was lost.
    pub surplus: P,
    /// Transactions that an operator has given up: not missed any more, not held against this node any more.
    pub accepted: P,
    /// What happened to the history.
    pub anomaly: Option<Anomaly>,
    /// Without a witness: the peer's own commits when this node's server was last seen well; `None` while it serves.
    pub away: Option<P>,
}

impl<P: Default> Default for Kept<P> {
    fn default() -> Self {
        Kept {
            epoch: None,
            cut: P::default(),
            boot: None,
            mark: P::default(),
            own_mark: P::default(),
            proven: false,
            report: None,
            held: P::default(),
            peer_excluded: false,
            demoted: false,
            surplus: P::default(),
            accepted: P::default(),
            anomaly: None,
            away: None,
        }
    }
}
