//! What may happen in one search.

use healthd_core::writer::{Level, Rule};

use crate::world::Bad;

/// A fault. Each is repaired at any later moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    ServerKilled,
    ServerFrozen,
    HealthdKilled,
    NodeDead,
    PeerLink,
    PeerLinkOneWay,
    HaproxyLink,
    Isolated,
    HaproxyRestart,
    CheckLost,
    /// healthd acts on a check, and HAProxy does not get the answer.
    AnswerLost,
    /// healthd ends, and its state directory is gone.
    StateLost,
    /// The server is killed, and its last commits are not on its disk.
    TailLost,
    DiskFull,
    /// A power cut of both machines.
    PowerCut,
}

/// Every single fault; the power cut has its own lists.
pub(crate) const ALL: [Fault; 14] = [
    Fault::ServerKilled,
    Fault::ServerFrozen,
    Fault::HealthdKilled,
    Fault::NodeDead,
    Fault::PeerLink,
    Fault::PeerLinkOneWay,
    Fault::HaproxyLink,
    Fault::Isolated,
    Fault::HaproxyRestart,
    Fault::CheckLost,
    Fault::AnswerLost,
    Fault::StateLost,
    Fault::TailLost,
    Fault::DiskFull,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    HandOver,
    /// `failback` on the node that should have the role.
    Claim,
    /// `takeover --peer-is-dead`, of a peer that is dead.
    TakeOver,
    /// The server is not to be written, until the maintenance ends.
    Maintenance,
    /// `witness remove` of the last HAProxy.
    RemoveWitness,
    AcceptLoss,
    /// The server's data are replaced by a copy of the other server.
    Rebuild,
    /// `mark drop`, after a rebuild.
    MarkDrop,
    /// The same without one, at any moment.
    ForgetMark,
    /// `STOP SLAVE`, and `RESET SLAVE ALL`.
    StopChannel,
    RemoveChannel,
}

/// What counts as one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Everything takes time: a probe, a check, its answer, a report.
    Slow,
    /// Reports and answers arrive at once.
    Coarse,
    /// A report comes with a probe, and a check is answered at once, by an old probe or by a new one.
    Brisk,
}

#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) semisync: bool,
    pub(crate) proxies: usize,
    /// Own commits of each node.
    pub(crate) commits: u8,
    pub(crate) faults: Vec<Fault>,
    /// How many of them happen, each from a healthy state.
    pub(crate) times: u8,
    /// The next one may come before everything is repaired, outside the promises.
    pub(crate) overlap: bool,
    pub(crate) commands: Vec<Command>,
    pub(crate) command_times: u8,
    /// Timers that may fire although nothing forces them to.
    pub(crate) timers: u8,
    /// Everything but a gain is written to disk at some later moment.
    pub(crate) lazy: bool,
    pub(crate) pace: Pace,
    /// The standby has returned with commits that the holder did not have when it took over.
    pub(crate) quarantined: bool,
    pub(crate) bootstrap: bool,
    /// A HAProxy that starts sends no client anywhere before an agent has said `ready`.
    pub(crate) disabled: bool,
    pub(crate) shutdown_sessions: bool,
    pub(crate) without: Option<Rule>,
    pub(crate) override_used: bool,
    /// The last HAProxy is gone for good, and its clients with it.
    pub(crate) gone: bool,
    /// Without a witness: levels 1 and 2.
    pub(crate) level: Option<Level>,
    /// Without GTIDs.
    pub(crate) files: bool,
    /// `fence_after` is set.
    pub(crate) fence: bool,
    /// A former fault: a fence was set before the disk had it.
    pub(crate) hasty: bool,
    /// Violations that are not examined here.
    pub(crate) unpromised: Vec<Bad>,
    /// After a repair, an operator does what healthd says, and then the node in use dies.
    pub(crate) survive: bool,
    /// One of this many states is repaired and watched; 0 means none.
    pub(crate) heal_every: u64,
}

impl Scenario {
    pub(crate) fn new(name: &str) -> Scenario {
        Scenario {
            name: name.to_owned(),
            semisync: false,
            proxies: 1,
            commits: 1,
            faults: Vec::new(),
            times: 1,
            overlap: false,
            commands: Vec::new(),
            command_times: 1,
            timers: 1,
            lazy: false,
            pace: Pace::Slow,
            quarantined: false,
            bootstrap: false,
            disabled: false,
            shutdown_sessions: true,
            without: None,
            override_used: false,
            gone: false,
            level: None,
            files: false,
            fence: false,
            hasty: false,
            unpromised: Vec::new(),
            survive: false,
            heal_every: 64,
        }
    }

    pub(crate) fn faults(mut self, faults: &[Fault]) -> Scenario {
        self.faults = faults.to_vec();
        self.lazy = faults.iter().any(|fault| {
            matches!(
                fault,
                Fault::HealthdKilled | Fault::NodeDead | Fault::StateLost | Fault::DiskFull | Fault::PowerCut
            )
        });
        self
    }

    pub(crate) fn semisync(mut self) -> Scenario {
        self.semisync = true;
        self
    }

    pub(crate) fn without(mut self, rule: Rule) -> Scenario {
        self.without = Some(rule);
        self
    }

    pub(crate) fn command(mut self, command: Command) -> Scenario {
        self.commands = vec![command];
        self.override_used |= matches!(command, Command::TakeOver | Command::AcceptLoss | Command::MarkDrop);
        self
    }
}
