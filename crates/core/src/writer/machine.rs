//! The writer role as a state machine: events go in; answers, reports and the persistent state come out. It has no
//! clock and no I/O: whatever depends on time comes as an event. The rules are numbered as in `docs/failover.md`. The
//! model checker in `tests/model` explores this code.

use super::epoch::{NodeId, Nonce};
use super::handover::{Giving, Handover, Taking};
use super::peer::{Contact, Peer};
use super::persistent::Persistent;
use super::report::{Position, Yield};
use super::rules::{Rule, Rules};
use super::sample::{AtStart, Probed, Sample};
use super::witness::{Permission, Witness};
use crate::position::history::History;

/// One node's part of the writer role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Machine<P> {
    pub(super) rules: Rules,
    pub(super) me: NodeId,
    pub(super) persistent: Persistent<P>,
    pub(super) server: Probed<P>,
    pub(super) peer: Peer<P>,
    pub(super) witnesses: Vec<Witness>,
    pub(super) giving: Giving<P>,
    pub(super) taking: Taking<P>,
    pub(super) orders: Orders,
    /// The last suspension.
    pub(super) nonce: Nonce,
    /// The state cannot be written to disk. A gain would fail, so this node does not ask for the role.
    pub(super) disk_fails: bool,
}

/// What operators ordered, as long as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Orders {
    /// The peer is dead: its consent and its reports are not waited for.
    pub(super) peer_declared_dead: bool,
    /// This node should get the role.
    pub(super) claims: bool,
}

impl<P: History> Machine<P> {
    /// A node that has just started. `session` is random, `witnesses` the number of HAProxys that must agree.
    pub fn new(me: NodeId, persistent: Persistent<P>, witnesses: usize, session: u64, rules: Rules) -> Machine<P> {
        let server = Probed {
            sample: None,
            position: None,
            previous_mark: persistent.high_water_mark.clone(),
            at_start: AtStart::default(),
        };
        let mut machine = Machine {
            rules,
            me,
            persistent,
            server,
            peer: Peer::default(),
            witnesses: vec![Witness::default(); witnesses],
            giving: Giving::default(),
            taking: Taking::default(),
            orders: Orders::default(),
            nonce: Nonce { session, count: 0 },
            disk_fails: false,
        };
        // What happened before this start is not known.
        machine.note_peer();
        machine.note_peer();
        machine.leave_service();
        machine
    }

    /// What must survive a restart of healthd.
    pub fn persistent(&self) -> &Persistent<P> {
        &self.persistent
    }

    /// The last probe; `None` while the server does not answer.
    pub fn sample(&self) -> Option<&Sample<P>> {
        self.server.sample.as_ref()
    }

    /// The last position read; it stays after the server has died.
    pub fn position(&self) -> Option<&Position<P>> {
        self.server.position.as_ref()
    }

    /// What the holder yielded, as long as it may be used.
    pub fn grant(&self) -> Option<&Yield<P>> {
        self.taking.grant.as_ref()
    }

    /// Every HAProxy's opinion, and what it was answered.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// Whether this node holds the highest epoch known.
    pub fn holds(&self) -> bool {
        self.persistent.epoch.is_some_and(|epoch| epoch.holder == self.me)
    }

    /// Whether this node gives the role away, and why.
    pub fn handover(&self) -> Handover {
        self.giving.handover
    }

    /// Whether the peer is heard.
    pub fn peer_contact(&self) -> Contact {
        self.peer.contact
    }

    /// Whether nothing was heard of the peer for T_silent.
    pub fn is_peer_unreachable(&self) -> bool {
        self.peer.is_unreachable()
    }

    /// Whether the peer's server answered at its last report.
    pub fn peer_server_answers(&self) -> bool {
        self.peer.server_answers
    }

    /// Rule 11: whether semi-sync proves that no acknowledged commit of the peer is missing here.
    pub fn has_semisync_proof(&self) -> bool {
        self.peer.proof
    }

    /// Rule 12: whether the peer's last report is fresh, or was when the peer went down. For the model checker.
    pub fn has_fresh_report(&self) -> bool {
        self.peer.report_fresh
    }

    /// Whether no HAProxy's opinion counts.
    pub fn unwitnessed(&self) -> bool {
        self.listed().next().is_none()
    }

    /// Whether the server has restarted since this node gained the role.
    pub fn restarted(&self) -> bool {
        self.rules.has(Rule::RestartAcknowledged)
            && self.server.sample.as_ref().is_some_and(|sample| self.persistent.boot != Some(sample.boot))
    }

    pub(super) fn fit(&self) -> bool {
        self.server.sample.as_ref().is_some_and(|sample| sample.fit)
    }

    /// Rule 1: whether it is the holder, and its server still is in the run with which it gained the role.
    pub fn is_incumbent(&self) -> bool {
        self.holds() && self.fit() && !self.restarted()
    }

    /// The HAProxys that must agree.
    pub(super) fn listed(&self) -> impl Iterator<Item = &Witness> {
        self.witnesses.iter().filter(|its| !its.removed)
    }

    /// Whether every HAProxy is certain to send no client here.
    pub(super) fn is_out(&self) -> bool {
        if self.unwitnessed() {
            return self.giving.drained;
        }
        let out = match self.giving.handover {
            Handover::Commanded => self.listed().all(Witness::is_out_and_empty),
            Handover::No | Handover::Requested => self.listed().all(Witness::is_out),
        };
        out || !self.rules.has(Rule::YieldWhenOut)
    }

    /// Whether this node gives the role away and is out. A probe that begins now reads the final position.
    pub fn may_yield(&self) -> bool {
        self.giving.is_under_way() && self.is_out()
    }

    /// Whether the holder is another node, and out: what is known of it does not age from that moment on.
    pub(super) fn is_holder_out(&self) -> bool {
        if self.unwitnessed() {
            // Only the peer itself can tell.
            return self.peer.is_unreachable() || !self.peer.server_answers;
        }
        !self.holds() && self.listed().all(Witness::peer_is_out)
    }

    pub(super) fn next_nonce(&mut self) -> Nonce {
        self.nonce.count = self.nonce.count.wrapping_add(1);
        self.nonce
    }

    /// Begins one suspension, for each witness with such a permission.
    pub(super) fn suspend(&mut self, which: impl Fn(Permission) -> bool) {
        if !self.rules.has(Rule::Suspension) || !self.listed().any(|witness| which(witness.permission)) {
            return;
        }
        let nonce = self.next_nonce();
        for witness in self.witnesses.iter_mut().filter(|witness| !witness.removed && which(witness.permission)) {
            witness.permission = Permission::Suspended(nonce);
        }
    }

    /// Rule 3: the role is given only when the peer asks and when HAProxy sends no client here, whichever comes last.
    pub(super) fn give_when_asked(&mut self) {
        let trial = self.listed().any(|witness| witness.permission == Permission::Trial);
        let asked = self.peer.asks_in.is_some() && self.peer.asks_in == self.persistent.epoch;
        if asked && !self.giving.is_under_way() && !self.unwitnessed() && self.holds() && self.is_out() && !trial {
            self.giving.handover = Handover::Requested;
            if self.server.sample.is_none() {
                self.giving.yields = Some(Yield::NoAnswer);
            }
        }
    }

    /// A handover ends, and the role stays here.
    pub(super) fn keep_the_role(&mut self) {
        self.end_handover();
        self.suspend(|_| true);
    }

    pub(super) fn end_handover(&mut self) {
        self.giving.handover = Handover::No;
        self.giving.yields = None;
    }
}
