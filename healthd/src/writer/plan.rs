//! What an operator sees before a command acts: which guarantee ends, and because of which transactions.

use healthd_core::position::gtids::Gtids;
use healthd_core::position::history::History as _;
use healthd_core::verdict::{Names, Transactions};
use healthd_core::writer::{Loss, Machine};

use super::order::{Order, OrderRefused, Why};
use super::published::Published;
use crate::witness::Witness;

type Sentences = Result<Vec<String>, Why>;

/// What a command would do, one sentence per line.
///
/// # Errors
/// If the command does not apply now.
pub(super) fn sentences(published: &Published, order: &Order) -> Result<Vec<String>, OrderRefused> {
    let names = published.names();
    let plan = Plan { published, machine: &published.machine, names: &names };
    let has_peer = published.settings.peer.is_some();
    let planned = match order {
        Order::AcceptLoss(_) => plan.accept_loss(),
        Order::MarkDrop => Ok(plan.mark_drop()),
        _ if !has_peer => Err(Why::NoPeer),
        Order::Switchover => plan.switchover(),
        Order::Failback => plan.failback(),
        Order::Takeover => plan.takeover(),
        Order::WitnessRemove(witness) => plan.witness_remove(witness),
    };
    planned.map_err(|why| OrderRefused::new(&names, why))
}

/// The data for the sentences.
struct Plan<'a> {
    published: &'a Published,
    machine: &'a Machine<Gtids>,
    names: &'a Names,
}

impl Plan<'_> {
    fn switchover(&self) -> Sentences {
        let Names { node, peer, .. } = self.names;
        if self.machine.unwitnessed() {
            return Err(Why::NoRole);
        }
        if !self.machine.is_incumbent() {
            return Err(Why::NotHolder);
        }
        Ok(vec![
            format!(
                "{node} answers 503 at once; when HAProxy has taken it out and its last commit is known, \
                 {peer} takes over."
            ),
            "HAProxy ends the client sessions that are open on it; their transactions under way are rolled back."
                .to_owned(),
            format!("If {peer} has not taken the role within 10s, it stays with {node}. No commit is lost either way."),
        ])
    }

    fn failback(&self) -> Sentences {
        let Names { node, peer, .. } = self.names;
        if self.machine.is_incumbent() {
            return Err(Why::HolderAlready);
        }
        if self.machine.is_peer_unreachable() {
            return Err(Why::PeerUnreachable);
        }
        Ok(vec![
            format!(
                "{node} asks {peer} for the role: {peer} answers 503 and reports its last commit, \
                 then {node} takes over."
            ),
            "HAProxy ends the client sessions that are open there; their transactions under way are rolled back."
                .to_owned(),
        ])
    }

    fn takeover(&self) -> Sentences {
        let Names { instance, node, peer } = self.names;
        if self.machine.is_incumbent() {
            return Err(Why::HolderAlready);
        }
        if !self.machine.is_peer_unreachable() {
            return Err(Why::PeerAnswers);
        }
        let missing = self.machine.loss().missing;
        Ok(vec![
            format!("{node} takes the role without {peer}: from now on nothing rules out that {peer} still serves."),
            format!(
                "Make sure that {peer} is dead or cut off from every client: the data of two writers cannot be merged."
            ),
            if missing.is_empty() {
                format!("Commits of {peer} after its last report are not known here, and would be missing.")
            } else {
                let missing = Transactions::of(&missing);
                format!(
                    "{node} lacks {missing} and refuses until it has them. If they are lost: \
                     healthd accept-loss {instance}"
                )
            },
        ])
    }

    fn accept_loss(&self) -> Sentences {
        let Names { node, peer, .. } = self.names;
        let Loss { missing, errant } = self.machine.loss();
        if missing.is_empty() && errant.is_empty() {
            return Err(Why::NothingToAccept);
        }
        let mut lines = Vec::new();
        if !missing.is_empty() {
            lines.push(format!(
                "{} count as lost: acknowledged commits may be among them, and clients will not find them.",
                Transactions::of(&missing)
            ));
            lines.push(
                "They would still arrive when their source returns, after newer ones. To keep them out:".to_owned(),
            );
            lines.push("  MariaDB: STOP ALL SLAVES    MySQL: STOP REPLICA".to_owned());
        }
        if !errant.is_empty() {
            lines.push(format!(
                "{} of {node} that {peer} did not have when it took over stay as they are.",
                Transactions::of(&errant)
            ));
            lines.push(format!("They replicate to {peer} after newer commits; compare the data where that matters."));
        }
        Ok(lines)
    }

    fn mark_drop(&self) -> Vec<String> {
        let node = &self.names.node;
        let mark = Transactions::of(&self.machine.persistent().high_water_mark);
        vec![
            format!("{node} forgets what it was seen to have received ({mark})."),
            "If some of it is not applied, stale data may be served without a warning.".to_owned(),
        ]
    }

    fn witness_remove(&self, witness: &Witness) -> Sentences {
        let peer = &self.names.peer;
        let number = self.published.settings.witnesses.number(witness);
        if self.machine.is_last_witness(number) {
            return Err(Why::LastWitness(witness.clone()));
        }
        if number.is_none() {
            return Err(Why::UnknownWitness(witness.clone()));
        }
        Ok(vec![format!(
            "healthd no longer waits for {witness}: if it still sends clients to {peer}, there will be two writers."
        )])
    }
}
