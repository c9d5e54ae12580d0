//! What an operator is told before a command acts: which sentence stops being true, by which transactions.

use healthd_core::position::history::History as _;
use healthd_core::verdict::Transactions;
use healthd_core::writer::Loss;

use super::{Order, Published};

pub(super) fn sentences(published: &Published, order: &Order) -> Result<Vec<String>, String> {
    let (machine, names) = (&published.machine, &published.names);
    let (instance, node, peer) = (&names.instance, &names.node, &names.peer);
    let Loss { missing, errant } = machine.loss();
    if published.settings.peer.is_none() && !matches!(order, Order::AcceptLoss(_) | Order::MarkDrop) {
        return Err(format!("{instance} has no `peer` in the configuration"));
    }
    let mut lines = Vec::new();
    let mut say = |line: String| lines.push(line);
    match order {
        Order::Switchover => {
            if machine.unwitnessed() {
                return Err(format!(
                    "{instance}: without a witness there is no role to hand over; use healthd failback on the other node"
                ));
            }
            if !machine.is_incumbent() {
                return Err(format!(
                    "{instance}: {node} does not hold the role now; run it on {peer}, or healthd failback here"
                ));
            }
            say(format!(
                "{node} answers 503 at once; when HAProxy has taken it out and its last commit is known, {peer} takes over."
            ));
            say("HAProxy ends the client sessions that are open on it; their transactions under way are rolled back."
                .to_owned());
            say(format!(
                "If {peer} has not taken the role within 10s, it stays with {node}. No commit is lost either way."
            ));
        }
        Order::Failback => {
            if machine.is_incumbent() {
                return Err(format!("{instance}: {node} holds the role already"));
            }
            if machine.is_peer_unreachable() {
                return Err(format!(
                    "{instance}: {peer} is silent and cannot hand over; if it is dead: healthd takeover {instance} --peer-is-dead"
                ));
            }
            say(format!(
                "{peer} is asked to give the role to {node}: it answers 503, tells its last commit, then {node} takes over."
            ));
            say("HAProxy ends the client sessions that are open there; their transactions under way are rolled back."
                .to_owned());
        }
        Order::Takeover => {
            if machine.is_incumbent() {
                return Err(format!("{instance}: {node} holds the role already"));
            }
            if !machine.is_peer_unreachable() {
                return Err(format!(
                    "{instance}: the healthd of {peer} answers, so it is not dead; healthd failback {instance} asks it for the role"
                ));
            }
            say(format!(
                "{node} takes the role without {peer}: from now on nothing rules out that {peer} still serves."
            ));
            say(format!(
                "Make sure that {peer} is dead or cut off from every client: two writers cannot be put together again."
            ));
            if !missing.is_empty() {
                say(format!(
                    "{node} lacks {} and refuses until it has them; healthd accept-loss {instance} gives them up.",
                    Transactions::of(&missing)
                ));
            } else {
                say(format!("Commits of {peer} after its last report are not known here, and would be missing."));
            }
        }
        Order::AcceptLoss(_) => {
            if missing.is_empty() && errant.is_empty() {
                return Err(format!("{instance}: nothing is missing and nothing is too much"));
            }
            if !missing.is_empty() {
                say(format!(
                    "{} are given up: acknowledged commits may be among them, and clients will not find them.",
                    Transactions::of(&missing)
                ));
                say("They would still arrive when their source returns, after newer ones. To keep them out:".to_owned());
                say("  MariaDB: STOP ALL SLAVES    MySQL: STOP REPLICA".to_owned());
            }
            if !errant.is_empty() {
                say(format!(
                    "{} of {node} that {peer} had not when it took over are kept as they are.",
                    Transactions::of(&errant)
                ));
                say(format!("They replicate to {peer} after newer commits; compare the data where that matters."));
            }
        }
        Order::MarkDrop => {
            let mark = &machine.persistent().high_water_mark;
            say(format!("{node} forgets what it was seen to have received ({}).", Transactions::of(mark)));
            say("If some of it is not applied, stale data may be served, and nothing will tell.".to_owned());
        }
        Order::WitnessRemove(witness) => {
            if machine.is_last_witness(published.settings.witnesses.number(witness)) {
                return Err(format!(
                    "{instance}: {witness} is the only HAProxy that is waited for; without it both nodes would serve. \
                     Put the new one into `[witness]` on both nodes and reload"
                ));
            }
            if published.settings.witnesses.number(witness).is_none() {
                return Err(format!("{instance}: {witness} is not in `[witness]`"));
            }
            say(format!(
                "{witness} is not waited for any more: if it still sends clients to {peer}, there will be two writers."
            ));
        }
    }
    Ok(lines)
}
