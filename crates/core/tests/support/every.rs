//! One example of every reason. Each list is next to a match without a wildcard: a new variant does not compile until
//! it has a place there, and the test of the lists fails until it has an example.

pub(crate) mod role;

use healthd_core::observed::canary::CanaryFault;
use healthd_core::observed::channel::ChannelFault;
use healthd_core::observed::cluster::{MemberState, NodeState};
use healthd_core::observed::failure::{Failure, Stage, TlsFault};
use healthd_core::observed::section::Unreadable;
use healthd_core::verdict::maintenance::Mode;
use healthd_core::verdict::note::Note;
use healthd_core::verdict::reason::{Part, Reason};

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
        Tls::Certificate,
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
        Tls::Certificate => 9,
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

/// Every exception under which a gate passes.
pub(crate) fn notes() -> Vec<Note> {
    let notes = vec![
        Note::Overloaded,
        Note::ChannelIgnored,
        Note::DonorAllowed,
        Note::NoWitness,
        Note::NotRequired,
        Note::WeakerGuarantee,
        Note::StateNotSaved,
    ];
    complete(&notes, |note| match note {
        Note::Overloaded => 0,
        Note::ChannelIgnored => 1,
        Note::DonorAllowed => 2,
        Note::NoWitness => 3,
        Note::NotRequired => 4,
        Note::WeakerGuarantee => 5,
        Note::StateNotSaved => 6,
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
    reasons.extend(role::causes().into_iter().map(|cause| role::writer(names(), cause)));
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
