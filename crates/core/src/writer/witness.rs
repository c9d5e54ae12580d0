//! HAProxy's opinion, as a check of it says, and what was answered to it.

use super::epoch::Nonce;

/// What a check says about both servers of the routing backend at the moment it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Opinion {
    /// Whether HAProxy sends clients to this node.
    pub me: bool,
    /// Whether it sends them to another one.
    pub peer: bool,
}

/// Whether a holder may answer 200 to one witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Leave {
    /// It may.
    Free,
    /// Not before the peer echoes this.
    Suspended(Nonce),
    /// The peer did: one 200, after which the check must say that this node is in use.
    Permit,
    /// The role was just gained: 200 while the other one is out and the gates pass, until HAProxy has followed.
    Trial,
}

/// One HAProxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Witness {
    /// Its last opinion; `None` when there was none, or its checks stopped coming.
    pub opinion: Option<Opinion>,
    /// Whether the last answer to it was 200.
    pub answered_up: bool,
    /// Whether it has said that this node is out, after an answer of 503.
    pub told_out: bool,
    /// Whether its checks stopped coming.
    pub unchecked: bool,
    /// Whether it says that client sessions are still open here; only where it says so at all.
    pub sessions: bool,
    /// Its checks since the peer fell silent; the second one was surely sent after that.
    pub since_silence: u8,
    /// What a holder may answer.
    pub leave: Leave,
    /// Whether an operator has removed it: it is not waited for, and its word does not count.
    pub removed: bool,
}

impl Default for Witness {
    fn default() -> Self {
        Witness {
            opinion: None,
            answered_up: false,
            told_out: false,
            unchecked: false,
            sessions: false,
            since_silence: 0,
            leave: Leave::Free,
            removed: false,
        }
    }
}

impl Witness {
    /// Rule 3: it is certain that it sends no client here.
    pub fn is_out(&self) -> bool {
        self.told_out || self.unchecked
    }

    /// And the sessions that it had here are gone, as far as it says so.
    pub fn is_empty(&self) -> bool {
        self.is_out() && !self.sessions
    }

    /// It says that the other node is out.
    pub fn peer_is_out(&self) -> bool {
        self.opinion.is_some_and(|opinion| !opinion.peer)
    }
}
