//! What is known of the other node.

use super::epoch::{Epoch, Nonce};

/// Whether the peer is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// Not since this healthd started, which is less than T_silent ago.
    NeverHeard,
    /// Within T_silent.
    Heard,
    /// Not for T_silent.
    Unreachable,
}

/// What the peer's reports say, and how much they still prove.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Peer<P> {
    /// Rule 12: a report came since this healthd started.
    pub(super) heard: bool,
    /// Nothing was heard of the peer for T_silent.
    pub(super) unreachable: bool,
    /// Whether its server answered at its last report.
    pub(super) server_answers: bool,
    /// The epoch in which it asks for the role, according to its last report.
    pub(super) asks_in: Option<Epoch>,
    /// The suspension that it wants acknowledged.
    pub(super) suspended: Option<Nonce>,
    /// Rule 12: its last report is fresh, or was when the peer went down.
    pub(super) report_fresh: bool,
    /// Rule 11: its last report proves that no acknowledged commit is missing here, or did when the peer went down.
    pub(super) proof: bool,
    /// Rule 6: the peer has heard nothing of this node for so long that it has no fresh report of it.
    pub(super) lease_over: bool,
    /// What it had executed at the report before the last one. A standby that still receives must contain this.
    pub(super) previous_report: P,
    /// Without a witness: the peer's own commits as known at the last probe that found this node's server well.
    pub(super) own_commits: P,
    /// The same at the probe before that.
    pub(super) previous_own_commits: P,
}

impl<P> Peer<P> {
    pub(super) fn contact(&self) -> Contact {
        match (self.unreachable, self.heard) {
            (true, _) => Contact::Unreachable,
            (false, true) => Contact::Heard,
            (false, false) => Contact::NeverHeard,
        }
    }

    pub(super) fn is_heard(&self) -> bool {
        self.contact() == Contact::Heard
    }
}
