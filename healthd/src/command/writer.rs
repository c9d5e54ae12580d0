//! `healthd switchover`, `failback`, `takeover`, `accept-loss`, `mark drop` and `witness remove`: prints the plan, asks
//! for confirmation, sends the command, and shows its progress.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use healthd_core::render::json::{InstanceJson, VerdictJson};
use healthd_core::text::duration::short;
use healthd_core::verdict::State;
use healthd_core::verdict::role::Role;

use super::client;
use super::output::{Exit, say, say_error};
use super::socket::socket;
use crate::cli::{SourceArgs, WriterArgs};
use crate::http::{OrderName, WriterOrder, WriterPlan};
use crate::net::sockets::{CONTROL, QUERY};
use crate::witness::Witness;

/// How long a handover is watched: the daemon gives up after 10 s.
const WATCHED: Duration = Duration::from_secs(12);
/// The time between two questions.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Runs the command.
pub(crate) fn run(args: &WriterArgs, order: OrderName, witness: Option<&Witness>) -> Exit {
    let send = |carry_out, loss| {
        let witness = witness.cloned();
        let order = WriterOrder { instance: args.instance.clone(), order, witness, loss, carry_out };
        client::post::<WriterPlan>(socket(&args.source, CONTROL), "/writer", &order)
    };
    let plan = match send(false, None) {
        Ok(plan) => plan,
        Err(error) => return say_error(Exit::Failure, &error),
    };
    for sentence in &plan.sentences {
        say(&format!("{sentence}\n"));
    }
    if !args.yes && !agreed() {
        return say_error(Exit::Failure, &"nothing was changed");
    }
    let began = Instant::now();
    match send(true, plan.loss) {
        Ok(plan) => say(&format!("{}\n", plan.done.unwrap_or_default())),
        Err(error) => return say_error(Exit::Failure, &error),
    }
    match order {
        OrderName::Switchover => watch(&args.source, &args.instance, began, Wanted::Away),
        OrderName::Failback => watch(&args.source, &args.instance, began, Wanted::Here),
        OrderName::Takeover | OrderName::AcceptLoss | OrderName::MarkDrop | OrderName::WitnessRemove => Exit::Success,
    }
}

/// Asks for confirmation, which needs a terminal.
fn agreed() -> bool {
    if !io::stdin().is_terminal() {
        say_error(Exit::Failure, &"stdin is not a terminal: confirm with --yes");
        return false;
    }
    say("Go on? [y/N] ");
    drop(io::stdout().flush());
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
}

/// Which node should get the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Here,
    Away,
}

/// Prints every step of a handover until it is over.
fn watch(source: &SourceArgs, instance: &str, began: Instant, wanted: Wanted) -> Exit {
    let mut told = String::new();
    let mut left = wanted == Wanted::Here;
    while began.elapsed() < WATCHED {
        let Some(Seen { verdict, holds }) = look(source, instance) else {
            return say_error(Exit::Failure, &"healthd no longer answers");
        };
        let up = verdict.known_state() == Some(State::Up);
        let line = if up { "up".to_owned() } else { format!("{}: {}", verdict.code, verdict.reason) };
        if line != told {
            say(&format!("{:>6}  {line}\n", short(began.elapsed())));
            told = line;
        }
        match wanted {
            Wanted::Here if up => return Exit::Success,
            Wanted::Away if !holds => return Exit::Success,
            Wanted::Away if left && up => {
                return say_error(Exit::Failure, &"the other node did not take over: this node holds the role again");
            }
            Wanted::Here | Wanted::Away => left |= !up,
        }
        thread::sleep(LOOK_EVERY);
    }
    say_error(Exit::Failure, &"the role did not change hands in time: run healthd check on both nodes")
}

/// The writer role at one moment.
struct Seen {
    verdict: VerdictJson,
    /// Whether this node holds the role.
    holds: bool,
}

fn look(source: &SourceArgs, instance: &str) -> Option<Seen> {
    let target = format!("/instances?name={instance}");
    let instances: Vec<InstanceJson> = client::get(socket(source, QUERY), &target).ok()?;
    let InstanceJson { verdicts, writer, .. } = instances.into_iter().next()?;
    let verdict = verdicts.into_iter().find(|verdict| verdict.role == Role::Writer.name())?;
    Some(Seen { verdict, holds: writer.is_some_and(|writer| writer.holder) })
}
