//! The scenarios with channels, marks that are dropped without need, and power cuts of both nodes.

use healthd_core::writer::{Failback, Level};

use crate::operations::alone;
use crate::scenario::{ALL, Command, Fault, Pace, Scenario};
use crate::scenarios::{base, named, with_a_gain};

const CHANNEL: [Command; 2] = [Command::StopChannel, Command::RemoveChannel];
const LEVEL_2: Level = Level::Peer(Failback::Manual);

fn also(name: &str, scenario: Scenario) -> Scenario {
    Scenario { name: format!("{} {name}", scenario.name), ..scenario }
}

/// Either channel is stopped or removed at any moment, and set up again at any later one or never.
pub(crate) fn channels(semisync: bool) -> Vec<Scenario> {
    let scenario =
        |faults: &[Fault]| named(Scenario { disabled: true, semisync, commands: CHANNEL.to_vec(), ..base(faults) });
    let twice = Scenario { command_times: 2, survive: true, ..scenario(&[]) };
    let mut all = vec![also("twice", twice)];
    // Both nodes' channels at the same time, with a fault.
    let both = Scenario { command_times: 2, ..scenario(&[Fault::NodeDead]) };
    all.push(also("twice", both));
    all.extend(with_a_gain().map(|fault| scenario(&[fault])));
    for level in [LEVEL_2, Level::HighWaterMark] {
        for fault in [Fault::ServerKilled, Fault::NodeDead, Fault::HealthdKilled, Fault::CheckLost] {
            let it = Scenario { semisync, commands: CHANNEL.to_vec(), ..alone(level, &[fault]) };
            all.push(also(if semisync { "channel semisync" } else { "channel" }, it));
        }
    }
    all
}

/// `mark drop` at any moment, on either node, with nothing rebuilt.
pub(crate) fn forgotten_marks(semisync: bool) -> Vec<Scenario> {
    let scenario = |faults: &[Fault]| {
        let it = Scenario { disabled: true, survive: true, command_times: 2, semisync, ..base(faults) };
        named(it.command(Command::ForgetMark))
    };
    let mut all = vec![scenario(&[])];
    all.extend(with_a_gain().map(|fault| scenario(&[fault])));
    if !semisync {
        all.extend(forgotten_marks_and_no_commits());
    }
    for fault in [Fault::ServerKilled, Fault::NodeDead, Fault::TailLost] {
        let it = Scenario { semisync, ..alone(LEVEL_2, &[fault]) };
        all.push(also(if semisync { "ForgetMark semisync" } else { "ForgetMark" }, it.command(Command::ForgetMark)));
    }
    all
}

/// Only epochs and acknowledgements decide who has the role. So this search goes further, with `mark drop` also between
/// a probe and the answer.
fn forgotten_marks_and_no_commits() -> Vec<Scenario> {
    let faults = || with_a_gain().filter(|fault| *fault != Fault::TailLost);
    let scenario = |fault: Fault, pace| {
        let it = Scenario { commits: 0, pace, disabled: true, survive: true, command_times: 2, ..base(&[fault]) };
        named(it.command(Command::ForgetMark))
    };
    [Pace::Brisk, Pace::Coarse].into_iter().flat_map(|pace| faults().map(move |fault| scenario(fault, pace))).collect()
}

/// A power cut of both machines.
pub(crate) fn power_cuts(semisync: bool) -> Vec<Scenario> {
    let cut = || Scenario { disabled: true, semisync, ..base(&[Fault::PowerCut]) };
    let mut all = vec![
        named(cut()),
        named(Scenario { proxies: 2, ..cut() }),
        named(Scenario { times: 2, ..cut() }),
        named(cut().command(Command::HandOver)),
        named(Scenario { bootstrap: true, ..cut() }),
    ];
    for level in [LEVEL_2, Level::Peer(Failback::Auto), Level::HighWaterMark] {
        let it = Scenario { semisync, ..alone(level, &[Fault::PowerCut]) };
        all.push(if semisync { also("semisync", it) } else { it });
    }
    all
}

/// Two HAProxys at level 2, whose statements do not count.
pub(crate) fn two_haproxys_alone(semisync: bool) -> Vec<Scenario> {
    let faults = ALL.into_iter().chain([Fault::PowerCut]);
    let two = faults.map(|fault| {
        let it = Scenario { proxies: 2, semisync, ..alone(LEVEL_2, &[fault]) };
        let name = it.name.replace("level-2", "level-2 two-haproxys");
        let it = Scenario { name, ..it };
        if semisync { also("semisync", it) } else { it }
    });
    two.collect()
}

/// Replication by file and position.
pub(crate) fn files(semisync: bool) -> Vec<Scenario> {
    let faults = || with_a_gain().filter(|fault| *fault != Fault::TailLost).chain([Fault::PowerCut]);
    let scenario = |faults: &[Fault]| Scenario { files: true, disabled: true, semisync, ..base(faults) };
    let mut all = vec![named(scenario(&[]).command(Command::HandOver))];
    all.extend(faults().map(|fault| named(Scenario { survive: true, ..scenario(&[fault]) })));
    all.push(named(Scenario { times: 2, ..scenario(&[Fault::ServerKilled]) }));
    all.push(named(Scenario { commands: CHANNEL.to_vec(), ..scenario(&[Fault::NodeDead]) }));
    for level in [LEVEL_2, Level::HighWaterMark] {
        let of = |fault: Fault| Scenario { files: true, semisync, ..alone(level, &[fault]) };
        all.extend(faults().map(of).map(|it| if semisync { also("semisync", it) } else { it }));
    }
    all.into_iter().map(|it| also("files", it)).collect()
}

pub(crate) fn deep() -> Vec<Scenario> {
    let mut all = Vec::new();
    for semisync in [false, true] {
        all.extend(channels(semisync));
        all.extend(forgotten_marks(semisync));
        all.extend(power_cuts(semisync));
        all.extend(two_haproxys_alone(semisync));
        all.extend(files(semisync));
    }
    all
}
