//! The real state machine, with every step remembered: the search meets the same step of one node in thousands of
//! states of the world.

use healthd_core::position::history::History;
use healthd_core::writer::{
    Answer, Bar, BootId, Checked, Epoch, Handover, Level, Machine, NodeId, Opinion, Permission, Persistent, Position,
    Refusal, Report, Rules, Sample, SemiSync, SourceLink, Yield,
};

use crate::fast::{Interner, Map};

/// The own commits of node 0 and of node 1, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Commits(pub(crate) [u8; 2]);

impl Commits {
    /// The first commits of each node, as many as given.
    pub(crate) fn first(counts: [u8; 2]) -> Commits {
        Commits(counts.map(|count| ((1_u16 << count) - 1) as u8))
    }

    pub(crate) fn only(self, node: usize) -> Commits {
        let mut of = [0; 2];
        of[node] = self.0[node];
        Commits(of)
    }
}

impl History for Commits {
    fn contains(&self, other: &Self) -> bool {
        (0..2).all(|i| self.0[i] & other.0[i] == other.0[i])
    }

    fn merge(&mut self, other: &Self) {
        (0..2).for_each(|i| self.0[i] |= other.0[i]);
    }

    fn minus(&self, other: &Self) -> Self {
        Commits([0, 1].map(|i| self.0[i] & !other.0[i]))
    }
}

/// What a probe saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Seen {
    pub(crate) fit: bool,
    pub(crate) boot: u8,
    pub(crate) own: u8,
    pub(crate) applied: u8,
    pub(crate) received: u8,
    pub(crate) semisync: SemiSync,
    pub(crate) source: SourceLink,
    pub(crate) semisync_replica: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    ProbeStarted,
    ProbeEnded(Option<Seen>),
    Report {
        number: u32,
        fresh: bool,
    },
    Check {
        proxy: u8,
        me: bool,
        peer: bool,
        fresh: bool,
        /// Whether the disk accepts a gain.
        saves: bool,
    },
    Unreachable,
    Aged,
    ProofAged,
    Fetched,
    LeaseOver,
    AcknowledgementExpired,
    GrantExpired,
    HandOverTimedOut,
    ChecksStopped(u8),
    HandOver,
    TakeOver,
    Claim(bool),
    CanSave(bool),
    /// A check without a witness.
    Asked,
    Drained,
    Judged(bool),
    RemoveWitness(u8),
    AcceptLoss,
    MarkDrop,
}

/// What the world needs to know of a machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visible {
    pub(crate) epoch: Option<Epoch>,
    pub(crate) cut: Commits,
    pub(crate) holds: bool,
    pub(crate) restarted: bool,
    pub(crate) answers: bool,
    pub(crate) unreachable: bool,
    pub(crate) asks: bool,
    pub(crate) yielding: bool,
    pub(crate) asked: bool,
    pub(crate) yields: bool,
    pub(crate) grant: bool,
    pub(crate) excluded: bool,
    pub(crate) report_fresh: bool,
    pub(crate) in_use: bool,
    pub(crate) free: bool,
    pub(crate) once: bool,
    pub(crate) unchecked: [bool; 2],
    /// What each HAProxy last said of the peer.
    pub(crate) peer_up: [Option<bool>; 2],
    pub(crate) semisync: Option<SemiSync>,
    pub(crate) position: bool,
    pub(crate) reported: Option<Commits>,
    pub(crate) reported_semisync: Option<SemiSync>,
    pub(crate) reported_epoch: Option<Epoch>,
    pub(crate) unwitnessed: bool,
    pub(crate) incumbent: bool,
    pub(crate) confirmed: bool,
    /// Some HAProxy says that the peer is out.
    pub(crate) peer_out: bool,
    pub(crate) claims: bool,
    /// Why this node may not take the role.
    pub(crate) bar: Option<Bar>,
    /// What `accept-loss` would give up, and what it would keep.
    pub(crate) missing: Commits,
    pub(crate) errant: Commits,
    pub(crate) persistent: u32,
    pub(crate) report: u32,
}

/// The result of a step: the number of the machine, and the answer to a check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) machine: u32,
    pub(crate) served: bool,
    pub(crate) refusal: Option<Refusal>,
}

pub(crate) struct Pool {
    machines: Interner<Machine<Commits>>,
    visible: Vec<Visible>,
    persistent: Interner<Persistent<Commits>>,
    reports: Interner<Report<Commits>>,
    steps: Map<(u32, Event), Step>,
    rules: Rules,
    witnesses: usize,
    level: Level,
}

impl Pool {
    pub(crate) fn new(rules: Rules, witnesses: usize, level: Level) -> Pool {
        Pool {
            machines: Interner::new(),
            visible: Vec::new(),
            persistent: Interner::new(),
            reports: Interner::new(),
            steps: Map::default(),
            rules,
            witnesses,
            level,
        }
    }

    pub(crate) fn visible(&self, machine: u32) -> &Visible {
        &self.visible[machine as usize]
    }

    pub(crate) fn persistent(&self, number: u32) -> &Persistent<Commits> {
        self.persistent.get(number)
    }

    pub(crate) fn report(&self, number: u32) -> &Report<Commits> {
        self.reports.get(number)
    }

    pub(crate) fn machine(&self, number: u32) -> &Machine<Commits> {
        self.machines.get(number)
    }

    pub(crate) fn len(&self) -> usize {
        self.machines.len()
    }

    pub(crate) fn keep(&mut self, persistent: Persistent<Commits>) -> u32 {
        self.persistent.put(persistent).0
    }

    /// healthd starts with what it finds on the disk.
    pub(crate) fn start(&mut self, node: usize, disk: u32, session: u64, removed: bool) -> u32 {
        let persistent = self.persistent.get(disk).clone();
        let mut machine = Machine::new(NodeId(node as u64), persistent, self.witnesses, session, self.rules);
        if removed {
            machine.remove_witness(self.witnesses - 1);
        }
        self.put(machine)
    }

    fn put(&mut self, machine: Machine<Commits>) -> u32 {
        let (number, new) = self.machines.put(machine);
        if new {
            let visible = self.look(number);
            self.visible.push(visible);
        }
        number
    }

    fn look(&mut self, number: u32) -> Visible {
        let machine = self.machines.get(number);
        let (persistent, report) = (machine.persistent().clone(), machine.report());
        let witnesses = machine.witnesses();
        let unchecked = [0, 1].map(|i| witnesses.get(i).is_none_or(|its| its.unchecked));
        Visible {
            epoch: persistent.epoch,
            cut: persistent.takeover_position,
            holds: machine.holds(),
            restarted: machine.restarted(),
            answers: report.answers,
            unreachable: machine.is_peer_unreachable(),
            asks: report.asks,
            yielding: machine.handover() != Handover::No,
            asked: machine.handover() == Handover::Requested,
            yields: report.yields.is_some(),
            grant: machine.grant().is_some(),
            excluded: persistent.peer_excluded,
            report_fresh: machine.has_fresh_report(),
            in_use: witnesses.iter().any(|its| its.opinion.is_some_and(|opinion| opinion.me)),
            free: witnesses.iter().all(|its| its.permission == Permission::Free),
            once: witnesses.iter().any(|its| its.permission == Permission::Once),
            unchecked,
            peer_up: [0, 1].map(|i| witnesses.get(i).and_then(|its| its.opinion).map(|opinion| opinion.peer)),
            semisync: report.position.as_ref().map(|position| position.semisync),
            position: report.position.is_some(),
            reported: persistent.reported().map(|position| position.executed),
            reported_semisync: persistent.reported().map(|position| position.semisync),
            reported_epoch: persistent.peer_report.as_ref().and_then(|report| report.epoch),
            unwitnessed: machine.unwitnessed(),
            incumbent: machine.is_incumbent(),
            confirmed: machine.is_confirmed(),
            peer_out: machine.opinions().flatten().any(|opinion| !opinion.peer),
            claims: report.claims || machine.unwitnessed() && report.asks,
            bar: machine.admission().err(),
            missing: machine.loss().missing,
            errant: machine.loss().errant,
            persistent: self.persistent.put(persistent).0,
            report: self.reports.put(report).0,
        }
    }

    pub(crate) fn step(&mut self, node: usize, machine: u32, event: Event) -> Step {
        if let Some(step) = self.steps.get(&(machine, event)) {
            return *step;
        }
        let mut next = self.machines.get(machine).clone();
        let answer = self.apply(node, &mut next, event);
        let refusal = match answer {
            Some(Answer::Refuse(refusal)) => Some(refusal),
            Some(Answer::Serve) | None => None,
        };
        let step = Step { machine: self.put(next), served: answer == Some(Answer::Serve), refusal };
        self.steps.insert((machine, event), step);
        step
    }

    fn apply(&self, node: usize, machine: &mut Machine<Commits>, event: Event) -> Option<Answer> {
        match event {
            Event::ProbeStarted => machine.probe_started(),
            Event::ProbeEnded(seen) => machine.probe_ended(seen.map(|seen| sample(node, seen))),
            Event::Report { number, fresh } => {
                let report = self.reports.get(number).clone();
                let held = report.position.as_ref().map(|position| position.executed.only(node));
                machine.report_came(report, held.unwrap_or_default(), fresh);
            }
            Event::Check { proxy, me, peer, fresh, saves } => {
                let answer = match machine.check(usize::from(proxy), Opinion { me, peer }, false, fresh) {
                    Checked::Gained(gain) if !saves => {
                        *machine = gain.undone();
                        return None;
                    }
                    Checked::Answered(answer) => answer,
                    Checked::Gained(gain) => gain.saved(),
                };
                // How long a standby waits before it asks depends on time, and here any time may pass.
                machine.holder_grace_over();
                return Some(answer);
            }
            Event::Unreachable => machine.peer_became_unreachable(),
            Event::Aged => machine.report_aged(),
            Event::ProofAged => machine.proof_aged(),
            Event::CanSave(can) => machine.can_save(can),
            Event::Asked => return Some(machine.check_unwitnessed(self.level)),
            Event::Drained => machine.drained(),
            Event::Judged(fit) => machine.set_fit(fit),
            Event::RemoveWitness(proxy) => machine.remove_witness(usize::from(proxy)),
            Event::AcceptLoss => {
                let shown = machine.loss().all();
                machine.accept_loss(&shown);
            }
            Event::MarkDrop => machine.drop_high_water_marks(),
            Event::Fetched => machine.peer_fetched(),
            Event::LeaseOver => machine.peer_lease_over(),
            Event::AcknowledgementExpired => machine.acknowledgement_expired(),
            Event::GrantExpired => machine.grant_expired(),
            Event::HandOverTimedOut => machine.handover_timed_out(),
            Event::ChecksStopped(proxy) => machine.checks_stopped(usize::from(proxy)),
            Event::HandOver => {
                machine.start_handover();
            }
            Event::TakeOver => machine.declare_peer_dead(),
            Event::Claim(wanted) => machine.claim(wanted),
        }
        None
    }

    /// Whether the final position that a report gives away, or none.
    pub(crate) fn gives(&self, report: u32) -> Option<&Yield<Commits>> {
        self.reports.get(report).yields.as_ref()
    }
}

fn sample(node: usize, seen: Seen) -> Sample<Commits> {
    let mut executed = [seen.applied; 2];
    executed[node] = seen.own;
    let mut received = [seen.received; 2];
    received[node] = 0;
    let executed = Commits::first(executed);
    Sample {
        fit: seen.fit,
        boot: BootId(u64::from(seen.boot)),
        position: Position { executed, own: executed.only(node), semisync: seen.semisync },
        received: Commits::first(received),
        source: seen.source,
        semisync_replica: seen.semisync_replica,
    }
}
