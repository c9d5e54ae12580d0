//! One example of every refusal of the writer role.

use healthd_core::verdict::reason::Reason;
use healthd_core::verdict::{Cause, Names, Transactions, WriterReason};
use healthd_core::writer::{Anomaly, Bar, Refusal};

use super::complete;
use crate::support::{millis, seconds};

/// A refusal of the writer role.
pub(crate) fn writer(names: Names, cause: Cause) -> Reason {
    Reason::Writer(Box::new(WriterReason { names, cause }))
}

/// Every cause of a refusal of the writer role. Causes with numbers occur with many, with one and with none.
pub(crate) fn causes() -> Vec<Cause> {
    let many = || Transactions { count: 300, by_position: false, which: "1-1-168..467".to_owned() };
    let one = || Transactions { count: 1, by_position: false, which: "1-1-168".to_owned() };
    let none = || Transactions { count: 0, by_position: false, which: String::new() };
    let by_position = || Transactions { count: 1, by_position: true, which: "2:1:345..1:9876".to_owned() };
    let causes = vec![
        Cause::DaemonNotRunning,
        Cause::PositionUnknown,
        Cause::TakeoverNotSaved { why: "No space left on device (os error 28)".to_owned() },
        Cause::StateBeingSaved,
        Cause::Busy,
        Cause::WitnessUnreadable { what: "the state of this server is missing: `http-check send-state`" },
        Cause::Standby { epoch: 7 },
        Cause::NoHolder,
        Cause::Suspended,
        Cause::PeerUnreachable { unheard: seconds(75) },
        Cause::HandingOver,
        Cause::Yielding,
        Cause::PeerInUse,
        Cause::WitnessesDisagree { witness: "10.0.0.9".to_owned() },
        Cause::WitnessesDisagree { witness: String::new() },
        Cause::RoleRequested { unreachable_after: Some(seconds(3)) },
        Cause::RoleRequested { unreachable_after: None },
        Cause::PeerPositionUnknown,
        Cause::BehindFinalPosition { missing: many() },
        Cause::VerifyingPosition,
        Cause::AwaitingFailback,
        Cause::BinlogReset,
        Cause::LostTransactions { missing: many() },
        Cause::ServerChanged,
        Cause::NeverInSync,
        Cause::ErrantTransactions { errant: many(), merged: 12 },
        Cause::ErrantTransactions { errant: one(), merged: 0 },
        Cause::ErrantTransactions { errant: none(), merged: 0 },
        Cause::RelayLogNotApplied { missing: one() },
        Cause::RelayLogNotApplied { missing: by_position() },
        Cause::SourceReset { missing: many() },
        Cause::BehindPeer { missing: many(), age: Some(millis(240)) },
        Cause::BehindPeer { missing: none(), age: None },
        Cause::BinlogPurged { missing: many() },
        Cause::NoHttpCheck,
    ];
    complete(&causes, |cause| match cause {
        Cause::DaemonNotRunning => 0,
        Cause::PositionUnknown => 1,
        Cause::TakeoverNotSaved { .. } => 2,
        Cause::StateBeingSaved => 3,
        Cause::Busy => 4,
        Cause::WitnessUnreadable { .. } => 5,
        Cause::Standby { .. } => 6,
        Cause::NoHolder => 7,
        Cause::Suspended => 8,
        Cause::PeerUnreachable { .. } => 9,
        Cause::HandingOver => 10,
        Cause::Yielding => 11,
        Cause::PeerInUse => 12,
        Cause::WitnessesDisagree { .. } => 13,
        Cause::RoleRequested { .. } => 14,
        Cause::PeerPositionUnknown => 15,
        Cause::BehindFinalPosition { .. } => 16,
        Cause::VerifyingPosition => 17,
        Cause::AwaitingFailback => 18,
        Cause::BinlogReset => 19,
        Cause::LostTransactions { .. } => 20,
        Cause::ServerChanged => 21,
        Cause::NeverInSync => 22,
        Cause::ErrantTransactions { .. } => 23,
        Cause::RelayLogNotApplied { .. } => 24,
        Cause::SourceReset { .. } => 25,
        Cause::BehindPeer { .. } => 26,
        Cause::BinlogPurged { .. } => 27,
        Cause::NoHttpCheck => 28,
    });
    causes
}

/// The same causes with the longest realistic texts: a name of 40 characters, numbers of ten digits.
pub(crate) fn longest_causes() -> Vec<Cause> {
    let which = || "4294967295-4294967295-1234567890..9876543210".to_owned();
    let most = || Transactions { count: 9_999_999_999, by_position: false, which: which() };
    let long = || "x".repeat(40);
    causes()
        .into_iter()
        .map(|cause| match cause {
            Cause::TakeoverNotSaved { .. } => Cause::TakeoverNotSaved { why: "x".repeat(90) },
            Cause::Standby { .. } => Cause::Standby { epoch: u64::MAX },
            Cause::PeerUnreachable { .. } => Cause::PeerUnreachable { unheard: seconds(9_999_999) },
            Cause::WitnessesDisagree { .. } => Cause::WitnessesDisagree { witness: long() },
            Cause::RoleRequested { .. } => Cause::RoleRequested { unreachable_after: Some(millis(59_999)) },
            Cause::BehindFinalPosition { .. } => Cause::BehindFinalPosition { missing: most() },
            Cause::LostTransactions { .. } => Cause::LostTransactions { missing: most() },
            Cause::ErrantTransactions { .. } => Cause::ErrantTransactions { errant: most(), merged: 9_999_999_999 },
            Cause::RelayLogNotApplied { .. } => Cause::RelayLogNotApplied { missing: most() },
            Cause::SourceReset { .. } => Cause::SourceReset { missing: most() },
            Cause::BehindPeer { .. } => Cause::BehindPeer { missing: most(), age: Some(seconds(9_999_999)) },
            Cause::BinlogPurged { .. } => Cause::BinlogPurged { missing: most() },
            short => short,
        })
        .collect()
}

/// Every admission gate.
pub(crate) fn bars() -> Vec<Bar> {
    let bars = vec![
        Bar::Unfit,
        Bar::Anomaly(Anomaly::SelfReset),
        Bar::Anomaly(Anomaly::LostOwnCommits),
        Bar::Anomaly(Anomaly::IdentityChanged),
        Bar::Unproven,
        Bar::Errant,
        Bar::BehindMark,
        Bar::BehindReport,
        Bar::NotCompared,
    ];
    complete(&bars, |bar| match bar {
        Bar::Unfit => 0,
        Bar::Anomaly(Anomaly::SelfReset) => 1,
        Bar::Anomaly(Anomaly::LostOwnCommits) => 2,
        Bar::Anomaly(Anomaly::IdentityChanged) => 3,
        Bar::Unproven => 4,
        Bar::Errant => 5,
        Bar::BehindMark => 6,
        Bar::BehindReport => 7,
        Bar::NotCompared => 8,
    });
    bars
}

/// Every refusal of the state machine.
pub(crate) fn refusals() -> Vec<Refusal> {
    let mut refusals = vec![
        Refusal::Standby,
        Refusal::NoEpoch,
        Refusal::Suspended,
        Refusal::Undecided,
        Refusal::HandingOver,
        Refusal::Yielded,
        Refusal::PeerInUse,
        Refusal::WitnessesDisagree,
        Refusal::Asking,
        Refusal::NoReport,
        Refusal::BehindFinal,
        Refusal::Probing,
        Refusal::Quarantined,
        Refusal::NotChecked,
    ];
    refusals.extend(bars().into_iter().map(Refusal::Barred));
    complete(&refusals, |refusal| match refusal {
        Refusal::Standby => 0,
        Refusal::NoEpoch => 1,
        Refusal::Suspended => 2,
        Refusal::Undecided => 3,
        Refusal::HandingOver => 4,
        Refusal::Yielded => 5,
        Refusal::PeerInUse => 6,
        Refusal::WitnessesDisagree => 7,
        Refusal::Asking => 8,
        Refusal::NoReport => 9,
        Refusal::BehindFinal => 10,
        Refusal::Probing => 11,
        Refusal::Quarantined => 12,
        Refusal::NotChecked => 13,
        Refusal::Barred(_) => 14,
    });
    refusals
}
