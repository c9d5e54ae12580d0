//! What the nodes tell each other (rules 1, 3, 4, 10 and 11).

use super::epoch::{Epoch, Nonce};
use super::machine::{Machine, Yielding};
use super::report::{Report, SemiSync};
use super::rules::Rule;
use super::witness::Leave;
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// The peer's report came, with what it holds of this node's own commits. A report whose position is older than
    /// rule 12 allows is no `fresh` one.
    pub fn report_came(&mut self, mut report: Report<P>, held: P, fresh: bool) {
        self.heard = true;
        self.silent = false;
        // An operator's word that it is dead was true until now.
        self.takeover = false;
        self.adopt(&report);
        self.lay_ghosts(&report);
        self.kept.peer_excluded = false;
        self.peer_suspended = report.suspended;
        self.peer_answers = report.answers;
        if let Some(echo) = report.echo {
            self.echoed(echo);
        }
        self.asked = report.epoch.filter(|_| report.wants);
        if report.wants && self.yielding == Yielding::No && self.unwitnessed() {
            self.yielding = Yielding::Asked;
            self.drained = false;
        } else if self.yielding == Yielding::Asked
            && !report.wants
            && report.epoch == self.kept.epoch
            && self.rules.has(Rule::AskOnlyIfAble)
        {
            self.keep_the_role();
        }
        self.give_when_asked();
        if report.claims && !report.wants {
            self.hand_over();
        }
        self.grant = report.yields.clone().filter(|_| !self.holds() && report.epoch == self.kept.epoch);
        if report.position.is_some() {
            self.report_fresh = fresh || (self.report_fresh && self.frozen());
            let replica = self.sample.as_ref().is_some_and(|sample| sample.acknowledges);
            // Rule 11: the source's timeout begins after a report without a waiting session.
            let says = report.position.as_ref().filter(|_| fresh && replica).map(|position| position.semisync);
            self.proof = match says {
                Some(SemiSync::Quiet) => true,
                Some(SemiSync::Waiting) => self.proof || !self.rules.has(Rule::NoSessionWaiting),
                Some(SemiSync::Off) => false,
                None => self.proof && self.frozen(),
            };
            if let Some(last) = self.kept.report.as_ref().and_then(|report| report.position.as_ref()) {
                self.report_before = last.executed.clone();
            }
            if self.miss_what_was_lost(&mut report) {
                self.proof = false;
            }
            self.kept.report = Some(report);
            self.kept.held = held;
        }
        self.ask();
    }

    /// What the holder once reported and has lost since is missed all the same: clients were told of it. True when there is such.
    fn miss_what_was_lost(&self, report: &mut Report<P>) -> bool {
        let before = self.kept.report.as_ref().filter(|before| before.epoch == report.epoch);
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
        match (self.kept.epoch, report.epoch) {
            // Nobody ever held it: the lower id is deemed to, as a holder that has to be confirmed.
            (None, None) => {
                let holder = self.me.min(report.node);
                self.kept.epoch = Some(Epoch { number: 0, holder });
            }
            (ours, Some(theirs)) if ours < Some(theirs) => {
                self.kept.epoch = Some(theirs);
                self.kept.cut = report.cut.clone();
                // Epoch 0 is no reign, and has no cut.
                self.kept.demoted |= theirs.number > 0 && theirs.holder != self.me && (held || ours.is_none());
            }
            _ => return,
        }
        self.yielding = Yielding::No;
        self.yields = None;
        self.grant = None;
        for witness in &mut self.witnesses {
            witness.leave = Leave::Free;
        }
        if self.holds() {
            // By an epoch of an earlier life, or by convention: not without an echo.
            self.kept.boot = None;
            self.suspend(|_| true);
        }
    }

    /// A holder that is neither of the two, for a node was renamed: the lower id is deemed to hold the role, as at the very
    /// beginning.
    fn lay_ghosts(&mut self, report: &Report<P>) {
        let Some(epoch) = self.kept.epoch.filter(|epoch| Some(*epoch) == report.epoch) else {
            return;
        };
        if self.unwitnessed() || epoch.holder == self.me || epoch.holder == report.node {
            return;
        }
        let holder = self.me.min(report.node);
        self.kept.epoch = Some(Epoch { number: epoch.number.saturating_add(1), holder });
        if holder == self.me {
            self.kept.boot = None;
            self.suspend(|_| true);
        }
    }

    fn echoed(&mut self, echo: Nonce) {
        for witness in &mut self.witnesses {
            if let Leave::Suspended(nonce) = witness.leave
                && nonce.session == echo.session
                && nonce.count <= echo.count
            {
                witness.leave = Leave::Permit;
            }
        }
    }

    /// Rule 10: a node asks exactly while it could take the role, and without asking there is no grant. It does not ask a
    /// holder whose server answers at once: one that HAProxy has lost a check of, or has not asked yet after its own
    /// restart, is confirmed and serves again within a check or two.
    pub(super) fn ask(&mut self) {
        let gives = self.kept.report.as_ref().is_some_and(|report| report.yields.is_some());
        let waits = self.patient && self.heard && !self.silent && self.peer_answers && !gives;
        let able = self.admission().is_ok() && !self.unsaved && !waits || !self.rules.has(Rule::AskOnlyIfAble);
        self.wants = if self.unwitnessed() {
            self.claims && self.fit()
        } else {
            able && self.fit() && self.frozen() && !self.holds()
        };
        if !self.wants && self.rules.has(Rule::AskOnlyIfAble) {
            self.grant = None;
        }
    }

    /// Whether the last state is on disk, or can be.
    pub fn can_save(&mut self, can: bool) {
        if self.unsaved == can {
            self.unsaved = !can;
            self.ask();
        }
    }

    /// The report to the peer.
    pub fn report(&self) -> Report<P> {
        let suspended = self.listed().filter_map(|witness| match witness.leave {
            Leave::Suspended(nonce) => Some(nonce),
            Leave::Free | Leave::Permit | Leave::Trial => None,
        });
        Report {
            node: self.me,
            epoch: self.kept.epoch,
            cut: self.kept.cut.clone(),
            position: self.position.clone(),
            answers: self.sample.is_some(),
            wants: self.wants,
            claims: self.claims && !self.holds() && self.admission().is_ok(),
            yields: self.yields.clone(),
            suspended: suspended.max_by_key(|nonce| nonce.count).filter(|_| self.holds()),
            echo: self.peer_suspended.filter(|_| !self.silent),
        }
    }
}
