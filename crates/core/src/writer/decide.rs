//! The answer to a check, and the gain of the role (rules 1, 2, 5 to 8 and 12).

use super::epoch::Epoch;
use super::handover::Handover;
use super::machine::Machine;
use super::refusal::{Answer, Bar, Refusal};
use super::report::Yield;
use super::rules::Rule;
use super::witness::{Opinion, Permission, Witness};
use crate::position::history::History;

/// What came of a check.
#[must_use]
#[derive(Debug, Clone)]
pub enum Checked<P> {
    /// The answer to give.
    Answered(Answer),
    /// This node gained the role. The new state must be on disk before the answer is given.
    Gained(Gain<P>),
}

/// A gain of the role that is not on disk yet.
#[must_use]
#[derive(Debug, Clone)]
pub struct Gain<P> {
    before: Box<Machine<P>>,
}

impl<P: History> Gain<P> {
    /// It is on disk: the answer to give.
    pub fn saved(self) -> Answer {
        Answer::Serve
    }

    /// The disk did not take it: the machine as it was before the check, which now knows that the disk fails.
    pub fn undone(self) -> Machine<P> {
        let mut machine = *self.before;
        machine.can_save(false);
        machine
    }
}

impl<P: History> Machine<P> {
    /// A check with an opinion, from the witness with that number, whose connection is still open. `fresh` says
    /// whether the last probe began after the check came.
    pub fn check(&mut self, witness: usize, opinion: Opinion, sessions: bool, fresh: bool) -> Checked<P> {
        // An incumbent has nothing to gain.
        let before = (!self.is_incumbent()).then(|| Box::new(self.clone()));
        let epoch = self.persistent.epoch;
        let answer = self.answer(witness, opinion, sessions, fresh);
        match before.filter(|_| self.persistent.epoch != epoch) {
            Some(before) => Checked::Gained(Gain { before }),
            None => Checked::Answered(answer),
        }
    }

    fn answer(&mut self, witness: usize, opinion: Opinion, sessions: bool, fresh: bool) -> Answer {
        let restarted = self.restarted();
        let (fit, holds) = (self.fit(), self.holds());
        let settled = !self.giving.is_under_way();
        let was_holder_out = self.is_holder_out();
        let Some(its) = self.witnesses.get_mut(witness).filter(|its| !its.removed) else {
            return Answer::Refuse(Refusal::WitnessesDisagree);
        };
        its.unchecked = false;
        its.sessions = sessions;
        its.told_out = !opinion.me && !its.answered_up;
        its.opinion = Some(opinion);
        its.since_unreachable =
            if self.peer.is_unreachable() { its.since_unreachable.saturating_add(1).min(2) } else { 0 };
        self.taking.holder_grace = self.is_holder_out() && (self.taking.holder_grace || !was_holder_out);
        let its = &mut self.witnesses[witness];
        if opinion.me
            && fit
            && !restarted
            && settled
            && matches!(its.permission, Permission::Suspended(_) | Permission::Once)
        {
            its.permission = Permission::Free;
        }
        if opinion.me && !opinion.peer && its.permission == Permission::Trial {
            its.permission = Permission::Free;
        }
        // Rule 4.
        let out = !opinion.me && holds && settled && !restarted && its.permission == Permission::Free;
        let excluded = opinion.me && its.answered_up;
        if out && self.rules.has(Rule::Suspension) {
            let nonce = self.next_nonce();
            self.witnesses[witness].permission = Permission::Suspended(nonce);
        }
        // Rule 6.
        if excluded
            && self.peer.is_unreachable()
            && self.is_incumbent()
            && (self.peer.lease_over || !self.rules.has(Rule::Exclusion))
        {
            self.persistent.peer_excluded = true;
        }
        self.give_when_asked();
        self.ask();
        let answer = self.decide(witness, opinion, fresh);
        let its = &mut self.witnesses[witness];
        its.answered_up = answer == Answer::Serve;
        if its.answered_up {
            its.told_out = false;
            if its.permission == Permission::Once {
                its.permission = Permission::Free;
            }
        }
        answer
    }

    fn decide(&mut self, witness: usize, opinion: Opinion, fresh: bool) -> Answer {
        if self.is_incumbent() {
            let permission = self.witnesses[witness].permission;
            return match (self.giving.handover, permission) {
                (Handover::Commanded, _) => Answer::Refuse(Refusal::HandingOver),
                (Handover::Requested, _) => Answer::Refuse(Refusal::Yielded),
                (Handover::No, Permission::Free | Permission::Once) => Answer::Serve,
                (Handover::No, Permission::Trial) if opinion.peer => Answer::Refuse(Refusal::PeerInUse),
                (Handover::No, Permission::Trial) => match self.admission() {
                    Ok(()) => Answer::Serve,
                    Err(bar) => Answer::Refuse(Refusal::Barred(bar)),
                },
                (Handover::No, Permission::Suspended(_)) => self.resume(witness, opinion),
            };
        }
        match self.may_gain(fresh) {
            Ok(()) => {
                self.gain();
                Answer::Serve
            }
            Err(refusal) => Answer::Refuse(refusal),
        }
    }

    /// Rule 6, or an operator's command, ends a suspension.
    fn resume(&mut self, witness: usize, opinion: Opinion) -> Answer {
        if !self.peer.is_unreachable() {
            return Answer::Refuse(Refusal::Suspended);
        }
        if opinion.peer || !(self.persistent.peer_excluded || self.orders.peer_declared_dead) {
            return Answer::Refuse(Refusal::Undecided);
        }
        self.witnesses[witness].permission = Permission::Free;
        Answer::Serve
    }

    /// Rules 2, 5, 7, 8 and 12: whether this node gains the role now.
    pub(super) fn may_gain(&self, fresh: bool) -> Result<(), Refusal> {
        let in_use = self.listed().all(|its| its.opinion.is_some_and(|opinion| opinion.peer));
        if in_use && !self.holds() {
            return Err(self.standby_admission().map_or_else(Refusal::Barred, |()| Refusal::Standby));
        }
        self.admission().map_err(Refusal::Barred)?;
        let Some(sample) = &self.server.sample else {
            return Err(Refusal::Barred(Bar::Unfit));
        };
        if !self.listed().all(Witness::peer_is_out) {
            return Err(if in_use { Refusal::PeerInUse } else { Refusal::WitnessesDisagree });
        }
        let reported = !self.rules.has(Rule::FreshReport) || self.peer.contact.was_heard() && self.peer.report_fresh;
        if self.persistent.epoch.is_none() && !self.orders.peer_declared_dead {
            return Err(Refusal::NoEpoch);
        }
        if self.holds() {
            if self.giving.is_under_way() {
                return Err(Refusal::Yielded);
            }
            let waits = self.listed().any(|its| its.is_suspended());
            match (self.peer.is_heard(), waits) {
                (true, true) => return Err(Refusal::Suspended),
                (true, false) => {}
                (false, _) if self.persistent.peer_excluded || self.orders.peer_declared_dead => {}
                (false, _) => return Err(Refusal::Undecided),
            }
        } else if self.rules.has(Rule::Consent) && !self.orders.peer_declared_dead {
            match &self.taking.grant {
                Some(Yield::Final(last)) if !self.reaches(&sample.position.executed, last) => {
                    return Err(Refusal::BehindFinal);
                }
                Some(Yield::Final(_)) => {}
                _ if !reported => return Err(Refusal::NoReport),
                Some(Yield::NoAnswer) => {}
                None if !self.peer.is_unreachable() => return Err(Refusal::Asking),
                None if self.rules.has(Rule::CheckAfterUnreachable)
                    && self.listed().any(|its| its.since_unreachable < 2) =>
                {
                    return Err(Refusal::Asking);
                }
                None => {}
            }
        }
        if !fresh && self.rules.has(Rule::FreshProbe) {
            return Err(Refusal::Probing);
        }
        Ok(())
    }

    /// Rule 1: this node gains the role.
    fn gain(&mut self) {
        let Some(sample) = &self.server.sample else {
            return;
        };
        let heard = self.persistent.peer_report.as_ref().and_then(|report| report.epoch);
        let highest = self.persistent.epoch.max(heard).map_or(0, |epoch| epoch.number);
        // A holder gains by itself at most once before the peer hears of it. The peer's gain must be the higher one.
        let step = if self.holds() { 1 } else { 2 };
        self.persistent.epoch = Some(Epoch { number: highest.saturating_add(step), holder: self.me });
        self.persistent.takeover_position = sample.position.executed.clone();
        self.persistent.boot = Some(sample.boot);
        self.persistent.peer_excluded = false;
        self.persistent.demoted = false;
        self.end_handover();
        self.taking.grant = None;
        self.taking.asks = false;
        self.orders.peer_declared_dead = false;
        self.orders.claims = false;
        for witness in &mut self.witnesses {
            witness.permission = Permission::Trial;
        }
    }
}
