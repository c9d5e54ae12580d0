//! Carries out operators' commands.

use std::sync::Arc;
use std::time::{Duration, Instant};

use healthd_core::verdict::Transactions;

use super::order::{Order, OrderRefused, Why};
use super::task::Task;
use super::trace::{self, Trace};

/// How long an operator's claim of the role counts.
const CLAIM: Duration = Duration::from_secs(10);

/// The result of a command.
struct Done {
    /// The message for the operator.
    said: String,
    /// The effect, for the record that people read later.
    effect: Option<String>,
}

impl Done {
    fn new(said: String, effect: Option<String>) -> Done {
        Done { said, effect }
    }
}

impl Task {
    /// Carries out a command, records it, and returns the message for the operator.
    pub(super) async fn order(&mut self, order: Order, owner: &str) -> Result<String, OrderRefused> {
        let Done { mut said, effect } = self.carry_out(&order)?;
        trace::remember(&mut self.known.saved.orders, Trace::now(&order, owner, effect));
        // Of these, only the record is persistent, and may be written later: a hanging disk must not delay a handover.
        let lazily = matches!(order, Order::Switchover | Order::Failback | Order::Takeover);
        if !lazily {
            self.known.saved.persistent = self.known.role.machine().persistent().clone();
            if let Err(error) = self.saver.now(Arc::new(self.known.saved.clone())).await {
                said = format!("{said}; not on disk yet: {error}");
            }
        }
        Ok(said)
    }

    fn carry_out(&mut self, order: &Order) -> Result<Done, OrderRefused> {
        let now = self.now();
        let name = self.config.name.clone();
        let peer = self.known.saved.peer.clone().unwrap_or_else(|| "the peer".to_owned());
        let look = format!("healthd check {name} --role writer shows how it goes");
        match order {
            Order::Switchover => match self.known.role.start_handover(now) {
                true => Ok(Done::new(format!("{name}: handing over to {peer}; {look}"), None)),
                false => Err(self.refused(Why::NotHolder)),
            },
            Order::Failback => {
                self.known.since.claim_until = Some(Instant::now() + CLAIM);
                self.known.role.claim(now, true);
                Ok(Done::new(format!("{name}: asks {peer} for the role; {look}"), None))
            }
            Order::Takeover => {
                self.known.role.declare_peer_dead(now);
                let said = format!("{name}: takes the role at the next check that says that {peer} is out");
                Ok(Done::new(said, Some(format!("{peer} was declared dead"))))
            }
            Order::AcceptLoss(shown) => {
                let accepted = self.known.role.accept_loss(now, shown);
                let (missing, errant) = (Transactions::of(&accepted.missing), Transactions::of(&accepted.errant));
                let effect = format!("{missing} accepted as lost, {errant} kept");
                Ok(Done::new(format!("{name}: {effect}"), Some(effect)))
            }
            Order::MarkDrop => {
                let mark = Transactions::of(&self.known.role.machine().persistent().high_water_mark);
                self.known.role.drop_high_water_marks(now);
                let said = format!("{name}: what was received before no longer counts");
                Ok(Done::new(said, Some(format!("{mark} no longer missed"))))
            }
            Order::WitnessRemove(witness) => {
                let Some(number) = self.config.writer.witnesses.number(witness) else {
                    return Err(self.refused(Why::UnknownWitness(witness.clone())));
                };
                self.known.role.remove_witness(now, number);
                let removed = witness.to_string();
                if !self.known.saved.removed.contains(&removed) {
                    self.known.saved.removed.push(removed);
                }
                let effect = format!("healthd no longer waits for {witness}");
                Ok(Done::new(format!("{name}: {effect}; take it out of `[witness]` as well"), Some(effect)))
            }
        }
    }

    fn refused(&self, why: Why) -> OrderRefused {
        OrderRefused::new(&self.publish.borrow().names(), why)
    }
}
