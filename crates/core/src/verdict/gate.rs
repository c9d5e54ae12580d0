//! The gates of each role: one condition each, with what was measured and its limit.

use std::time::Duration;

use crate::observed::canary::{CanaryState, STANDS_FOR};
use crate::observed::channel::Channel;
use crate::observed::cluster::{GroupMember, MemberState, NodeState};
use crate::observed::failure::Failure;
use crate::observed::section::{Section, Unreadable};
use crate::observed::snapshot::Snapshot;
use crate::verdict::lag::Lag;
use crate::verdict::maintenance::Maintenance;
use crate::verdict::measured::Measured;
use crate::verdict::note::Note;
use crate::verdict::question::{CurrentMaintenance, LastGood, Observation, Question};
use crate::verdict::reason::{Part, Reason};
use crate::verdict::role::Role;
use crate::verdict::writer::{Judged, WriterView};

/// The result of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// The condition is met.
    Pass,
    /// Met by an exception that people should know about.
    PassNoted(Note),
    /// Not met.
    Fail(Reason),
}

/// One condition of a role, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate<'a> {
    /// The gate's name.
    pub name: &'static str,
    /// The replication channel that it is about.
    pub channel: Option<&'a str>,
    /// What was measured.
    pub measured: Measured<'a>,
    /// The limit.
    pub limit: Measured<'a>,
    /// The ruling.
    pub ruling: Ruling,
}

impl<'a> Gate<'a> {
    fn new(name: &'static str, measured: Measured<'a>, limit: Measured<'a>, ruling: Ruling) -> Gate<'a> {
        Gate { name, channel: None, measured, limit, ruling }
    }

    fn of(mut self, channel: &'a str) -> Gate<'a> {
        self.channel = Some(channel);
        self
    }
}

/// Judges every gate of the question's role, in the order in which a failing one is reported.
pub fn gates<'a>(question: &Question<'a>) -> Vec<Gate<'a>> {
    let mut gates = Vec::with_capacity(4);
    if question.stopping {
        let limit = Measured::Word("running");
        gates.push(Gate::new("daemon", Measured::Word("stopping"), limit, Ruling::Fail(Reason::Stopping)));
    }
    gates.push(maintenance(question));
    let (probe, found) = probe(question);
    gates.push(probe);
    let Some((snapshot, unseen)) = found else {
        return gates;
    };
    accepts_queries(snapshot, &mut gates);
    match question.role {
        Role::Any => {}
        Role::Reader => reader(question, snapshot, unseen, &mut gates),
        Role::Galera => galera_role(question, snapshot, &mut gates),
        Role::Writer => writer(question, snapshot, &mut gates),
    }
    gates
}

fn maintenance<'a>(question: &Question<'a>) -> Gate<'a> {
    let limit = Measured::Word("off");
    match question.maintenance {
        None => Gate::new("maintenance", Measured::Word("off"), limit, Ruling::Pass),
        Some(CurrentMaintenance { entry, remaining }) => {
            let Maintenance { mode, owner, reason, .. } = entry;
            let why = Reason::Maintenance { mode: *mode, owner: owner.clone(), why: reason.clone(), remaining };
            Gate::new("maintenance", Measured::Word("on"), limit, Ruling::Fail(why))
        }
    }
}

/// The gate of the probe, and the snapshot for the other gates, with the time by which it may have become worse. That
/// is zero for a fresh snapshot, whose age `max_age` limits.
fn probe<'a>(question: &Question<'a>) -> (Gate<'a>, Option<(&'a Snapshot, Duration)>) {
    let policy = question.policy;
    let limit = Measured::Time(policy.max_age);
    let gate = |measured, ruling| Gate::new("probe", measured, limit, ruling);
    match question.observation {
        Observation::Starting => (gate(Measured::Unknown, Ruling::Fail(Reason::Starting)), None),
        Observation::Answered { age, took, .. } if age > policy.max_age => {
            let reason = Reason::Stale { age, limit: policy.max_age };
            (gate(Measured::Answer { age, took }, Ruling::Fail(reason)), None)
        }
        Observation::Answered { snapshot, age, took } => {
            (gate(Measured::Answer { age, took }, Ruling::Pass), Some((snapshot, Duration::ZERO)))
        }
        Observation::Failed { failure, since, last_good } => {
            let measured = Measured::Word(failure.code().name());
            match last_good {
                // A full server is not dead: the clients with connections are being served.
                Some(LastGood { snapshot, age })
                    if *failure == Failure::TooManyConnections && since <= policy.overload_grace =>
                {
                    (gate(measured, Ruling::PassNoted(Note::Overloaded)), Some((snapshot, age)))
                }
                _ => {
                    let failure = failure.clone();
                    (gate(measured, Ruling::Fail(Reason::Failed { failure, since })), None)
                }
            }
        }
    }
}

/// On a Galera node, the probe's query proves little. Outside a cluster, or with `wsrep_reject_queries`, it answers
/// every `SHOW` and refuses everything else with error 1047.
fn accepts_queries<'a>(snapshot: &Snapshot, gates: &mut Vec<Gate<'a>>) {
    let wsrep = match &snapshot.wsrep {
        Ok(None) => return,
        Ok(Some(wsrep)) => wsrep,
        Err(why) => {
            gates.push(unreadable("wsrep_ready", Part::Galera, why));
            return;
        }
    };
    gates.push(Gate::new(
        "wsrep_ready",
        Measured::Word(if wsrep.ready { "ON" } else { "OFF" }),
        Measured::Word("ON"),
        if wsrep.ready { Ruling::Pass } else { Ruling::Fail(Reason::WsrepNotReady) },
    ));
    gates.push(Gate::new(
        "wsrep_reject_queries",
        Measured::Word(if wsrep.rejects_queries { "set" } else { "NONE" }),
        Measured::Word("NONE"),
        if wsrep.rejects_queries { Ruling::Fail(Reason::GaleraRejectsQueries) } else { Ruling::Pass },
    ));
}

fn unreadable<'a>(name: &'static str, part: Part, why: &Unreadable) -> Gate<'a> {
    let reason = Reason::Unreadable { part, why: why.clone() };
    Gate::new(name, Measured::Unknown, Measured::Word("readable"), Ruling::Fail(reason))
}

/// The conditions for a member of a cluster, if the server is in one.
fn cluster_member<'a>(question: &Question<'a>, snapshot: &'a Snapshot, gates: &mut Vec<Gate<'a>>) {
    if let Ok(Some(_)) = &snapshot.wsrep {
        galera_member(question, snapshot, gates);
    }
    match &snapshot.group {
        Ok(None) => {}
        Ok(Some(member)) => group_member(*member, gates),
        Err(why) => gates.push(unreadable("gr_state", Part::GroupReplication, why)),
    }
}

/// `unseen` is added to every lag: a replica that was 2 s behind that long ago may be that much further behind now.
fn reader<'a>(question: &Question<'a>, snapshot: &'a Snapshot, unseen: Duration, gates: &mut Vec<Gate<'a>>) {
    cluster_member(question, snapshot, gates);
    let channels: &[Channel] = match &snapshot.channels {
        Ok(channels) => channels,
        Err(why) => {
            gates.push(unreadable("channels", Part::Replication, why));
            &[]
        }
    };
    let max_lag = question.max_lag;
    let holds = question.writer.is_some_and(WriterView::serves_as_holder);
    for channel in channels {
        channel_gates(question, channel, unseen, holds, gates);
    }
    if let Some(heartbeat) = &snapshot.heartbeat {
        gates.push(heartbeat_gate(heartbeat, unseen, max_lag));
    }
    if !channels.is_empty() || snapshot.heartbeat.is_some() {
        let (worst, settled) = match question.worst_lag {
            Lag::Known(worst) => (Some(worst + unseen), worst + unseen <= max_lag),
            Lag::Unknown => (None, false),
        };
        gates.push(Gate::new(
            "lag_hold",
            worst.map_or(Measured::Unknown, Measured::Time),
            Measured::Time(max_lag),
            match worst {
                _ if settled => Ruling::Pass,
                None if holds => Ruling::PassNoted(Note::NotRequired),
                worst => Ruling::Fail(Reason::Settling { worst, limit: max_lag }),
            },
        ));
    }
}

/// Online, and in a majority.
fn group_member(member: GroupMember, gates: &mut Vec<Gate<'_>>) {
    let online = member.state == MemberState::Online;
    gates.push(Gate::new(
        "gr_state",
        Measured::Word(member.state.name()),
        Measured::Word("online"),
        if online { Ruling::Pass } else { Ruling::Fail(Reason::MemberState(member.state)) },
    ));
    let (reachable, members) = (member.reachable, member.members);
    gates.push(Gate::new(
        "gr_majority",
        Measured::Of(reachable, members),
        Measured::Word("more than half"),
        if member.has_majority() { Ruling::Pass } else { Ruling::Fail(Reason::NoMajority { reachable, members }) },
    ));
}

/// A holder of the writer role that cannot replicate from a dead standby still has all data, so its readers miss
/// nothing. If the holder were out as well, no reader would be left.
fn channel_gates<'a>(
    question: &Question<'a>,
    channel: &'a Channel,
    unseen: Duration,
    holds: bool,
    gates: &mut Vec<Gate<'a>>,
) {
    let max_lag = question.max_lag;
    let label = channel.label();
    let threads =
        |ruling| Gate::new("channel", Measured::Threads(channel), Measured::Word("running"), ruling).of(label);
    if question.policy.ignores(channel) {
        gates.push(threads(Ruling::PassNoted(Note::ChannelIgnored)));
        return;
    }
    if let Some(fault) = channel.fault() {
        if holds {
            gates.push(threads(Ruling::PassNoted(Note::NotRequired)));
            return;
        }
        let channel = label.to_owned();
        gates.push(threads(Ruling::Fail(Reason::Channel { channel, fault })));
        return;
    }
    gates.push(threads(Ruling::Pass));
    let Some(staleness) = channel.staleness().map(|staleness| staleness + unseen) else {
        return;
    };
    let limit = max_lag;
    let name = label.to_owned();
    let ruling = if channel.delay > max_lag {
        Ruling::Fail(Reason::Delayed { channel: name, delay: channel.delay, limit })
    } else if staleness > max_lag {
        Ruling::Fail(Reason::Lag { channel: name, lag: staleness, limit })
    } else {
        Ruling::Pass
    };
    gates.push(Gate::new("lag", Measured::Time(staleness), Measured::Time(max_lag), ruling).of(label));
}

fn heartbeat_gate<'a>(heartbeat: &Section<Duration>, unseen: Duration, limit: Duration) -> Gate<'a> {
    match heartbeat {
        Err(why) => unreadable("heartbeat", Part::Heartbeat, why),
        Ok(age) => {
            let age = *age + unseen;
            let ruling = if age > limit { Ruling::Fail(Reason::HeartbeatOld { age, limit }) } else { Ruling::Pass };
            Gate::new("heartbeat", Measured::Time(age), Measured::Time(limit), ruling)
        }
    }
}

/// Synced (or an allowed donor) and in the primary component.
fn galera_member<'a>(question: &Question<'a>, snapshot: &'a Snapshot, gates: &mut Vec<Gate<'a>>) {
    let Ok(Some(wsrep)) = &snapshot.wsrep else {
        return;
    };
    gates.push(Gate::new(
        "galera_component",
        Measured::Component { primary: wsrep.primary, size: wsrep.size },
        Measured::Word("primary"),
        if wsrep.primary { Ruling::Pass } else { Ruling::Fail(Reason::GaleraNonPrimary) },
    ));
    let ruling = match wsrep.state {
        NodeState::Synced => Ruling::Pass,
        NodeState::DonorDesynced if question.policy.allow_donor => Ruling::PassNoted(Note::DonorAllowed),
        state => Ruling::Fail(Reason::GaleraState(state)),
    };
    let limit = Measured::Word("synced");
    gates.push(Gate::new("galera_state", Measured::Word(wsrep.state.name()), limit, ruling));
}

/// The switches, the cluster if there is one, and what the state machine found.
fn writer<'a>(question: &Question<'a>, snapshot: &'a Snapshot, gates: &mut Vec<Gate<'a>>) {
    cluster_member(question, snapshot, gates);
    gates.push(writable(snapshot));
    gates.extend(question.canary.map(canary));
    let Some(view) = question.writer else {
        return;
    };
    if let Some(Err(why)) = &snapshot.standing {
        let gate = unreadable("positions", Part::Positions, why);
        // The holder needs no position to keep the role, so a hanging statement does not cost it the role.
        let ruling = if view.serves() { Ruling::PassNoted(Note::NotRequired) } else { gate.ruling };
        gates.push(Gate { ruling, ..gate });
    }
    gates.extend(view.conditions.iter().map(|condition| {
        let ruling = match &condition.judged {
            Judged::Pass => Ruling::Pass,
            Judged::Noted(note) => Ruling::PassNoted(*note),
            Judged::Fail(reason) => Ruling::Fail(Reason::Writer(Box::new(reason.clone()))),
        };
        Gate::new(condition.name, Measured::Word(&condition.measured), Measured::Word(condition.limit), ruling)
    }));
}

/// A canary that was never tried, or not lately, proves nothing.
fn canary(canary: CanaryState<'_>) -> Gate<'_> {
    let ruling = match canary {
        CanaryState::Failed { fault, age } if age <= STANDS_FOR => {
            Ruling::Fail(Reason::Canary { fault: fault.clone(), age })
        }
        CanaryState::Written { age, .. } if age <= STANDS_FOR => Ruling::Pass,
        CanaryState::Untried
        | CanaryState::Written { .. }
        | CanaryState::Impossible { .. }
        | CanaryState::Failed { .. } => Ruling::PassNoted(Note::NotRequired),
    };
    Gate::new("canary", Measured::Canary(canary), Measured::Word("written"), ruling)
}

fn galera_role<'a>(question: &Question<'a>, snapshot: &'a Snapshot, gates: &mut Vec<Gate<'a>>) {
    match &snapshot.wsrep {
        Err(_) => return,
        Ok(None) => {
            let limit = Measured::Word("a Galera node");
            gates.push(Gate::new("galera_state", Measured::Word("no Galera"), limit, Ruling::Fail(Reason::NotGalera)));
            return;
        }
        Ok(Some(_)) => galera_member(question, snapshot, gates),
    }
    gates.push(writable(snapshot));
}

fn writable<'a>(snapshot: &Snapshot) -> Gate<'a> {
    let limit = Measured::Word("no switch on");
    match &snapshot.switches {
        Err(why) => unreadable("writable", Part::Switches, why),
        Ok(switches) => match switches.forbidding() {
            Some(switch) => {
                Gate::new("writable", Measured::Word(switch), limit, Ruling::Fail(Reason::ReadOnly { switch }))
            }
            None => Gate::new("writable", Measured::Word("yes"), limit, Ruling::Pass),
        },
    }
}
