//! An operator's orders, carried out.

use std::time::Instant;

use healthd_core::verdict::Transactions;

use super::task::Task;
use super::trace::{self, Trace};
use super::{CLAIM, Order};

impl Task {
    pub(super) fn order(&mut self, order: Order, owner: &str) -> Result<String, String> {
        let (said, effect) = self.carry_out(&order)?;
        trace::remember(&mut self.saved.orders, Trace::now(&order, owner, effect));
        Ok(said)
    }

    /// What is said to the operator, and the effect that those who come later must know.
    fn carry_out(&mut self, order: &Order) -> Result<(String, Option<String>), String> {
        let name = &self.config.name;
        let peer = self.saved.peer.clone().unwrap_or_else(|| "the peer".to_owned());
        let look = format!("healthd check {name} --role writer shows how it goes");
        match order {
            Order::Switchover => match self.machine.start_handover() {
                true => Ok((format!("{name}: handing over to {peer}; {look}"), None)),
                false => Err(format!("{name}: this node does not hold the role now, so it has nothing to hand over")),
            },
            Order::Failback => {
                self.facts.claim_until = Some(Instant::now() + CLAIM);
                self.machine.claim(true);
                Ok((format!("{name}: asks {peer} for the role; {look}"), None))
            }
            Order::Takeover => {
                self.machine.declare_peer_dead();
                let effect = format!("{peer} was declared dead");
                Ok((format!("{name}: takes the role at the next check that says that {peer} is out"), Some(effect)))
            }
            Order::AcceptLoss(shown) => {
                let accepted = self.machine.accept_loss(shown);
                let (missing, errant) = (Transactions::of(&accepted.missing), Transactions::of(&accepted.errant));
                let effect = format!("{missing} given up, {errant} kept");
                Ok((format!("{name}: {effect}"), Some(effect)))
            }
            Order::MarkDrop => {
                let effect =
                    format!("{} no longer missed", Transactions::of(&self.machine.persistent().high_water_mark));
                self.machine.drop_high_water_marks();
                Ok((format!("{name}: what was received before no longer counts"), Some(effect)))
            }
            Order::WitnessRemove(witness) => match self.settings.witnesses.number(witness) {
                Some(number) => {
                    self.machine.remove_witness(number);
                    if !self.saved.removed.contains(&witness.to_string()) {
                        self.saved.removed.push(witness.to_string());
                    }
                    let said =
                        format!("{name}: {witness} is not waited for any more; take it out of `[witness]` as well");
                    Ok((said, Some(format!("{witness} is not waited for any more"))))
                }
                None => Err(format!("{name}: {witness} is not in `[witness]`")),
            },
        }
    }
}
