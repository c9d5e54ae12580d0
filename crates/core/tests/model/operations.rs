//! The scenarios with operators, the fence, and nodes without a witness.

use healthd_core::writer::{Failback, Level};

use crate::scenario::{ALL, Command, Fault, Scenario};
use crate::scenarios::{base, named, with_a_gain};
use crate::world::Bad;

/// Maintenance of the server of the holder or the standby, alone and with a fault.
pub(crate) fn maintenance(semisync: bool) -> Vec<Scenario> {
    let worked_on =
        |faults: &[Fault]| named(Scenario { disabled: true, semisync, ..base(faults).command(Command::Maintenance) });
    let twice = Scenario { command_times: 2, survive: true, ..worked_on(&[]) };
    let twice = Scenario { name: format!("{} twice", twice.name), ..twice };
    std::iter::once(twice).chain(with_a_gain().map(|fault| worked_on(&[fault]))).collect()
}

/// The second HAProxy is gone for good, and removed on both nodes at any moment.
pub(crate) fn removal(semisync: bool) -> Vec<Scenario> {
    let gone = |faults: &[Fault]| {
        let it = Scenario {
            proxies: 2,
            gone: true,
            survive: true,
            command_times: 2,
            disabled: true,
            semisync,
            ..base(faults)
        };
        named(it.command(Command::RemoveWitness))
    };
    let faults = with_a_gain().filter(|fault| !matches!(fault, Fault::TailLost));
    std::iter::once(gone(&[])).chain(faults.map(|fault| gone(&[fault]))).collect()
}

/// It is removed although it has clients, at the operator's own risk.
pub(crate) fn removal_in_use(semisync: bool) -> Vec<Scenario> {
    let unpromised = vec![Bad::TwoWriters, Bad::Evicted, Bad::StaleRead];
    let used = |faults: &[Fault], proxies| {
        let unpromised = unpromised.clone();
        let it = Scenario { proxies, command_times: 2, disabled: true, unpromised, semisync, ..base(faults) };
        named(it.command(Command::RemoveWitness))
    };
    let faults = [Fault::ServerKilled, Fault::HealthdKilled, Fault::NodeDead, Fault::PeerLink, Fault::CheckLost];
    let mut all = vec![used(&[], 2), used(&[], 1)];
    for fault in faults {
        all.push(used(&[fault], 2));
        // The last one: both are nodes without a witness from then on.
        all.push(used(&[fault], 1));
    }
    all
}

/// A fault after which an operator accepts missing or errant transactions, or rebuilds the server and drops its mark.
pub(crate) fn losses(semisync: bool) -> Vec<Scenario> {
    let mut all = Vec::new();
    let faults = [Fault::NodeDead, Fault::ServerKilled, Fault::ServerFrozen, Fault::TailLost, Fault::Isolated];
    for fault in faults {
        let lost = Scenario { survive: true, disabled: true, semisync, ..base(&[fault]) };
        all.push(named(Scenario { command_times: 2, ..lost.clone() }.command(Command::AcceptLoss)));
        let rebuilt = Scenario { command_times: 2, override_used: true, ..lost };
        all.push(named(Scenario { commands: vec![Command::Rebuild, Command::MarkDrop], ..rebuilt }));
    }
    let quarantined = Scenario { quarantined: true, commits: 2, survive: true, semisync, ..base(&[Fault::CheckLost]) };
    all.push(named(quarantined.command(Command::AcceptLoss)));
    all
}

/// A holder without checks fences itself.
pub(crate) fn fence(semisync: bool) -> Vec<Scenario> {
    let fence = |faults: &[Fault], times| {
        let it = named(Scenario { fence: true, survive: true, disabled: true, times, semisync, ..base(faults) });
        let name = format!("{} fence", it.name);
        if times == 1 {
            return Scenario { name, ..it };
        }
        // Outside the promises for reads and writers: only the fence is examined.
        Scenario { name, overlap: true, commits: 0, unpromised: vec![Bad::TwoWriters, Bad::Evicted], ..it }
    };
    let mut all: Vec<Scenario> = [Fault::Isolated].iter().map(|&fault| fence(&[fault], 1)).collect();
    all.push(fence(&[Fault::Isolated, Fault::HealthdKilled], 2));
    all.push(fence(&[Fault::Isolated, Fault::ServerKilled], 2));
    all.push(fence(&[Fault::PeerLink, Fault::HaproxyLink], 2));
    let two = fence(&[Fault::Isolated], 1);
    all.push(Scenario { name: format!("{} two-haproxys", two.name), proxies: 2, ..two });
    all
}

const BEYOND_LEVEL_2: [Bad; 5] = [Bad::TwoWriters, Bad::StaleRead, Bad::Evicted, Bad::SameEpoch, Bad::CutMissing];

/// Two nodes without a witness.
pub(crate) fn alone(level: Level, faults: &[Fault]) -> Scenario {
    let unpromised = BEYOND_LEVEL_2.to_vec();
    let it = named(Scenario { level: Some(level), unpromised, ..base(faults) });
    let level = match level {
        Level::HighWaterMark => "level-1",
        Level::Peer(Failback::Manual) => "level-2",
        Level::Peer(Failback::Auto) => "level-2 auto",
    };
    Scenario { name: format!("{level} {}", it.name), ..it }
}

pub(crate) fn levels(semisync: bool) -> Vec<Scenario> {
    let mut all = Vec::new();
    for level in [Level::Peer(Failback::Manual), Level::Peer(Failback::Auto), Level::HighWaterMark] {
        all.extend(ALL.into_iter().map(|fault| {
            let it = Scenario { semisync, ..alone(level, &[fault]) };
            Scenario { name: format!("{}{}", it.name, if semisync { " semisync" } else { "" }), ..it }
        }));
    }
    let manual = Level::Peer(Failback::Manual);
    for fault in [Fault::ServerKilled, Fault::NodeDead, Fault::PeerLink, Fault::CheckLost] {
        let it = alone(manual, &[fault]).command(Command::Claim);
        all.push(Scenario { name: format!("{} Claim", it.name), semisync, ..it });
        let it = alone(manual, &[fault]).command(Command::Maintenance);
        all.push(Scenario { name: format!("{} Maintenance", it.name), semisync, ..it });
        let it = Scenario { times: 2, ..alone(manual, &[fault]) };
        all.push(Scenario { name: format!("{} twice", it.name), semisync, ..it });
    }
    all
}

pub(crate) fn deep() -> Vec<Scenario> {
    let mut all = Vec::new();
    for semisync in [false, true] {
        all.extend(removal_in_use(semisync));
        all.extend(losses(semisync));
        all.extend(maintenance(semisync));
        all.extend(removal(semisync));
        all.extend(fence(semisync));
        all.extend(levels(semisync));
    }
    all
}
