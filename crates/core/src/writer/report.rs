//! What one healthd reports to the other one.

use serde::{Deserialize, Serialize};

use super::epoch::{Epoch, NodeId, Nonce};

/// A report. Ages travel beside it, summed hop by hop, so nothing in it needs a clock.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Report<P> {
    /// The reporting node.
    pub node: NodeId,
    /// The highest epoch it knows.
    pub epoch: Option<Epoch>,
    /// What the holder of that epoch had executed when it gained it.
    pub takeover_position: P,
    /// Its server's position when it was last read. `None` if it was not read since this healthd started.
    pub position: Option<Position<P>>,
    /// Whether its server answers now.
    pub answers: bool,
    /// It asks for the role.
    pub asks: bool,
    /// An operator wants the role on the reporting node, while the receiving node is in use.
    pub claims: bool,
    /// It gives the role away.
    pub yields: Option<Yield<P>>,
    /// It is suspended, and wants this suspension acknowledged.
    pub suspended: Option<Nonce>,
    /// The receiver's suspension that the reporting node acknowledges.
    pub acknowledges: Option<Nonce>,
}

/// What a server had executed at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position<P> {
    /// Everything it had executed: its own commits and those that it replicated.
    pub executed: P,
    /// Its own commits among them.
    pub own: P,
    /// Whether every acknowledged commit had reached the other node.
    pub semisync: SemiSync,
}

/// What a source says of its semi-synchronous replication (rule 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SemiSync {
    /// It is off, waits after the commit, or does not have exactly one client. Any commit may be missing.
    Off,
    /// It is on, waits after the sync and has one client, but a session waits. It may have waited for nearly the
    /// timeout.
    Waiting,
    /// The same, and no session waits. For the length of the timeout from now on, no missing commit is acknowledged.
    Quiet,
}

/// The role given away.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Yield<P> {
    /// The server answers, and this is all that it had executed after HAProxy had taken it out of rotation.
    Final(P),
    /// The server does not answer. The last report is all that is known.
    NoAnswer,
}
