//! The admission gates: what a node must have before it gains the role. The holder does not lose the role by them.

use super::machine::Machine;
use super::refusal::Bar;
use super::rules::Rule;
use super::sample::SourceLink;
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// Whether `executed` contains all of `wanted` that no operator has accepted as lost.
    pub(super) fn reaches(&self, executed: &P, wanted: &P) -> bool {
        executed.contains(wanted) || wanted.minus(executed).minus(&self.persistent.accepted).is_empty()
    }

    /// The first gate that does not pass, judged by the last probe (rule 7).
    pub fn admission(&self) -> Result<(), Bar> {
        let reported = self.persistent.reported();
        self.gates(&self.persistent.high_water_mark, reported.map(|position| &position.executed))
    }

    /// The same for a standby while its peer serves. A replica that still receives is always a little behind, so it is
    /// held against the high-water mark and the report before the last.
    pub(super) fn standby_admission(&self) -> Result<(), Bar> {
        if !self.server.is_fed() || self.peer.is_unreachable() || !self.peer.server_answers {
            return self.admission();
        }
        self.gates(&self.server.previous_mark, Some(&self.peer.previous_report))
    }

    /// Rule 11: whether semi-sync makes the peer's report unnecessary. Rule 10: a peer that answers yields with a
    /// final position. A node that lacks some of it, and has no channel to the peer, would ask for the role and never
    /// reach it.
    fn is_proven(&self) -> bool {
        let live = self.peer.is_heard() && self.peer.server_answers;
        self.peer.proof && (self.server.is_fed() || !live || !self.rules.has(Rule::AskOnlyIfAble))
    }

    fn gates(&self, mark: &P, reported: Option<&P>) -> Result<(), Bar> {
        let Some(sample) = self.server.sample.as_ref().filter(|sample| sample.fit) else {
            return Err(Bar::Unfit);
        };
        let persistent = &self.persistent;
        if let Some(anomaly) = persistent.anomaly {
            return Err(Bar::Anomaly(anomaly));
        }
        if !persistent.proven && sample.source != SourceLink::NoSource {
            return Err(Bar::Unproven);
        }
        if persistent.demoted && self.rules.has(Rule::Errant) {
            return Err(Bar::NotCompared);
        }
        let errant = !persistent.errant.minus(&persistent.accepted).is_empty();
        if errant && self.rules.has(Rule::Errant) && !self.holds() {
            return Err(Bar::Errant);
        }
        let executed = &sample.position.executed;
        let mark = if self.rules.has(Rule::HighWaterMark) { mark } else { &sample.received };
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
