//! What a check would be answered, for who asks without being a witness: people, pages, an agent.

use super::machine::{Answer, Machine, Yielding};
use super::refusal::Refusal;
use super::witness::Leave;
use crate::history::History;

impl<P: History> Machine<P> {
    /// The answer that every witness would get now, without a step of the machine. A standby that would gain the role at its next
    /// check still refuses: only a witness gives it.
    pub fn peek(&self) -> Answer {
        if !self.incumbent() {
            return Answer::Refuse(self.admit(true).err().unwrap_or(Refusal::Asking));
        }
        match self.yielding {
            Yielding::Commanded => return Answer::Refuse(Refusal::HandingOver),
            Yielding::Asked => return Answer::Refuse(Refusal::Yielded),
            Yielding::No => {}
        }
        let suspended = self.witnesses.iter().any(|its| matches!(its.leave, Leave::Suspended(_)));
        match (suspended, self.silent) {
            (false, _) => Answer::Serve,
            (true, false) => Answer::Refuse(Refusal::Suspended),
            (true, true) if self.kept.peer_excluded => Answer::Serve,
            (true, true) => Answer::Refuse(Refusal::Undecided),
        }
    }
}
