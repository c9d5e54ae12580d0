//! The role on its way from one node to the other.

use super::report::Yield;

/// Why the holder gives the role away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Handover {
    /// It does not.
    No,
    /// By an operator's command.
    Commanded,
    /// Because the peer asked for it.
    Requested,
}

/// The holder's side.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Giving<P> {
    pub(super) handover: Handover,
    /// What the next report gives to the peer.
    pub(super) yields: Option<Yield<P>>,
    /// Without a witness: every check was refused for long enough that no client is sent here.
    pub(super) drained: bool,
}

impl<P> Default for Giving<P> {
    fn default() -> Self {
        Giving { handover: Handover::No, yields: None, drained: false }
    }
}

impl<P> Giving<P> {
    pub(super) fn is_under_way(&self) -> bool {
        self.handover != Handover::No
    }
}

/// The side of the node that wants the role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Taking<P> {
    /// This node asks for the role.
    pub(super) asks: bool,
    /// What the holder answered to that.
    pub(super) grant: Option<Yield<P>>,
    /// The holder has only just gone out of rotation at every HAProxy. While its server answers, it may come back by
    /// itself.
    pub(super) holder_grace: bool,
}

impl<P> Default for Taking<P> {
    fn default() -> Self {
        Taking { asks: false, grant: None, holder_grace: false }
    }
}
