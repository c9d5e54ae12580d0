//! An operator's orders, carried out.

use std::time::Instant;

use healthd_core::writer::Transactions;

use super::task::Task;
use super::{CLAIM, Order};

impl Task {
    pub(super) fn order(&mut self, order: Order) -> Result<String, String> {
        let name = &self.config.name;
        let peer = self.saved.peer.clone().unwrap_or_else(|| "the peer".to_owned());
        match order {
            Order::Switchover => match self.machine.hand_over() {
                true => {
                    Ok(format!("{name}: handing over to {peer}; healthd check {name} --role writer shows how it goes"))
                }
                false => Err(format!("{name}: this node does not hold the role now, so it has nothing to hand over")),
            },
            Order::Failback => {
                self.facts.claim_until = Some(Instant::now() + CLAIM);
                self.machine.claim(true);
                Ok(format!("{name}: asks {peer} for the role; healthd check {name} --role writer shows how it goes"))
            }
            Order::Takeover => {
                self.machine.take_over();
                Ok(format!("{name}: takes the role at the next check that says that {peer} is out"))
            }
            Order::AcceptLoss => {
                let (missing, surplus) = self.machine.loss();
                self.machine.accept_loss();
                tracing::warn!(instance = %name, missing = %Transactions::of(&missing), surplus = %Transactions::of(&surplus), "loss accepted by an operator");
                Ok(format!(
                    "{name}: {} missing and {} surplus transactions are accepted",
                    missing.count(),
                    surplus.count()
                ))
            }
            Order::MarkDrop => {
                self.machine.drop_marks();
                tracing::warn!(instance = %name, "high-water mark dropped by an operator");
                Ok(format!("{name}: what was received before no longer counts"))
            }
            Order::WitnessRemove(witness) => match self.settings.witnesses.number(&witness) {
                Some(number) => {
                    self.machine.remove_witness(number);
                    if !self.saved.removed.contains(&witness.to_string()) {
                        self.saved.removed.push(witness.to_string());
                    }
                    tracing::warn!(instance = %name, %witness, "witness removed by an operator");
                    Ok(format!("{name}: {witness} is not waited for any more; take it out of `[witness]` as well"))
                }
                None => Err(format!("{name}: {witness} is not in `[witness]`")),
            },
        }
    }
}
