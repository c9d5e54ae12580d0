//! What is known of the other node.

use super::epoch::{Epoch, Nonce};

/// Whether the peer is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Contact {
    /// Not since this healthd started, which is less than T_silent ago.
    #[default]
    NeverHeard,
    /// Within T_silent.
    Heard,
    /// Not for T_silent.
    Unreachable {
        /// Rule 12: whether a report came since this healthd started.
        heard_before: bool,
    },
}

impl Contact {
    /// Whether nothing was heard for T_silent.
    pub(super) fn is_unreachable(self) -> bool {
        matches!(self, Contact::Unreachable { .. })
    }

    /// Rule 12: whether a report came since this healthd started.
    pub(super) fn was_heard(self) -> bool {
        matches!(self, Contact::Heard | Contact::Unreachable { heard_before: true })
    }

    /// The same after T_silent without a report.
    pub(super) fn lost(self) -> Contact {
        Contact::Unreachable { heard_before: self.was_heard() }
    }
}

/// What the peer's reports say, and how much they still prove.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Peer<P> {
    /// Whether it is heard.
    pub(super) contact: Contact,
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
    pub(super) fn is_heard(&self) -> bool {
        self.contact == Contact::Heard
    }

    pub(super) fn is_unreachable(&self) -> bool {
        self.contact.is_unreachable()
    }
}
