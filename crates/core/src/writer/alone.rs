//! Levels 1 and 2: without a witness. Nothing here excludes two writers; what a node serves is bounded by what it was
//! seen to have received, and with a peer by what that reported.

use super::machine::{Answer, Machine, Source, Yielding};
use super::refusal::{Bar, Refusal};
use super::report::Yield;
use super::rules::Rule;
use crate::position::history::History;

/// How a node without a witness comes back after its server restarted while the peer was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failback {
    /// By itself, as soon as it has everything.
    Auto,
    /// When an operator says so.
    Manual,
}

/// What there is besides the own server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// Nothing: level 1.
    None,
    /// A peer: level 2.
    Peer(Failback),
}

impl<P: History> Machine<P> {
    /// The answer to a check of a node without a witness.
    pub fn answer(&mut self, company: Company) -> Answer {
        match self.judge_alone(company) {
            Ok(boot) => {
                self.kept.boot = Some(boot);
                self.kept.away = None;
                self.claims = false;
                self.wants = false;
                Answer::Serve
            }
            Err(refusal) => Answer::Refuse(refusal),
        }
    }

    /// The same, without a step: for people who look.
    pub fn peek_alone(&self, company: Company) -> Answer {
        self.judge_alone(company).map_or_else(Answer::Refuse, |_| Answer::Serve)
    }

    /// Whether [`Machine::answer`] changes nothing while it serves: then whoever asks can be told from a copy.
    pub fn serves_unchanged(&self) -> bool {
        let kept = &self.kept;
        let same = self.sample.as_ref().is_some_and(|sample| kept.boot == Some(sample.boot));
        same && kept.away.is_none() && !self.claims && !self.wants
    }

    fn judge_alone(&self, company: Company) -> Result<super::BootId, Refusal> {
        let barred = |bar| Err(Refusal::Barred(bar));
        let Some(sample) = self.sample.as_ref().filter(|sample| sample.fit) else {
            return barred(Bar::Unfit);
        };
        if let Some(anomaly) = self.kept.anomaly {
            return barred(Bar::Anomaly(anomaly));
        }
        if !self.kept.proven && sample.source != Source::None {
            return barred(Bar::Unproven);
        }
        match self.yielding {
            Yielding::No => {}
            Yielding::Commanded => return Err(Refusal::HandingOver),
            Yielding::Asked => return Err(Refusal::Yielded),
        }
        let executed = &sample.position.executed;
        // A live replica is always a little behind what it has received by now: it must have applied what it had
        // received a probe ago. From the moment the source is lost, all of it.
        let mark = if sample.source == Source::Connected { &self.mark_before } else { &self.kept.mark };
        if self.rules.has(Rule::Mark) && !self.reaches(executed, mark) {
            return barred(Bar::BehindMark);
        }
        let Company::Peer(failback) = company else {
            return Ok(sample.boot);
        };
        let reported = self.kept.report.as_ref().and_then(|report| report.position.as_ref());
        let known = self.heard && !self.silent;
        if let Some(reported) = reported.filter(|_| self.rules.has(Rule::ReportContained)) {
            let lives = known && self.peer_answers && sample.source == Source::Connected;
            let wanted = if lives { &self.report_before } else { &reported.executed };
            if !(self.proof && !lives || self.reaches(executed, wanted)) {
                return barred(Bar::BehindReport);
            }
        }
        // A node that never served has nothing to come back from.
        if !self.restarted() || self.takeover || self.kept.boot.is_none() {
            return Ok(sample.boot);
        }
        if !known {
            return Err(Refusal::Undecided);
        }
        if let Some(Yield::Final(last)) = &self.grant
            && !self.reaches(executed, last)
        {
            return Err(Refusal::BehindFinal);
        }
        if !self.reaches(&self.kept.held, &sample.position.own) {
            return barred(Bar::Surplus);
        }
        let untouched = self.kept.away.as_ref().is_none_or(|away| away.contains(&self.peer_own()));
        let agreed = self.claims && (self.grant.is_some() || !self.peer_answers);
        if untouched || agreed || failback == Failback::Auto {
            return Ok(sample.boot);
        }
        Err(if self.claims { Refusal::Asking } else { Refusal::Quarantined })
    }
}
