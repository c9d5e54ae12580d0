//! The scenarios.

use crate::operations;
use crate::rarer;
use crate::scenario::{ALL, Command, Fault, Pace, Scenario};

pub(crate) fn named(mut scenario: Scenario) -> Scenario {
    let mut words: Vec<String> = scenario.faults.iter().map(|fault| format!("{fault:?}")).collect();
    words.extend(scenario.commands.iter().map(|command| format!("{command:?}")));
    let flags = [
        (scenario.bootstrap, "first-start"),
        (scenario.semisync, "semisync"),
        (scenario.proxies == 2, "two-haproxys"),
        (scenario.times == 2, "twice"),
        (scenario.quarantined, "quarantined"),
        (scenario.commits == 0, "no-commits"),
        (scenario.commits == 2 && !scenario.quarantined, "two-commits"),
        (scenario.disabled && !scenario.bootstrap, "disabled"),
        (scenario.gone, "gone"),
        (scenario.pace == Pace::Slow, "slow"),
        (scenario.pace == Pace::Coarse, "coarse"),
    ];
    words.extend(flags.iter().filter(|(on, _)| *on).map(|(_, word)| (*word).to_owned()));
    scenario.name = words.join(" ");
    scenario
}

pub(crate) fn base(faults: &[Fault]) -> Scenario {
    Scenario { pace: Pace::Brisk, ..Scenario::new("").faults(faults) }
}

pub(crate) fn one_fault(semisync: bool) -> Vec<Scenario> {
    ALL.iter().map(|&fault| named(Scenario { semisync, ..base(&[fault]) })).collect()
}

/// Nothing arrives at once.
pub(crate) fn slow() -> Vec<Scenario> {
    let faults = [Fault::ServerKilled, Fault::HealthdKilled, Fault::CheckLost, Fault::Isolated];
    let slow = |fault: Fault, semisync| named(Scenario { pace: Pace::Slow, semisync, ..base(&[fault]) });
    faults.into_iter().flat_map(|fault| [slow(fault, false), slow(fault, true)]).collect()
}

/// Without a state directory that is lost right after a gain, before the other node has heard of it: no node could
/// know.
pub(crate) fn with_a_gain() -> impl Iterator<Item = Fault> {
    ALL.into_iter().filter(|fault| *fault != Fault::StateLost)
}

pub(crate) fn commands() -> Vec<Scenario> {
    let mut all: Vec<Scenario> = Vec::new();
    for command in [Command::HandOver, Command::Claim] {
        all.push(named(base(&[]).command(command)));
    }
    for fault in with_a_gain() {
        all.push(named(Scenario { disabled: true, ..base(&[fault]) }.command(Command::HandOver)));
    }
    for fault in [Fault::NodeDead, Fault::StateLost] {
        all.push(named(base(&[fault]).command(Command::TakeOver)));
    }
    all
}

pub(crate) fn first_start() -> Vec<Scenario> {
    let first = |faults: &[Fault]| named(Scenario { bootstrap: true, disabled: true, ..base(faults) });
    let faults = [Fault::ServerKilled, Fault::HealthdKilled, Fault::PeerLink, Fault::HaproxyLink];
    std::iter::once(first(&[])).chain(faults.iter().map(|&fault| first(&[fault]))).collect()
}

pub(crate) fn two_haproxys() -> Vec<Scenario> {
    let faults = ALL.iter().filter(|fault| !matches!(fault, Fault::TailLost | Fault::DiskFull));
    faults.map(|&fault| named(Scenario { proxies: 2, ..base(&[fault]) })).collect()
}

/// The same fault twice, with a HAProxy that starts closed, because an open start is a risk of its own.
pub(crate) fn two_faults() -> Vec<Scenario> {
    ALL.iter().map(|&fault| named(Scenario { times: 2, disabled: true, heal_every: 64, ..base(&[fault]) })).collect()
}

pub(crate) fn deep() -> Vec<Scenario> {
    let mut all = Vec::new();
    for semisync in [false, true] {
        all.extend(one_fault(semisync));
        for fault in ALL {
            all.push(named(Scenario { pace: Pace::Coarse, semisync, ..base(&[fault]) }));
            all.push(named(Scenario { pace: Pace::Slow, semisync, ..base(&[fault]) }));
            all.push(named(Scenario { commits: 2, semisync, ..base(&[fault]) }));
            all.push(named(Scenario { proxies: 2, semisync, ..base(&[fault]) }));
            all.push(named(Scenario { times: 2, disabled: true, semisync, heal_every: 64, ..base(&[fault]) }));
            // With a lost tail both need an operator.
            if fault != Fault::TailLost {
                all.push(named(Scenario { quarantined: true, commits: 2, semisync, ..base(&[fault]) }));
            }
        }
        for fault in with_a_gain() {
            all.push(named(Scenario { bootstrap: true, disabled: true, semisync, ..base(&[fault]) }));
            all.push(named(Scenario { semisync, disabled: true, ..base(&[fault]) }.command(Command::HandOver)));
            all.push(named(Scenario { semisync, disabled: true, ..base(&[fault]) }.command(Command::Claim)));
        }
    }
    // Any two, one after the other.
    let faults: Vec<Fault> = ALL.into_iter().filter(|fault| *fault != Fault::TailLost).collect();
    all.push(named(Scenario { times: 2, disabled: true, heal_every: 64, ..base(&faults) }));
    all.push(named(Scenario { times: 2, disabled: true, heal_every: 64, proxies: 2, ..base(&faults) }));
    let long = |name: &str, it: Scenario| Scenario { name: name.to_owned(), ..it };
    let last = all.len() - 2;
    all[last] = long("any two", all[last].clone());
    all[last + 1] = long("any two two-haproxys", all[last + 1].clone());
    all.extend(commands());
    all.extend(first_start().into_iter().filter(|it| it.faults.is_empty()));
    all.extend(operations::deep());
    all.extend(rarer::deep());
    all
}
