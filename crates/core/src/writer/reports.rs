//! What the nodes tell each other (rules 1, 3, 4, 10 and 11).

use super::epoch::{Epoch, Nonce};
use super::handover::Handover;
use super::machine::Machine;
use super::peer::Contact;
use super::report::{Report, SemiSync};
use super::rules::Rule;
use super::witness::Permission;
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// The peer's report came. `held` is what it holds of this node's own commits. `fresh` says whether its position is
    /// young enough for rule 12.
    pub fn report_came(&mut self, report: Report<P>, held: P, fresh: bool) {
        self.peer.contact = Contact::Heard;
        // An operator declared it dead. That is no longer true.
        self.orders.peer_declared_dead = false;
        self.adopt(&report);
        self.replace_unknown_holder(&report);
        self.persistent.peer_excluded = false;
        self.peer.suspended = report.suspended;
        self.peer.server_answers = report.answers;
        if let Some(suspension) = report.acknowledges {
            self.acknowledged(suspension);
        }
        self.peer.asks_in = report.epoch.filter(|_| report.asks);
        self.peer_asks(&report);
        let grant = report.yields.clone();
        self.taking.grant = grant.filter(|_| !self.holds() && report.epoch == self.persistent.epoch);
        self.take_position(report, held, fresh);
        self.ask();
    }

    /// The peer asks for the role, or does not any more.
    fn peer_asks(&mut self, report: &Report<P>) {
        if report.asks && !self.giving.is_under_way() && self.unwitnessed() {
            self.giving.handover = Handover::Requested;
            self.giving.drained = false;
        } else if self.giving.handover == Handover::Requested
            && !report.asks
            && report.epoch == self.persistent.epoch
            && self.rules.has(Rule::AskOnlyIfAble)
        {
            self.keep_the_role();
        }
        self.give_when_asked();
        if report.claims && !report.asks {
            self.start_handover();
        }
    }

    /// What the peer's report proves, where it has a position.
    fn take_position(&mut self, mut report: Report<P>, held: P, fresh: bool) {
        let Some(position) = &report.position else {
            return;
        };
        let holder_out = self.is_holder_out();
        self.peer.report_fresh = fresh || self.peer.report_fresh && holder_out;
        let replica = self.server.sample.as_ref().is_some_and(|sample| sample.semisync_replica);
        // Rule 11: the source's timeout begins after a report without a waiting session.
        self.peer.proof = match position.semisync {
            SemiSync::Quiet if fresh && replica => true,
            SemiSync::Waiting if fresh && replica => self.peer.proof || !self.rules.has(Rule::NoSessionWaiting),
            SemiSync::Off if fresh && replica => false,
            SemiSync::Quiet | SemiSync::Waiting | SemiSync::Off => self.peer.proof && holder_out,
        };
        if let Some(last) = self.persistent.reported() {
            self.peer.previous_report = last.executed.clone();
        }
        if self.miss_what_was_lost(&mut report) {
            self.peer.proof = false;
        }
        self.persistent.peer_report = Some(report);
        self.persistent.held_by_peer = held;
    }

    /// Transactions that the holder once reported and has lost since still count as missing, because clients may have
    /// seen them. Returns whether there are any.
    fn miss_what_was_lost(&self, report: &mut Report<P>) -> bool {
        let before = self.persistent.peer_report.as_ref().filter(|before| before.epoch == report.epoch);
        let by_holder = report.epoch.is_some_and(|epoch| epoch.holder == report.node);
        if let (true, Some(now), Some(before)) =
            (by_holder, report.position.as_mut(), before.and_then(|before| before.position.as_ref()))
        {
            let lost = !now.executed.contains(&before.executed);
            now.executed.merge(&before.executed);
            return lost;
        }
        false
    }

    /// Rule 1: a higher epoch ends everything that was built on a lower one.
    fn adopt(&mut self, report: &Report<P>) {
        // Without a witness there is no epoch.
        if self.unwitnessed() {
            return;
        }
        let held = self.holds();
        match (self.persistent.epoch, report.epoch) {
            // No node ever held it. The lower id counts as the holder, and still has to be confirmed.
            (None, None) => {
                let holder = self.me.min(report.node);
                self.persistent.epoch = Some(Epoch { number: 0, holder });
            }
            (ours, Some(theirs)) if ours < Some(theirs) => {
                self.persistent.epoch = Some(theirs);
                self.persistent.takeover_position = report.takeover_position.clone();
                // Epoch 0 is no term, and has no takeover position.
                self.persistent.demoted |= theirs.number > 0 && theirs.holder != self.me && (held || ours.is_none());
            }
            _ => return,
        }
        self.end_handover();
        self.taking.grant = None;
        for witness in &mut self.witnesses {
            witness.permission = Permission::Free;
        }
        if self.holds() {
            // By an epoch from before a restart, or by convention: it needs an acknowledgement.
            self.persistent.boot = None;
            self.suspend(|_| true);
        }
    }

    /// The holder is neither of the two nodes, because a node was renamed. The lower id counts as the holder, as at
    /// the very beginning.
    fn replace_unknown_holder(&mut self, report: &Report<P>) {
        let Some(epoch) = self.persistent.epoch.filter(|epoch| Some(*epoch) == report.epoch) else {
            return;
        };
        if self.unwitnessed() || epoch.holder == self.me || epoch.holder == report.node {
            return;
        }
        let holder = self.me.min(report.node);
        self.persistent.epoch = Some(Epoch { number: epoch.number.saturating_add(1), holder });
        if holder == self.me {
            self.persistent.boot = None;
            self.suspend(|_| true);
        }
    }

    /// The peer acknowledges this suspension, and with it all earlier ones of the session.
    fn acknowledged(&mut self, suspension: Nonce) {
        for witness in &mut self.witnesses {
            if let Permission::Suspended(nonce) = witness.permission
                && nonce.session == suspension.session
                && nonce.count <= suspension.count
            {
                witness.permission = Permission::Once;
            }
        }
    }

    /// Rule 10: a node asks exactly while it could take the role, and without asking there is no grant. It does not at
    /// once ask a holder whose server answers. Such a holder only lost a check, or HAProxy has restarted: it is
    /// confirmed and serves again within a check or two.
    pub(super) fn ask(&mut self) {
        let gives = self.persistent.peer_report.as_ref().is_some_and(|report| report.yields.is_some());
        let waits = self.taking.holder_grace && self.peer.is_heard() && self.peer.server_answers && !gives;
        let able = self.admission().is_ok() && !self.disk_fails && !waits || !self.rules.has(Rule::AskOnlyIfAble);
        self.taking.asks = if self.unwitnessed() {
            self.orders.claims && self.fit()
        } else {
            able && self.fit() && self.is_holder_out() && !self.holds()
        };
        if !self.taking.asks && self.rules.has(Rule::AskOnlyIfAble) {
            self.taking.grant = None;
        }
    }

    /// Whether the last state is on disk, or can be written.
    pub fn can_save(&mut self, can: bool) {
        if self.disk_fails == can {
            self.disk_fails = !can;
            self.ask();
        }
    }

    /// The report to the peer.
    pub fn report(&self) -> Report<P> {
        let suspended = self.listed().filter_map(|witness| match witness.permission {
            Permission::Suspended(nonce) => Some(nonce),
            Permission::Free | Permission::Once | Permission::Trial => None,
        });
        Report {
            node: self.me,
            epoch: self.persistent.epoch,
            takeover_position: self.persistent.takeover_position.clone(),
            position: self.server.position.clone(),
            answers: self.server.sample.is_some(),
            asks: self.taking.asks,
            claims: self.orders.claims && !self.holds() && self.admission().is_ok(),
            yields: self.giving.yields.clone(),
            suspended: suspended.max_by_key(|nonce| nonce.count).filter(|_| self.holds()),
            acknowledges: self.peer.suspended.filter(|_| !self.peer.is_unreachable()),
        }
    }
}
