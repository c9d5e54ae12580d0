//! The answer to a check, and why the writer role is refused. The figures belong to the explanation, in `verdict`.

use super::persistent::Anomaly;

/// An admission gate that does not pass: this node could not take the role now, whatever the others do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bar {
    /// The server does not answer, or may not be written.
    Unfit,
    /// Its history cannot be trusted.
    Anomaly(Anomaly),
    /// It was never seen to replicate, so nothing is known of what it should have.
    Unproven,
    /// It has lost the role, and its commits were not compared with the takeover position yet.
    NotCompared,
    /// Errant transactions: own commits beyond the new holder's takeover position.
    Errant,
    /// It has not applied everything that it was seen to have received.
    BehindMark,
    /// It has not applied everything that the peer reported.
    BehindReport,
}

/// Why a check is answered 503 although the server itself may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A standby that could take over: another node holds the role.
    Standby,
    /// An admission gate does not pass.
    Barred(Bar),
    /// No node ever held the role, and the peer was not heard.
    NoEpoch,
    /// The holder was taken out or failed, and waits until the peer acknowledges its suspension.
    Suspended,
    /// The same, and the peer is unreachable: only an operator can decide.
    Undecided,
    /// The holder gives the role away by command.
    HandingOver,
    /// The holder gives the role away because the peer asked.
    Yielded,
    /// HAProxy still uses the other node.
    PeerInUse,
    /// At least one HAProxy was not heard, or still uses the other node.
    WitnessesDisagree,
    /// This node asks for the role, or will once the peer has been unreachable for long enough.
    Asking,
    /// No report of the peer was fresh when it went down.
    NoReport,
    /// The final position of the old holder is not applied yet.
    BehindFinal,
    /// The deciding probe is still running.
    Probing,
    /// HAProxy has not checked by HTTP lately.
    NotChecked,
    /// Without a witness: the server restarted, and the peer was written meanwhile.
    Quarantined,
}

/// The answer to a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// 200.
    Serve,
    /// 503.
    Refuse(Refusal),
}
