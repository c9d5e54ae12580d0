//! The writer role as a state machine: events in; answers, reports and things to keep out. No clock and no I/O: what depends
//! on time comes as an event. The rules are numbered as in `docs/failover.md`, and the model checker in `tests/model`
//! explores this code.

use super::epoch::{BootId, Epoch, NodeId, Nonce};
use super::kept::Kept;
use super::refusal::Refusal;
use super::report::{Position, Yield};
use super::rules::{Rule, Rules};
use super::witness::{Leave, Witness};
use crate::position::history::History;

/// Whether the server replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// From nobody.
    None,
    /// It is connected to its source.
    Connected,
    /// It is not.
    Lost,
}

/// What a probe read of the own server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sample<P> {
    /// Whether it may be written: no switch and no maintenance forbids it.
    pub fit: bool,
    /// Which run of the server.
    pub boot: BootId,
    /// All it has executed and its own commits among them.
    pub position: Position<P>,
    /// All it has received, as it says now.
    pub received: P,
    /// Whether it replicates.
    pub source: Source,
    /// Whether it acknowledges as a semi-synchronous replica.
    pub acknowledges: bool,
}

/// Whether the holder is giving the role away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Yielding {
    /// It is not.
    No,
    /// By command.
    Commanded,
    /// Because the peer asked.
    Asked,
}

/// The answer to a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// 200.
    Serve,
    /// 503.
    Refuse(Refusal),
}

/// One node's part of the writer role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Machine<P> {
    pub(super) rules: Rules,
    pub(super) me: NodeId,
    pub(crate) kept: Kept<P>,
    pub(crate) witnesses: Vec<Witness>,
    /// The last probe; `None` while the server does not answer.
    pub(crate) sample: Option<Sample<P>>,
    /// The last position read, also of a server that has died since.
    pub(crate) position: Option<Position<P>>,
    /// The high-water mark before the last probe: what a live replica must contain, while it is being fed.
    pub(super) mark_before: P,
    /// What the peer held of this node when the probe under way began.
    pub(super) held_before: P,
    /// Whether HAProxy had taken this node out before the probe under way began.
    pub(super) out_before: bool,
    /// Rule 12: a report came since this healthd started.
    pub(crate) heard: bool,
    /// Rule 12: it was fresh, now or when the peer went down.
    pub(super) report_fresh: bool,
    /// Rule 11: it proves that no acknowledged commit is missing, now or when the peer went down.
    pub(crate) proof: bool,
    /// Nothing was heard of the peer for a long time.
    pub(crate) silent: bool,
    /// The peer has heard nothing of this node for so long that no report of it is fresh there.
    pub(super) lease_over: bool,
    /// This node asks for the role.
    pub(super) wants: bool,
    /// The holder's answer to that.
    pub(crate) grant: Option<Yield<P>>,
    pub(crate) yielding: Yielding,
    pub(super) yields: Option<Yield<P>>,
    /// The epoch that the peer asks for, as its last report says.
    pub(super) asked: Option<Epoch>,
    pub(super) peer_suspended: Option<Nonce>,
    pub(super) nonce: Nonce,
    /// An operator says that the peer is dead.
    pub(super) takeover: bool,
    /// Whether the peer's server answered at its last report.
    pub(crate) peer_answers: bool,
    /// The report before the last one: what a live standby must contain, while it is being fed.
    pub(super) report_before: P,
    /// Without a witness: the peer's own commits as known at the last probe that found the server well, and the one before.
    pub(super) peer_noted: P,
    pub(super) peer_before: P,
    /// Without a witness: the role was refused for long enough that nobody is sent here.
    pub(super) drained: bool,
    /// An operator wants the role here.
    pub(super) claims: bool,
    /// The disk takes nothing: a gain would fail, so there is no asking for one.
    pub(super) unsaved: bool,
    /// The holder has only just gone out at every HAProxy: while its server answers, it may come back by itself.
    pub(super) patient: bool,
}

impl<P: History> Machine<P> {
    /// A node that has just started. `session` is random, `witnesses` the number of HAProxys that must agree.
    pub fn new(me: NodeId, kept: Kept<P>, witnesses: usize, session: u64, rules: Rules) -> Machine<P> {
        let mut machine = Machine {
            rules,
            me,
            mark_before: kept.mark.clone(),
            kept,
            witnesses: vec![Witness::default(); witnesses],
            sample: None,
            position: None,
            held_before: P::default(),
            out_before: false,
            heard: false,
            report_fresh: false,
            proof: false,
            silent: false,
            lease_over: false,
            wants: false,
            grant: None,
            yielding: Yielding::No,
            yields: None,
            asked: None,
            peer_suspended: None,
            nonce: Nonce { session, count: 0 },
            takeover: false,
            peer_answers: false,
            report_before: P::default(),
            peer_noted: P::default(),
            peer_before: P::default(),
            drained: false,
            claims: false,
            unsaved: false,
            patient: false,
        };
        // What happened while nobody looked is not known.
        machine.note_peer();
        machine.note_peer();
        machine.leave_service();
        machine
    }

    /// What must not be forgotten.
    pub fn kept(&self) -> &Kept<P> {
        &self.kept
    }

    /// Whether this node holds the highest epoch known.
    pub fn holds(&self) -> bool {
        self.kept.epoch.is_some_and(|epoch| epoch.holder == self.me)
    }

    /// Whether this node gives the role away.
    pub fn yielding(&self) -> Yielding {
        self.yielding
    }

    /// Whether the peer is silent.
    pub fn is_peer_silent(&self) -> bool {
        self.silent
    }

    /// Whether there is no HAProxy whose word counts.
    pub fn unwitnessed(&self) -> bool {
        self.listed().next().is_none()
    }

    /// Whether the server is another run of itself than the one under which the role was gained.
    pub fn restarted(&self) -> bool {
        self.rules.has(Rule::RestartEcho)
            && self.sample.as_ref().is_some_and(|sample| self.kept.boot != Some(sample.boot))
    }

    pub(super) fn fit(&self) -> bool {
        self.sample.as_ref().is_some_and(|sample| sample.fit)
    }

    /// Whether it gives the role away and every HAProxy is certain to send no client here.
    pub fn is_out(&self) -> bool {
        self.yielding != Yielding::No && self.out()
    }

    /// Rule 1: whether it is the holder, on the server with which it gained the role.
    pub fn is_incumbent(&self) -> bool {
        self.holds() && self.fit() && !self.restarted()
    }

    /// The HAProxys that must agree.
    pub(super) fn listed(&self) -> impl Iterator<Item = &Witness> {
        self.witnesses.iter().filter(|its| !its.removed)
    }

    /// Every HAProxy is certain to send no client here.
    pub(super) fn out(&self) -> bool {
        if self.unwitnessed() {
            return self.drained;
        }
        let out = match self.yielding {
            Yielding::Commanded => self.listed().all(Witness::is_empty),
            Yielding::No | Yielding::Asked => self.listed().all(Witness::is_out),
        };
        out || !self.rules.has(Rule::YieldWhenOut)
    }

    /// A non-holder whose HAProxys all say that the holder is out: from that moment on what is known of it does not age.
    pub(super) fn frozen(&self) -> bool {
        if self.unwitnessed() {
            // The peer's own word, or its silence, is all there is.
            return self.silent || !self.peer_answers;
        }
        !self.holds() && self.listed().all(Witness::peer_is_out)
    }

    pub(super) fn next_nonce(&mut self) -> Nonce {
        self.nonce.count = self.nonce.count.wrapping_add(1);
        self.nonce
    }

    /// Suspends for every witness that is not waiting already.
    pub(super) fn suspend(&mut self, which: impl Fn(Leave) -> bool) {
        if !self.rules.has(Rule::Suspension) || !self.listed().any(|witness| which(witness.leave)) {
            return;
        }
        let nonce = self.next_nonce();
        for witness in self.witnesses.iter_mut().filter(|witness| !witness.removed && which(witness.leave)) {
            witness.leave = Leave::Suspended(nonce);
        }
    }

    /// Rule 3: the role is given only when asked for, and only when HAProxy sends nobody here any more; whichever comes last.
    pub(super) fn give_when_asked(&mut self) {
        let trial = self.listed().any(|witness| witness.leave == Leave::Trial);
        let asked = self.asked.is_some() && self.asked == self.kept.epoch;
        if asked && self.yielding == Yielding::No && !self.unwitnessed() && self.holds() && self.out() && !trial {
            self.yielding = Yielding::Asked;
            if self.sample.is_none() {
                self.yields = Some(Yield::NoAnswer);
            }
        }
    }

    pub(super) fn keep_the_role(&mut self) {
        self.yielding = Yielding::No;
        self.yields = None;
        self.suspend(|_| true);
    }
}
