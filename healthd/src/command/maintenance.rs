//! `healthd maintenance`: sends commands to the running daemon.

use std::time::SystemTime;

use healthd_core::text::duration::short;
use healthd_core::verdict::maintenance::{Maintenance, Mode};

use super::client::{self, ClientError};
use super::output::{Exit, say, say_error};
use super::socket::socket;
use crate::cli::{MaintenanceAction, SourceArgs};
use crate::http::{MaintenanceOrder, MaintenanceState};
use crate::net::sockets::CONTROL;

/// Runs the command.
pub(crate) fn run(action: &MaintenanceAction) -> Exit {
    let answer = match action {
        MaintenanceAction::On { source, instance, drain, lasting, reason } => {
            let order = MaintenanceOrder {
                instance: instance.clone(),
                mode: Some(if *drain { Mode::Drain } else { Mode::Down }),
                seconds: lasting.map(|lasting| lasting.as_secs()),
                reason: with_sudo_user(reason),
            };
            send(source, Some(&order))
        }
        MaintenanceAction::Off { source, instance } => {
            let order =
                MaintenanceOrder { instance: instance.clone(), mode: None, seconds: None, reason: String::new() };
            send(source, Some(&order))
        }
        MaintenanceAction::List { source } => send(source, None),
    };
    match answer {
        Ok(state) => {
            say(&listing(&state, SystemTime::now()));
            Exit::Success
        }
        Err(error) => say_error(Exit::Failure, &error),
    }
}

fn send(source: &SourceArgs, order: Option<&MaintenanceOrder>) -> Result<MaintenanceState, ClientError> {
    let socket = socket(source, CONTROL);
    match order {
        None => client::get(socket, "/maintenance"),
        Some(order) => client::post(socket, "/maintenance", order),
    }
}

/// The kernel names root as the user; the reason keeps the name of the user behind sudo.
fn with_sudo_user(reason: &str) -> String {
    match std::env::var("SUDO_USER") {
        Ok(user) if reason.is_empty() => format!("({user})"),
        Ok(user) => format!("{reason} ({user})"),
        Err(_) => reason.to_owned(),
    }
}

fn listing(state: &MaintenanceState, now: SystemTime) -> String {
    if state.instances.is_empty() {
        return "no maintenance\n".to_owned();
    }
    let line = |(name, entry): (&String, &Maintenance)| {
        let mode = match entry.mode {
            Mode::Down => "down",
            Mode::Drain => "drain",
        };
        let since = short(now.duration_since(entry.since).unwrap_or_default());
        let end = entry.remaining(now).map_or("no end".to_owned(), |left| format!("ends in {}", short(left)));
        let reason = if entry.reason.is_empty() { "no reason given" } else { &entry.reason };
        format!("{name}: {mode} for {since}, {end}, by {}: {reason}\n", entry.owner)
    };
    state.instances.iter().map(line).collect()
}
