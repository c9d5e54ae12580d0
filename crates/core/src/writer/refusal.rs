//! Why the writer role is refused, without the figures: those are taken from the state where it is explained.

use super::kept::Anomaly;

/// An admission gate that does not pass: this node could not take the role now, whatever the others do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bar {
    /// The server does not answer, or may not be written.
    Unfit,
    /// Its history cannot be trusted.
    Anomaly(Anomaly),
    /// It was never seen to replicate: nothing is known of what it should have.
    Unproven,
    /// It has lost the role, and its commits were not compared with the new holder's cut yet.
    Unjudged,
    /// Own commits beyond the new holder's cut.
    Surplus,
    /// It was seen to receive what it has not applied.
    BehindMark,
    /// The peer reported what it has not applied.
    BehindReport,
}

/// Why a check is answered 503 although the server itself may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A standby that could take over: another node holds the role.
    Standby,
    /// An admission gate.
    Barred(Bar),
    /// Nobody has ever held the role, and the peer was not heard of.
    NoEpoch,
    /// The holder was taken out or failed, and waits for the peer to say that it did not take over.
    Suspended,
    /// The same, and the peer is silent: only an operator can decide.
    Undecided,
    /// The holder gives the role away by command.
    HandingOver,
    /// The holder gives the role away because the peer asked.
    Yielded,
    /// HAProxy still uses the other node.
    PeerInUse,
    /// Some HAProxy was not heard of, or still uses the other node.
    WitnessesDisagree,
    /// The role was asked for, or will be when the peer has been silent for long enough.
    Asking,
    /// No report of the peer was fresh when it went down.
    NoReport,
    /// The final position of the old holder is not contained yet.
    BehindFinal,
    /// The probe that decides is under way.
    Probing,
    /// HAProxy has not asked by HTTP lately.
    NotChecked,
    /// Without a witness: the server restarted, and the peer has been written meanwhile.
    Quarantined,
}
