//! The dry run of a check: what it would be answered, for people, pages and agents. It changes nothing.

use super::handover::Handover;
use super::machine::Machine;
use super::refusal::{Answer, Refusal};
use super::witness::{Opinion, Permission, Witness};
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// What this node was seen to have received and has not applied.
    pub fn behind_high_water_mark(&self) -> P {
        self.lacks(&self.persistent.high_water_mark)
    }

    /// What the peer reported and this node has not applied.
    pub fn behind_report(&self) -> P {
        self.persistent.reported().map(|position| self.lacks(&position.executed)).unwrap_or_default()
    }

    /// What is missing of `wanted`, and was not accepted by an operator.
    pub fn lacks(&self, wanted: &P) -> P {
        let executed = self.server.position.as_ref().map(|position| position.executed.clone()).unwrap_or_default();
        wanted.minus(&executed).minus(&self.persistent.accepted)
    }

    /// Whether the peer is heard, and knows no higher epoch.
    pub fn is_confirmed(&self) -> bool {
        let epoch = self.persistent.peer_report.as_ref().and_then(|report| report.epoch);
        self.peer.is_heard() && epoch == self.persistent.epoch
    }

    /// Whether no other HAProxy than this one is waited for.
    pub fn is_last_witness(&self, witness: Option<usize>) -> bool {
        let listed = |its: &Witness| !its.removed;
        witness.and_then(|number| self.witnesses.get(number)).is_some_and(listed) && self.listed().count() == 1
    }

    /// The last opinion of each HAProxy; `None` while it does not check.
    pub fn opinions(&self) -> impl Iterator<Item = Option<Opinion>> {
        self.witnesses.iter().map(|its| its.opinion)
    }

    /// The answer that this witness would get now. It must be checking by HTTP: otherwise an agent's `up` would bring a
    /// server into use that no check has admitted.
    pub fn dry_run_for(&self, witness: usize) -> Answer {
        let Some(its) = self.witnesses.get(witness).filter(|its| its.opinion.is_some()) else {
            return Answer::Refuse(Refusal::NotChecked);
        };
        // An agent's `up` admits no server while its HTTP check fails. Said early, it need not be waited for later.
        if self.taking.asks {
            return Answer::Serve;
        }
        match its.permission {
            Permission::Free | Permission::Once | Permission::Trial
                if self.is_incumbent() && !self.giving.is_under_way() =>
            {
                Answer::Serve
            }
            _ => match self.dry_run() {
                // What another witness would get.
                Answer::Serve => Answer::Refuse(Refusal::Suspended),
                refused => refused,
            },
        }
    }

    /// The answer that every witness would get now. A standby that would gain the role at its next check still refuses,
    /// because only a check of a witness gives the role.
    pub fn dry_run(&self) -> Answer {
        if !self.is_incumbent() {
            return Answer::Refuse(self.may_gain(true).err().unwrap_or(Refusal::Asking));
        }
        match self.giving.handover {
            Handover::Commanded => return Answer::Refuse(Refusal::HandingOver),
            Handover::Requested => return Answer::Refuse(Refusal::Yielded),
            Handover::No => {}
        }
        let suspended = self.listed().any(Witness::is_suspended);
        match (suspended, self.peer.is_unreachable()) {
            (false, _) => Answer::Serve,
            (true, false) => Answer::Refuse(Refusal::Suspended),
            (true, true) if self.persistent.peer_excluded => Answer::Serve,
            (true, true) => Answer::Refuse(Refusal::Undecided),
        }
    }
}
