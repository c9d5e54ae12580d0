//! The admission gates: what a node must have before it gains the role. They take nothing from who has it.

use super::machine::{Machine, Source};
use super::refusal::Bar;
use super::rules::Rule;
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// Whether a server that has executed this needs nothing more to have reached that: an operator may have given up a part.
    pub(super) fn reaches(&self, executed: &P, wanted: &P) -> bool {
        executed.contains(wanted) || wanted.minus(executed).minus(&self.kept.accepted).is_empty()
    }

    /// The first gate that bars this node, by its last probe (rule 7).
    pub fn admission(&self) -> Result<(), Bar> {
        let reported = self.kept.report.as_ref().and_then(|report| report.position.as_ref());
        self.gates(&self.kept.mark, reported.map(|position| &position.executed))
    }

    /// The same while nobody asks for a gain: a live standby is always a little behind what came last, and has what came before.
    pub(super) fn ready(&self) -> Result<(), Bar> {
        if !self.fed() || self.silent || !self.peer_answers {
            return self.admission();
        }
        self.gates(&self.mark_before, Some(&self.report_before))
    }

    fn fed(&self) -> bool {
        self.sample.as_ref().is_some_and(|sample| sample.source == Source::Connected)
    }

    /// Rule 11: whether the peer's report need not be contained. Rule 10: a peer that answers gives a last position, and who lacks
    /// some of it and has no channel to it would ask for the role, and never reach that.
    fn is_proven(&self) -> bool {
        let lives = self.heard && !self.silent && self.peer_answers;
        self.proof && (self.fed() || !lives || !self.rules.has(Rule::AskOnlyIfAble))
    }

    fn gates(&self, mark: &P, reported: Option<&P>) -> Result<(), Bar> {
        let Some(sample) = self.sample.as_ref().filter(|sample| sample.fit) else {
            return Err(Bar::Unfit);
        };
        let kept = &self.kept;
        if let Some(anomaly) = kept.anomaly {
            return Err(Bar::Anomaly(anomaly));
        }
        if !kept.proven && sample.source != Source::None {
            return Err(Bar::Unproven);
        }
        if kept.demoted && self.rules.has(Rule::Surplus) {
            return Err(Bar::Unjudged);
        }
        let surplus = !kept.surplus.minus(&kept.accepted).is_empty();
        if surplus && self.rules.has(Rule::Surplus) && !self.holds() {
            return Err(Bar::Surplus);
        }
        let executed = &sample.position.executed;
        let mark = if self.rules.has(Rule::Mark) { mark } else { &sample.received };
        if !self.reaches(executed, mark) {
            return Err(Bar::BehindMark);
        }
        if let Some(reported) = reported.filter(|_| !self.is_proven() && self.rules.has(Rule::ReportContained))
            && !self.reaches(executed, reported)
        {
            return Err(Bar::BehindReport);
        }
        Ok(())
    }
}
