//! The answer to a check, and the gain of the role (rules 1, 2, 5 to 8 and 12).

use super::epoch::Epoch;
use super::machine::{Answer, Machine, Yielding};
use super::refusal::{Bar, Refusal};
use super::report::Yield;
use super::rules::Rule;
use super::witness::{Leave, Opinion, Witness};
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// A check with an opinion, from the witness of that number, whose connection is still open. `fresh` says whether
    /// the last probe began after it came. When the epoch in [`Machine::kept`] is another one afterwards, it must be on disk before
    /// the answer is given.
    pub fn check(&mut self, witness: usize, opinion: Opinion, sessions: bool, fresh: bool) -> Answer {
        let (restarted, fit, holds) = (self.restarted(), self.fit(), self.holds());
        let settled = self.yielding == Yielding::No;
        let frozen = self.frozen();
        let Some(its) = self.witnesses.get_mut(witness).filter(|its| !its.removed) else {
            return Answer::Refuse(Refusal::WitnessesDisagree);
        };
        its.unchecked = false;
        its.sessions = sessions;
        its.told_out = !opinion.me && !its.answered_up;
        its.opinion = Some(opinion);
        its.since_silence = if self.silent { its.since_silence.saturating_add(1).min(2) } else { 0 };
        self.patient = if self.frozen() { self.patient || !frozen } else { false };
        let its = &mut self.witnesses[witness];
        if opinion.me && fit && !restarted && settled && matches!(its.leave, Leave::Suspended(_) | Leave::Permit) {
            its.leave = Leave::Free;
        }
        if opinion.me && !opinion.peer && its.leave == Leave::Trial {
            its.leave = Leave::Free;
        }
        // Rule 4.
        let out = !opinion.me && holds && settled && !restarted && its.leave == Leave::Free;
        let excluded = opinion.me && its.answered_up;
        if out && self.rules.has(Rule::Suspension) {
            let nonce = self.next_nonce();
            self.witnesses[witness].leave = Leave::Suspended(nonce);
        }
        // Rule 6.
        if excluded && self.silent && self.is_incumbent() && (self.lease_over || !self.rules.has(Rule::Exclusion)) {
            self.kept.peer_excluded = true;
        }
        self.give_when_asked();
        self.ask();
        let answer = self.decide(witness, opinion, fresh);
        let its = &mut self.witnesses[witness];
        its.answered_up = answer == Answer::Serve;
        if its.answered_up {
            its.told_out = false;
            if its.leave == Leave::Permit {
                its.leave = Leave::Free;
            }
        }
        answer
    }

    fn decide(&mut self, witness: usize, opinion: Opinion, fresh: bool) -> Answer {
        if self.is_incumbent() {
            let leave = self.witnesses[witness].leave;
            return match (self.yielding, leave) {
                (Yielding::Commanded, _) => Answer::Refuse(Refusal::HandingOver),
                (Yielding::Asked, _) => Answer::Refuse(Refusal::Yielded),
                (Yielding::No, Leave::Free | Leave::Permit) => Answer::Serve,
                (Yielding::No, Leave::Trial) if opinion.peer => Answer::Refuse(Refusal::PeerInUse),
                (Yielding::No, Leave::Trial) => match self.admission() {
                    Ok(()) => Answer::Serve,
                    Err(bar) => Answer::Refuse(Refusal::Barred(bar)),
                },
                (Yielding::No, Leave::Suspended(_)) => self.resume(witness, opinion),
            };
        }
        match self.admit(fresh) {
            Ok(()) => {
                self.take();
                Answer::Serve
            }
            Err(refusal) => Answer::Refuse(refusal),
        }
    }

    /// Rule 6, or an operator's word.
    fn resume(&mut self, witness: usize, opinion: Opinion) -> Answer {
        if !self.silent {
            return Answer::Refuse(Refusal::Suspended);
        }
        if opinion.peer || !(self.kept.peer_excluded || self.takeover) {
            return Answer::Refuse(Refusal::Undecided);
        }
        self.witnesses[witness].leave = Leave::Free;
        Answer::Serve
    }

    /// Rules 2, 5, 7, 8 and 12: whether this node gains the role now.
    pub(super) fn admit(&self, fresh: bool) -> Result<(), Refusal> {
        let in_use = self.listed().all(|its| its.opinion.is_some_and(|opinion| opinion.peer));
        if in_use && !self.holds() {
            return Err(self.ready().map_or_else(Refusal::Barred, |()| Refusal::Standby));
        }
        self.admission().map_err(Refusal::Barred)?;
        let Some(sample) = &self.sample else {
            return Err(Refusal::Barred(Bar::Unfit));
        };
        if !self.listed().all(Witness::peer_is_out) {
            return Err(if in_use { Refusal::PeerInUse } else { Refusal::WitnessesDisagree });
        }
        let reports = !self.rules.has(Rule::FreshReport) || self.heard && self.report_fresh;
        if self.kept.epoch.is_none() && !self.takeover {
            return Err(Refusal::NoEpoch);
        }
        if self.holds() {
            if self.yielding != Yielding::No {
                return Err(Refusal::Yielded);
            }
            let waits = self.listed().any(|its| matches!(its.leave, Leave::Suspended(_)));
            let answered = self.heard && !self.silent;
            match (answered, waits) {
                (true, true) => return Err(Refusal::Suspended),
                (true, false) => {}
                (false, _) if self.kept.peer_excluded || self.takeover => {}
                (false, _) => return Err(Refusal::Undecided),
            }
        } else if self.rules.has(Rule::Consent) && !self.takeover {
            match &self.grant {
                Some(Yield::Final(last)) if !self.reaches(&sample.position.executed, last) => {
                    return Err(Refusal::BehindFinal);
                }
                Some(Yield::Final(_)) => {}
                _ if !reports => return Err(Refusal::NoReport),
                Some(Yield::NoAnswer) => {}
                None if !self.silent => return Err(Refusal::Asking),
                None if self.rules.has(Rule::CheckAfterSilence) && self.listed().any(|its| its.since_silence < 2) => {
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

    /// Rule 1: a gain.
    fn take(&mut self) {
        let Some(sample) = &self.sample else {
            return;
        };
        let heard = self.kept.report.as_ref().and_then(|report| report.epoch);
        let highest = self.kept.epoch.max(heard).map_or(0, |epoch| epoch.number);
        // A holder gains alone at most once before the peer hears of it: the peer's gain must be the higher one.
        let step = if self.holds() { 1 } else { 2 };
        self.kept.epoch = Some(Epoch { number: highest.saturating_add(step), holder: self.me });
        self.kept.cut = sample.position.executed.clone();
        self.kept.boot = Some(sample.boot);
        self.kept.peer_excluded = false;
        self.kept.demoted = false;
        self.yielding = Yielding::No;
        self.yields = None;
        self.grant = None;
        self.wants = false;
        self.takeover = false;
        self.claims = false;
        for witness in &mut self.witnesses {
            witness.leave = Leave::Trial;
        }
    }
}
