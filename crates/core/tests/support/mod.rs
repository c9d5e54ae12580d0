//! Builders for the questions of the tests.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::time::{Duration, SystemTime};

use healthd_core::observed::canary::CanaryState;
use healthd_core::observed::channel::{Applier, Channel, Receiver, ThreadError};
use healthd_core::observed::cluster::{GroupMember, MemberState, NodeState, Wsrep};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::observed::server::Server;
use healthd_core::observed::snapshot::{Snapshot, WriteSwitches};
use healthd_core::render::json::{self, InstanceJson, VerdictJson};
use healthd_core::verdict::code::ReasonCode;
use healthd_core::verdict::gate::gates;
use healthd_core::verdict::lag::Lag;
use healthd_core::verdict::maintenance::{Maintenance, Mode};
use healthd_core::verdict::note::Note;
use healthd_core::verdict::role::Role;
use healthd_core::verdict::{Cause, Condition, Judged, Names, WriterView};
use healthd_core::verdict::{CurrentMaintenance, LastGood, Observation, Policy, Question, Verdict, decide};

pub(crate) mod every;

/// Denied, as a section's error.
pub(crate) const DENIED: Unreadable =
    Unreadable::Denied { grant: std::borrow::Cow::Borrowed("GRANT REPLICATION CLIENT ON *.*") };

pub(crate) const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(crate) const fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// How the last probe ended.
#[derive(Debug, Clone)]
pub(crate) enum Probe {
    Starting,
    Answered { age: Duration },
    Failed { failure: Failure, since: Duration, after_an_answer: bool },
}

/// Everything that a verdict depends on, owned. Starts as a healthy server; each method changes one thing.
#[derive(Debug, Clone)]
pub(crate) struct Situation {
    pub(crate) policy: Policy,
    /// The request's limit.
    pub(crate) max_lag: Option<Duration>,
    pub(crate) snapshot: Snapshot,
    pub(crate) probe: Probe,
    /// `None`: no worse than the snapshot.
    pub(crate) worst_lag: Option<Lag>,
    pub(crate) maintenance: Option<(Maintenance, Option<Duration>)>,
    pub(crate) stopping: bool,
    /// What the write canary showed.
    pub(crate) canary: Option<CanaryState<'static>>,
    /// What the state machine of the writer role found.
    pub(crate) writer: Option<WriterView>,
}

impl Situation {
    pub(crate) fn channels(mut self, channels: Section<Vec<Channel>>) -> Situation {
        self.snapshot.channels = channels;
        self
    }

    pub(crate) fn wsrep(mut self, wsrep: Section<Option<Wsrep>>) -> Situation {
        self.snapshot.wsrep = wsrep;
        self
    }

    pub(crate) fn group(mut self, group: Section<Option<GroupMember>>) -> Situation {
        self.snapshot.group = group;
        self
    }

    pub(crate) fn switches(mut self, switches: Section<WriteSwitches>) -> Situation {
        self.snapshot.switches = switches;
        self
    }

    pub(crate) fn heartbeat(mut self, age: Section<Duration>) -> Situation {
        self.snapshot.heartbeat = Some(age);
        self
    }

    pub(crate) fn probe(mut self, probe: Probe) -> Situation {
        self.probe = probe;
        self
    }

    pub(crate) fn failed(self, failure: Failure, since: Duration, after_an_answer: bool) -> Situation {
        self.probe(Probe::Failed { failure, since, after_an_answer })
    }

    pub(crate) fn worst_lag(mut self, worst: Lag) -> Situation {
        self.worst_lag = Some(worst);
        self
    }

    pub(crate) fn max_lag(mut self, limit: Duration) -> Situation {
        self.max_lag = Some(limit);
        self
    }

    pub(crate) fn ignoring(mut self, label: &str) -> Situation {
        self.policy.ignore_channels.push(label.to_owned());
        self
    }

    pub(crate) fn allow_donor(mut self) -> Situation {
        self.policy.allow_donor = true;
        self
    }

    pub(crate) fn maintenance(mut self, mode: Mode) -> Situation {
        self.maintenance = Some((maintenance(mode, "loading a dump"), Some(seconds(1799))));
        self
    }

    pub(crate) fn stopping(mut self) -> Situation {
        self.stopping = true;
        self
    }

    /// The replication position could not be read.
    pub(crate) fn positions_unreadable(mut self, why: Unreadable) -> Situation {
        self.snapshot.standing = Some(Err(why));
        self
    }

    pub(crate) fn canary(mut self, canary: CanaryState<'static>) -> Situation {
        self.canary = Some(canary);
        self
    }

    pub(crate) fn writer(mut self, view: Option<WriterView>) -> Situation {
        self.writer = view;
        self
    }

    /// The writer role's state machine refuses.
    pub(crate) fn refusing(self, cause: Cause) -> Situation {
        self.writer(Some(WriterView::refused(names(), cause)))
    }

    /// Calls `judge` with the question for a role.
    pub(crate) fn ask<T>(&self, role: Role, judge: impl FnOnce(&Question<'_>) -> T) -> T {
        let observation = match &self.probe {
            Probe::Starting => Observation::Starting,
            Probe::Answered { age } => {
                Observation::Answered { snapshot: &self.snapshot, age: *age, took: Duration::from_micros(1_250) }
            }
            Probe::Failed { failure, since, after_an_answer } => Observation::Failed {
                failure,
                since: *since,
                last_good: after_an_answer.then_some(LastGood { snapshot: &self.snapshot, age: *since }),
            },
        };
        judge(&Question {
            role,
            policy: &self.policy,
            max_lag: self.max_lag.unwrap_or(self.policy.max_lag),
            observation,
            worst_lag: self.worst_lag.unwrap_or_else(|| self.policy.lag_of(&self.snapshot)),
            maintenance: self
                .maintenance
                .as_ref()
                .map(|(entry, remaining)| CurrentMaintenance { entry, remaining: *remaining }),
            stopping: self.stopping,
            canary: self.canary,
            writer: self.writer.as_ref(),
        })
    }

    pub(crate) fn verdict(&self, role: Role) -> Verdict {
        self.ask(role, decide)
    }

    /// State and code: `up`, `up overloaded`, `down stale`, `drain maintenance`.
    pub(crate) fn said(&self, role: Role) -> String {
        let verdict = self.verdict(role);
        let code = verdict.code().map_or("", ReasonCode::name);
        format!("{} {code}", verdict.state().name()).trim_end().to_owned()
    }

    pub(crate) fn json(&self, role: Role) -> VerdictJson {
        self.ask(role, |question| json::verdict(role, &decide(question), &gates(question)))
    }

    pub(crate) fn instance_json(&self, name: &str) -> InstanceJson {
        InstanceJson {
            name: name.to_owned(),
            port: Some(3306),
            server: self.snapshot.server.map(|server| server.to_string()),
            default_role: Role::Reader.to_string(),
            age_seconds: Some(json::seconds(millis(200))),
            probe_seconds: Some(json::seconds(millis(4))),
            lag_seconds: self.policy.data_age(&self.snapshot).map(json::seconds),
            writer: None,
            verdicts: Role::ALL.map(|role| self.json(role)).into(),
        }
    }
}

/// A healthy server that is not a replica.
pub(crate) fn alone() -> Situation {
    Situation {
        policy: Policy {
            max_age: seconds(1),
            max_lag: seconds(10),
            allow_donor: false,
            ignore_channels: Vec::new(),
            overload_grace: seconds(10),
        },
        max_lag: None,
        snapshot: Snapshot {
            server: Server::parse("8.4.3"),
            switches: Ok(WriteSwitches { read_only: Some(false), ..WriteSwitches::default() }),
            channels: Ok(Vec::new()),
            wsrep: Ok(None),
            group: Ok(None),
            heartbeat: None,
            standing: None,
        },
        probe: Probe::Answered { age: millis(200) },
        worst_lag: None,
        maintenance: None,
        stopping: false,
        canary: None,
        writer: Some(unwitnessed()),
    }
}

/// The writer role of a server that may serve, without a witness.
pub(crate) fn unwitnessed() -> WriterView {
    WriterView { conditions: vec![noted("role", Note::NoWitness)], epoch: None }
}

pub(crate) fn condition(name: &'static str, judged: Judged) -> Condition {
    Condition { name, measured: "this".to_owned(), limit: "that", judged }
}

pub(crate) fn noted(name: &'static str, note: Note) -> Condition {
    condition(name, Judged::Noted(note))
}

/// The nodes of a pair.
pub(crate) fn names() -> Names {
    Names { instance: "m0".to_owned(), node: "db1".to_owned(), peer: "db2".to_owned() }
}

/// A server with one channel.
pub(crate) fn replica(channel: Channel) -> Situation {
    alone().channels(Ok(vec![channel]))
}

/// A Galera node that is synced, primary and writable.
pub(crate) const SYNCED: Wsrep =
    Wsrep { ready: true, state: NodeState::Synced, primary: true, size: Some(3), rejects_queries: false };

pub(crate) fn galera(wsrep: Wsrep) -> Situation {
    alone().wsrep(Ok(Some(wsrep)))
}

pub(crate) fn galera_in(state: NodeState) -> Situation {
    galera(Wsrep { state, ..SYNCED })
}

pub(crate) fn member(state: MemberState, reachable: u32, members: u32) -> Situation {
    alone().group(Ok(Some(GroupMember { state, reachable, members })))
}

/// A channel that works and has no lag.
pub(crate) fn channel(name: &str) -> Channel {
    Channel {
        name: name.to_owned(),
        source: "10.0.0.1:3306".to_owned(),
        receiver: Receiver::Running,
        applier: Applier::Running,
        lag: Some(Duration::ZERO),
        delay: Duration::ZERO,
        receiver_error: None,
        applier_error: None,
    }
}

pub(crate) fn lagging(name: &str, lag: Duration) -> Channel {
    Channel { lag: Some(lag), ..channel(name) }
}

/// A channel with these threads; the server says NULL for its lag.
pub(crate) fn broken(name: &str, receiver: Receiver, applier: Applier) -> Channel {
    Channel { receiver, applier, lag: None, ..channel(name) }
}

pub(crate) fn error(code: u32) -> Option<ThreadError> {
    Some(ThreadError { code, text: "Duplicate entry '..' for key".to_owned() })
}

pub(crate) fn maintenance(mode: Mode, reason: &str) -> Maintenance {
    Maintenance {
        mode,
        owner: "root".to_owned(),
        reason: reason.to_owned(),
        since: SystemTime::UNIX_EPOCH,
        until: Some(SystemTime::UNIX_EPOCH + seconds(1800)),
    }
}
