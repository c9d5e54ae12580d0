//! The admission gates: what a node must have before it gains the role. They take nothing from who has it.

use super::machine::{Machine, Source};
use super::refusal::Bar;
use super::rules::Rule;
use crate::history::History;

impl<P: History> Machine<P> {
    /// Whether a server that has executed this needs nothing more to have reached that: an operator may have given up a part.
    pub(super) fn reaches(&self, executed: &P, wanted: &P) -> bool {
        executed.contains(wanted) || wanted.minus(executed).minus(&self.kept.accepted).is_empty()
    }

    /// The first gate that bars this node, by its last probe (rule 7).
    pub fn admission(&self) -> Result<(), Bar> {
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
        let mark = if self.rules.has(Rule::Mark) { &kept.mark } else { &sample.received };
        if !self.reaches(executed, mark) {
            return Err(Bar::BehindMark);
        }
        let reported = kept.report.as_ref().and_then(|report| report.position.as_ref());
        if let Some(reported) = reported.filter(|_| !self.proof && self.rules.has(Rule::ReportContained))
            && !self.reaches(executed, &reported.executed)
        {
            return Err(Bar::BehindReport);
        }
        Ok(())
    }
}
