//! What one node's healthd tells the other's.

use serde::{Deserialize, Serialize};

use super::epoch::{Epoch, NodeId, Nonce};

/// A report. Ages travel beside it, summed hop by hop: nothing in it needs a clock.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Report<P> {
    /// Whose it is.
    pub node: NodeId,
    /// The highest epoch it knows.
    pub epoch: Option<Epoch>,
    /// What the holder of that epoch had executed when it gained it.
    pub cut: P,
    /// Its server's state when it was last read; `None`: not since this healthd started.
    pub position: Option<Position<P>>,
    /// Whether its server answers now.
    pub answers: bool,
    /// It asks for the role.
    pub wants: bool,
    /// An operator asks for it, while the receiver is in use.
    pub claims: bool,
    /// It gives the role away.
    pub yields: Option<Yield<P>>,
    /// It is suspended, and asks for an echo of this.
    pub suspended: Option<Nonce>,
    /// The receiver's suspension that it heard of while the receiver was not silent.
    pub echo: Option<Nonce>,
}

/// What a server had executed at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position<P> {
    /// All it had executed, its own commits and those it replicated.
    pub executed: P,
    /// Its own commits among them.
    pub own: P,
    /// Whether every commit that a client was told of had reached the other node.
    pub semisync: SemiSync,
}

/// What a source says of its semi-synchronous replication (rule 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SemiSync {
    /// It is off, waits after the commit, or has not exactly one client: any commit may be missing.
    Off,
    /// It is on, waits after the sync and has one client, but a session waits: it may have done so for nearly the timeout.
    Waiting,
    /// And no session waits: for the time of the timeout from now on, nobody is told of a commit that is missing.
    Quiet,
}

/// The role given away.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Yield<P> {
    /// The server lives, and this is all it had executed after HAProxy had taken it out.
    Final(P),
    /// The server does not answer: the last report is all that is known.
    NoAnswer,
}
