//! One example of every reason. Each list stands beside a match without a wildcard: a new variant does not build until
//! it has a place there, and the test of the lists fails until it has an example.

use healthd_core::canary::CanaryFault;
use healthd_core::failure::{Failure, Stage, TlsFault};
use healthd_core::gate::Note;
use healthd_core::maintenance::Mode;
use healthd_core::reason::{ChannelFault, Part, Reason};
use healthd_core::snapshot::{MemberState, NodeState, Unreadable};
use healthd_core::writer::{Anomaly, Bar, Cause, Names, Refusal, Transactions, WriterReason};

use super::{DENIED, millis, names, seconds};

/// Every failure of a probe.
pub(crate) fn failures() -> Vec<Failure> {
    use TlsFault as Tls;
    let tls = [
        Tls::NotOffered,
        Tls::UnknownAuthority,
        Tls::WrongName,
        Tls::NoName,
        Tls::Expired,
        Tls::Handshake,
        Tls::Files,
        Tls::PlainToRemote,
        Tls::ServerRequires,
    ];
    complete(&tls, |fault| match fault {
        Tls::NotOffered => 0,
        Tls::UnknownAuthority => 1,
        Tls::WrongName => 2,
        Tls::Expired => 3,
        Tls::Handshake => 4,
        Tls::Files => 5,
        Tls::PlainToRemote => 6,
        Tls::ServerRequires => 7,
        Tls::NoName => 8,
    });
    let mut failures = vec![
        Failure::Refused,
        Failure::NoSocket,
        Failure::Unreachable,
        Failure::NameNotResolved,
        Failure::AccessDenied,
        Failure::AccountLocked,
        Failure::PasswordExpired,
        Failure::HostBlocked,
        Failure::HostNotAllowed,
        Failure::OfflineMode,
        Failure::TooManyConnections,
        Failure::ShuttingDown,
        Failure::NotMysql,
        Failure::AuthPlugin,
        Failure::WsrepNotReady,
        Failure::Broken,
        Failure::Local,
    ];
    for stage in [Stage::Connect, Stage::Query] {
        failures.push(Failure::Timeout { stage, after: millis(1500) });
        failures.push(Failure::Closed { stage });
        failures.push(Failure::ServerError { stage, code: 1142 });
    }
    failures.extend(tls.map(Failure::Tls));
    complete(&failures, |failure| match failure {
        Failure::Refused => 0,
        Failure::NoSocket => 1,
        Failure::Unreachable => 2,
        Failure::NameNotResolved => 3,
        Failure::Timeout { stage: Stage::Connect, .. } => 4,
        Failure::Timeout { stage: Stage::Query, .. } => 5,
        Failure::Closed { stage: Stage::Connect } => 6,
        Failure::Closed { stage: Stage::Query } => 7,
        Failure::AccessDenied => 8,
        Failure::AccountLocked => 9,
        Failure::PasswordExpired => 10,
        Failure::HostBlocked => 11,
        Failure::HostNotAllowed => 12,
        Failure::OfflineMode => 13,
        Failure::TooManyConnections => 14,
        Failure::ShuttingDown => 15,
        Failure::NotMysql => 16,
        Failure::Tls(_) => 17,
        Failure::AuthPlugin => 18,
        Failure::WsrepNotReady => 19,
        Failure::ServerError { stage: Stage::Connect, .. } => 20,
        Failure::ServerError { stage: Stage::Query, .. } => 21,
        Failure::Broken => 22,
        Failure::Local => 23,
    });
    failures
}

fn faults() -> Vec<ChannelFault> {
    let faults = vec![
        ChannelFault::Stopped,
        ChannelFault::ReceiverStopped,
        ChannelFault::ReceiverError { code: 1236 },
        ChannelFault::Connecting { code: Some(2003) },
        ChannelFault::Connecting { code: Some(1045) },
        ChannelFault::Connecting { code: None },
        ChannelFault::ApplierStopped,
        ChannelFault::ApplierError { code: 1062 },
        ChannelFault::LagUnknown,
    ];
    complete(&faults, |fault| match fault {
        ChannelFault::Stopped => 0,
        ChannelFault::ReceiverStopped => 1,
        ChannelFault::ReceiverError { .. } => 2,
        ChannelFault::Connecting { code: Some(_) } => 3,
        ChannelFault::Connecting { code: None } => 4,
        ChannelFault::ApplierStopped => 5,
        ChannelFault::ApplierError { .. } => 6,
        ChannelFault::LagUnknown => 7,
    });
    faults
}

fn nodes() -> Vec<NodeState> {
    let nodes = vec![
        NodeState::Initialized,
        NodeState::Joining,
        NodeState::DonorDesynced,
        NodeState::Joined,
        NodeState::Synced,
        NodeState::Other(6),
    ];
    complete(&nodes, |state| match state {
        NodeState::Initialized => 0,
        NodeState::Joining => 1,
        NodeState::DonorDesynced => 2,
        NodeState::Joined => 3,
        NodeState::Synced => 4,
        NodeState::Other(_) => 5,
    });
    // A synced node is no reason.
    nodes.into_iter().filter(|state| *state != NodeState::Synced).collect()
}

fn members() -> Vec<MemberState> {
    let members = vec![
        MemberState::Online,
        MemberState::Recovering,
        MemberState::Offline,
        MemberState::Error,
        MemberState::Unreachable,
    ];
    complete(&members, |state| match state {
        MemberState::Online => 0,
        MemberState::Recovering => 1,
        MemberState::Offline => 2,
        MemberState::Error => 3,
        MemberState::Unreachable => 4,
    });
    members.into_iter().filter(|state| *state != MemberState::Online).collect()
}

fn unreadables() -> Vec<Reason> {
    let parts = [
        (Part::Replication, "Seconds_Behind_Source"),
        (Part::Galera, "wsrep_local_state"),
        (Part::GroupReplication, "MEMBER_STATE"),
        (Part::Switches, "read_only"),
        (Part::Heartbeat, "its age in seconds"),
        (Part::Positions, "gtid_binlog_state"),
    ];
    complete(&parts, |(part, _)| match part {
        Part::Replication => 0,
        Part::Galera => 1,
        Part::GroupReplication => 2,
        Part::Switches => 3,
        Part::Heartbeat => 4,
        Part::Positions => 5,
    });
    let mut reasons = Vec::new();
    for (part, what) in parts {
        let whys = [
            DENIED,
            Unreadable::Refused { code: 1146 },
            Unreadable::NotUnderstood { what },
            Unreadable::NoAnswer { hanging: "SHOW REPLICA STATUS" },
        ];
        complete(&whys, |why| match why {
            Unreadable::Denied { .. } => 0,
            Unreadable::Refused { .. } => 1,
            Unreadable::NotUnderstood { .. } => 2,
            Unreadable::NoAnswer { .. } => 3,
        });
        reasons.extend(whys.map(|why| Reason::Unreadable { part, why }));
    }
    reasons
}

/// A refusal of the writer role.
pub(crate) fn writer(names: Names, cause: Cause) -> Reason {
    Reason::Writer(Box::new(WriterReason { names, cause }))
}

/// Every cause of a refusal of the writer role; those with figures come with many, with one and with none.
pub(crate) fn causes() -> Vec<Cause> {
    let many = || Transactions { count: 300, by_position: false, which: "1-1-168..467".to_owned() };
    let one = || Transactions { count: 1, by_position: false, which: "1-1-168".to_owned() };
    let none = || Transactions { count: 0, by_position: false, which: String::new() };
    let by_position = || Transactions { count: 1, by_position: true, which: "2:1:345..1:9876".to_owned() };
    let causes = vec![
        Cause::NeedsDaemon,
        Cause::NotRead,
        Cause::NotSaved { why: "No space left on device (os error 28)".to_owned() },
        Cause::Busy,
        Cause::WitnessUnreadable { what: "the state of this server is missing: `http-check send-state`" },
        Cause::Standby { epoch: 7 },
        Cause::NoEpoch,
        Cause::Suspended,
        Cause::PeerSilent { silent: seconds(75) },
        Cause::HandingOver,
        Cause::Yielded,
        Cause::PeerInUse,
        Cause::WitnessesDisagree { witness: "10.0.0.9".to_owned() },
        Cause::WitnessesDisagree { witness: String::new() },
        Cause::Asking { t_silent: Some(seconds(3)) },
        Cause::Asking { t_silent: None },
        Cause::NoReport,
        Cause::BehindFinal { missing: many() },
        Cause::Probing,
        Cause::Quarantined,
        Cause::SelfReset,
        Cause::LostOwnCommits { missing: many() },
        Cause::IdentityChanged,
        Cause::Unproven,
        Cause::Surplus { surplus: many(), merged: 12 },
        Cause::Surplus { surplus: one(), merged: 0 },
        Cause::Surplus { surplus: none(), merged: 0 },
        Cause::Behind { missing: one() },
        Cause::Behind { missing: by_position() },
        Cause::SourceReset { missing: many() },
        Cause::BehindPeer { missing: many(), age: Some(millis(240)) },
        Cause::BehindPeer { missing: none(), age: None },
        Cause::Purged { missing: many() },
        Cause::NotChecked,
    ];
    complete(&causes, |cause| match cause {
        Cause::NeedsDaemon => 0,
        Cause::NotRead => 1,
        Cause::NotSaved { .. } => 2,
        Cause::Busy => 3,
        Cause::WitnessUnreadable { .. } => 4,
        Cause::Standby { .. } => 5,
        Cause::NoEpoch => 6,
        Cause::Suspended => 7,
        Cause::PeerSilent { .. } => 8,
        Cause::HandingOver => 9,
        Cause::Yielded => 10,
        Cause::PeerInUse => 11,
        Cause::WitnessesDisagree { .. } => 12,
        Cause::Asking { .. } => 13,
        Cause::NoReport => 14,
        Cause::BehindFinal { .. } => 15,
        Cause::Probing => 16,
        Cause::Quarantined => 17,
        Cause::SelfReset => 18,
        Cause::LostOwnCommits { .. } => 19,
        Cause::IdentityChanged => 20,
        Cause::Unproven => 21,
        Cause::Surplus { .. } => 22,
        Cause::Behind { .. } => 23,
        Cause::SourceReset { .. } => 24,
        Cause::BehindPeer { .. } => 25,
        Cause::Purged { .. } => 26,
        Cause::NotChecked => 27,
    });
    causes
}

/// The same causes with the longest texts that are real: a name of 40 characters, numbers of ten digits.
pub(crate) fn longest_causes() -> Vec<Cause> {
    let which = || "4294967295-4294967295-1234567890..9876543210".to_owned();
    let most = || Transactions { count: 9_999_999_999, by_position: false, which: which() };
    let long = || "x".repeat(40);
    causes()
        .into_iter()
        .map(|cause| match cause {
            Cause::NotSaved { .. } => Cause::NotSaved { why: "x".repeat(90) },
            Cause::Standby { .. } => Cause::Standby { epoch: u64::MAX },
            Cause::PeerSilent { .. } => Cause::PeerSilent { silent: seconds(9_999_999) },
            Cause::WitnessesDisagree { .. } => Cause::WitnessesDisagree { witness: long() },
            Cause::Asking { .. } => Cause::Asking { t_silent: Some(millis(59_999)) },
            Cause::BehindFinal { .. } => Cause::BehindFinal { missing: most() },
            Cause::LostOwnCommits { .. } => Cause::LostOwnCommits { missing: most() },
            Cause::Surplus { .. } => Cause::Surplus { surplus: most(), merged: 9_999_999_999 },
            Cause::Behind { .. } => Cause::Behind { missing: most() },
            Cause::SourceReset { .. } => Cause::SourceReset { missing: most() },
            Cause::BehindPeer { .. } => Cause::BehindPeer { missing: most(), age: Some(seconds(9_999_999)) },
            Cause::Purged { .. } => Cause::Purged { missing: most() },
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
        Bar::Surplus,
        Bar::BehindMark,
        Bar::BehindReport,
        Bar::Unjudged,
    ];
    complete(&bars, |bar| match bar {
        Bar::Unfit => 0,
        Bar::Anomaly(Anomaly::SelfReset) => 1,
        Bar::Anomaly(Anomaly::LostOwnCommits) => 2,
        Bar::Anomaly(Anomaly::IdentityChanged) => 3,
        Bar::Unproven => 4,
        Bar::Surplus => 5,
        Bar::BehindMark => 6,
        Bar::BehindReport => 7,
        Bar::Unjudged => 8,
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

/// Every exception under which a gate passes.
pub(crate) fn notes() -> Vec<Note> {
    let notes = vec![
        Note::Overloaded,
        Note::Ignored,
        Note::DonorAllowed,
        Note::NoWitness,
        Note::NotCounted,
        Note::Weaker,
        Note::NotSaved,
    ];
    complete(&notes, |note| match note {
        Note::Overloaded => 0,
        Note::Ignored => 1,
        Note::DonorAllowed => 2,
        Note::NoWitness => 3,
        Note::NotCounted => 4,
        Note::Weaker => 5,
        Note::NotSaved => 6,
    });
    notes
}

/// Every reason.
pub(crate) fn reasons() -> Vec<Reason> {
    let owner = || "root".to_owned();
    let east = || "east".to_owned();
    let limit = seconds(10);
    let mut reasons = vec![Reason::Stopping, Reason::Starting, Reason::Stale { age: millis(3_240), limit: seconds(1) }];
    for mode in [Mode::Down, Mode::Drain] {
        let why = || "loading a dump".to_owned();
        reasons.push(Reason::Maintenance { mode, owner: owner(), why: why(), remaining: Some(seconds(1799)) });
        reasons.push(Reason::Maintenance { mode, owner: owner(), why: String::new(), remaining: None });
    }
    reasons.extend(failures().into_iter().map(|failure| Reason::Failed { failure, since: seconds(14) }));
    reasons.extend([Reason::WsrepNotReady, Reason::NotGalera, Reason::GaleraNonPrimary, Reason::GaleraRejectsQueries]);
    reasons.extend(nodes().into_iter().map(Reason::GaleraState));
    reasons.extend(members().into_iter().map(Reason::MemberState));
    reasons.push(Reason::NoMajority { reachable: 1, members: 2 });
    reasons.extend(faults().into_iter().map(|fault| Reason::Channel { channel: "default".to_owned(), fault }));
    reasons.push(Reason::Lag { channel: east(), lag: seconds(312), limit });
    reasons.push(Reason::Delayed { channel: east(), delay: seconds(3600), limit });
    reasons.push(Reason::HeartbeatOld { age: seconds(75), limit });
    reasons.push(Reason::Settling { worst: Some(seconds(45)), limit });
    reasons.push(Reason::Settling { worst: None, limit });
    reasons.extend(unreadables());
    let switches = ["read_only", "super_read_only", "innodb_read_only", "offline_mode"];
    reasons.extend(switches.map(|switch| Reason::ReadOnly { switch }));
    let faults = [
        CanaryFault::refused(1142, "INSERT command denied to user 'healthd'@'localhost' for table `healthd`.`canary`"),
        CanaryFault::refused(1146, "Table 'healthd.canary' doesn't exist"),
        CanaryFault::refused(1021, "Disk full (/var/tmp/#sql-1); waiting for someone to free some space (errno: 28)"),
        CanaryFault::refused(1644, "no writes here"),
        CanaryFault::Hangs { within: seconds(5) },
    ];
    reasons.extend(faults.map(|fault| Reason::Canary { fault, age: seconds(12) }));
    reasons.extend(causes().into_iter().map(|cause| writer(names(), cause)));
    complete(&reasons, |reason| match reason {
        Reason::Stopping => 0,
        Reason::Starting => 1,
        Reason::Stale { .. } => 2,
        Reason::Writer(_) => 3,
        Reason::Maintenance { .. } => 4,
        Reason::Failed { .. } => 5,
        Reason::WsrepNotReady => 6,
        Reason::NotGalera => 7,
        Reason::GaleraState(_) => 8,
        Reason::GaleraNonPrimary => 9,
        Reason::GaleraRejectsQueries => 10,
        Reason::MemberState(_) => 11,
        Reason::NoMajority { .. } => 12,
        Reason::Channel { .. } => 13,
        Reason::Lag { .. } => 14,
        Reason::Delayed { .. } => 15,
        Reason::HeartbeatOld { .. } => 16,
        Reason::Settling { .. } => 17,
        Reason::Unreadable { .. } => 18,
        Reason::ReadOnly { .. } => 19,
        Reason::Canary { fault: CanaryFault::Refused { .. }, .. } => 20,
        Reason::Canary { fault: CanaryFault::Hangs { .. }, .. } => 21,
    });
    reasons
}

/// Fails unless the places of the examples are 0, 1, 2 … without a gap.
fn complete<T>(examples: &[T], place: impl Fn(&T) -> usize) {
    let mut places: Vec<usize> = examples.iter().map(place).collect();
    places.sort_unstable();
    places.dedup();
    let expected: Vec<usize> = (0..places.len()).collect();
    assert_eq!(places, expected, "a variant has no example");
}
