//! What one HAProxy says about both nodes, and what it was answered.

use super::epoch::Nonce;

/// What a check says about both servers of the routing backend, at the moment HAProxy sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Opinion {
    /// Whether HAProxy sends clients to this node.
    pub me: bool,
    /// Whether HAProxy sends clients to another node.
    pub peer: bool,
}

/// Whether a holder may answer 200 to one witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// It may.
    Free,
    /// Not before the peer acknowledges this suspension.
    Suspended(Nonce),
    /// The peer acknowledged it: one 200, after which the check must say that this node is in use.
    Once,
    /// The role was just gained: 200 while the other node is out and the gates pass, until HAProxy uses this node.
    Trial,
}

/// One HAProxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Witness {
    /// Its last opinion. `None` if it never checked, or stopped checking.
    pub opinion: Option<Opinion>,
    /// Whether the last answer to it was 200.
    pub answered_up: bool,
    /// Whether it has said that this node is out, after an answer of 503.
    pub told_out: bool,
    /// Whether it stopped checking.
    pub unchecked: bool,
    /// Whether it says that client sessions are still open here. Not every HAProxy says so.
    pub sessions: bool,
    /// Its checks since the peer became unreachable. The second one was certainly sent after that.
    pub since_unreachable: u8,
    /// What a holder may answer to it.
    pub permission: Permission,
    /// Whether an operator has removed it: it is not waited for, and its opinion does not count.
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
            since_unreachable: 0,
            permission: Permission::Free,
            removed: false,
        }
    }
}

impl Witness {
    /// Rule 3: whether it certainly sends no client here.
    pub(super) fn is_out(&self) -> bool {
        self.told_out || self.unchecked
    }

    /// Whether in addition the sessions that it had here are gone, as far as it reports them.
    pub(super) fn is_out_and_empty(&self) -> bool {
        self.is_out() && !self.sessions
    }

    /// Whether it says that the other node is out.
    pub fn peer_is_out(&self) -> bool {
        self.opinion.is_some_and(|opinion| !opinion.peer)
    }

    /// Whether a holder waits for an acknowledgement before it answers 200 to this witness.
    pub(super) fn is_suspended(&self) -> bool {
        matches!(self.permission, Permission::Suspended(_))
    }
}
