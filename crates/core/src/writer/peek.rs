//! What a check would be answered, for who asks without being a witness: people, pages, an agent.

use super::machine::{Answer, Machine, Yielding};
use super::refusal::Refusal;
use super::report::Yield;
use super::witness::{Leave, Opinion, Witness};
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// What this node was seen to have received and has not applied.
    pub fn behind_mark(&self) -> P {
        self.lacks(&self.kept.mark)
    }

    /// What the peer reported and this node has not applied.
    pub fn behind_report(&self) -> P {
        let position = self.kept.report.as_ref().and_then(|report| report.position.as_ref());
        position.map(|position| self.lacks(&position.executed)).unwrap_or_default()
    }

    /// What is missing of that, and was not given up.
    pub(crate) fn lacks(&self, wanted: &P) -> P {
        let executed = self.position.as_ref().map(|position| position.executed.clone()).unwrap_or_default();
        wanted.minus(&executed).minus(&self.kept.accepted)
    }

    /// Whether the peer is heard, and knows no higher epoch.
    pub fn is_confirmed(&self) -> bool {
        let epoch = self.kept.report.as_ref().and_then(|report| report.epoch);
        self.heard && !self.silent && epoch == self.kept.epoch
    }

    /// Whether no other HAProxy than this one is waited for.
    pub fn is_last_witness(&self, witness: Option<usize>) -> bool {
        let listed = |its: &Witness| !its.removed;
        witness.and_then(|number| self.witnesses.get(number)).is_some_and(listed) && self.listed().count() == 1
    }

    /// Whether the peer's server answered at its last report.
    pub fn peer_answers(&self) -> bool {
        self.peer_answers
    }

    /// The last opinion of each HAProxy; `None` while it does not check.
    pub fn opinions(&self) -> impl Iterator<Item = Option<Opinion>> {
        self.witnesses.iter().map(|its| its.opinion)
    }

    /// The answer that this witness would get now. It must be asking by HTTP: an agent's `up` without that would bring a server
    /// into use that no check has let in.
    pub fn peek_for(&self, witness: usize) -> Answer {
        let Some(its) = self.witnesses.get(witness).filter(|its| its.opinion.is_some()) else {
            return Answer::Refuse(Refusal::NotChecked);
        };
        // Nobody is let in by an agent while the HTTP check fails; said early, it does not have to be waited for.
        if self.wants {
            return Answer::Serve;
        }
        match its.leave {
            Leave::Free | Leave::Permit | Leave::Trial if self.is_incumbent() && self.yielding == Yielding::No => {
                Answer::Serve
            }
            _ => match self.peek() {
                // What another witness would get.
                Answer::Serve => Answer::Refuse(Refusal::Suspended),
                refused => refused,
            },
        }
    }

    /// The answer that every witness would get now, without a step of the machine. A standby that would gain the role at its next
    /// check still refuses: only a witness gives it.
    pub fn peek(&self) -> Answer {
        if !self.is_incumbent() {
            return Answer::Refuse(self.admit(true).err().unwrap_or(Refusal::Asking));
        }
        match self.yielding {
            Yielding::Commanded => return Answer::Refuse(Refusal::HandingOver),
            Yielding::Asked => return Answer::Refuse(Refusal::Yielded),
            Yielding::No => {}
        }
        let suspended = self.listed().any(|its| matches!(its.leave, Leave::Suspended(_)));
        match (suspended, self.silent) {
            (false, _) => Answer::Serve,
            (true, false) => Answer::Refuse(Refusal::Suspended),
            (true, true) if self.kept.peer_excluded => Answer::Serve,
            (true, true) => Answer::Refuse(Refusal::Undecided),
        }
    }
}

/// What the model checker must see besides.
impl<P: History> Machine<P> {
    /// Every HAProxy's opinion, and what it was answered.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// What the holder gave, as long as it may be used.
    pub fn grant(&self) -> Option<&Yield<P>> {
        self.grant.as_ref()
    }

    /// Whether the peer's report is fresh (rule 12), now or when the peer went down.
    pub fn has_fresh_report(&self) -> bool {
        self.report_fresh
    }
}
