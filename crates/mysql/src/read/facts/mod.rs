//! Reads the facts that checks need, on one connection. Each statement is sent once, and an error belongs to its fact.
//!
//! [`ENTRIES`] and [`MADE_OF_VARIABLES`] are the table of all facts. An entry combines a fact with its statements and
//! decoders, which are next to it.

mod accounts;
mod channels;
mod cluster;
mod entry;
mod error_log;
mod grants;
mod indexes;
mod innodb;
mod processes;
mod redo_log;
mod tables;
mod toolkit;
mod values;
mod view;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use entry::{Entry, Round};
use healthd_core::check::Settings;
use healthd_core::facts::{Facts, Need};
use healthd_core::observed::failure::{Failure, Stage};
use tokio::time::timeout_at;

use crate::connection::connect::LARGEST_ROW;
use crate::connection::limits::{GOODBYE, GUARD_LATER, Limits, guard};
use crate::connection::session::Session;
use crate::login::address::Address;
use crate::login::credentials::Credentials;

/// Facts that need their own statements, which come before the variables: so the variables count a receiver that stops
/// in between.
const ENTRIES: &[&[&dyn Entry]] = &[
    channels::ENTRIES,
    processes::ENTRIES,
    tables::ENTRIES,
    indexes::ENTRIES,
    innodb::ENTRIES,
    accounts::ENTRIES,
    toolkit::ENTRIES,
    error_log::ENTRIES,
];

/// Facts that need variables, and are read after them.
const MADE_OF_VARIABLES: &[&[&dyn Entry]] = &[cluster::ENTRIES, redo_log::ENTRIES];

/// The entries of the facts that are needed.
fn wanted(table: &[&[&'static dyn Entry]], needs: &[Need]) -> Vec<&'static dyn Entry> {
    table.iter().copied().flatten().copied().filter(|entry| needs.contains(&entry.need())).collect()
}

/// Connects, reads what is needed, and disconnects properly.
///
/// # Errors
/// No connection, or one that broke. If a statement was refused, that is the error of its fact.
pub async fn read(
    address: &Address,
    credentials: &Credentials,
    needs: &[Need],
    settings: &Settings,
    limits: Limits,
) -> Result<Facts, Failure> {
    let begun = Instant::now();
    let read_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let timeout = |stage, after| Failure::Timeout { stage, after };
    let opening = Session::brief(address, credentials, LARGEST_ROW);
    let mut session = match timeout_at((begun + limits.login).into(), opening).await {
        Ok(opened) => opened?,
        Err(_) => return Err(timeout(Stage::Connect, limits.login)),
    };
    let connected_in = begun.elapsed();
    let left = limits.total.saturating_sub(begun.elapsed());
    let mut facts = match timeout_at((begun + limits.total).into(), guarded(&mut session, needs, settings, left)).await
    {
        Ok(read) => read?,
        // Dropping the session cuts its connection.
        Err(_) => return Err(timeout(Stage::Query, limits.total)),
    };
    session.quit(Instant::now() + GOODBYE).await;
    (facts.read_at, facts.connected_in) = (read_at, connected_in);
    Ok(facts)
}

/// Reads everything. The server itself has a time limit for statements that may read many rows: it does not stop
/// because the client is gone, and the next run would add to the load.
async fn guarded(session: &mut Session, needs: &[Need], settings: &Settings, left: Duration) -> Result<Facts, Failure> {
    let (of_statements, of_variables) = (wanted(ENTRIES, needs), wanted(MADE_OF_VARIABLES, needs));
    let mut round = Round::new(session, settings, needs);
    if needs.iter().any(Need::is_of_process) {
        round.facts.process = round.session.process();
    }
    if of_statements.iter().chain(&of_variables).any(|entry| entry.is_long())
        && let Some(limit) = guard(round.request.server, left + GUARD_LATER)
    {
        round.session.section(&limit, "").await?.ok();
    }
    for entry in &of_statements {
        entry.read(&mut round).await?;
    }
    let all: Vec<&dyn Entry> = of_statements.iter().chain(&of_variables).copied().collect();
    values::read(&mut round, &all).await?;
    for entry in &of_variables {
        entry.read(&mut round).await?;
    }
    Ok(round.facts)
}

#[cfg(test)]
mod tests {
    use healthd_core::checks;
    use healthd_core::facts::{Channels, Fact as _, Receivers};

    use super::*;

    #[test]
    fn every_fact_that_a_check_needs_of_a_server_is_read_once() {
        let entries: Vec<Need> =
            ENTRIES.iter().chain(MADE_OF_VARIABLES).copied().flatten().map(|entry| entry.need()).collect();
        for check in checks::ALL {
            for need in check.needs.iter().filter(|need| matches!(need, Need::Fact(_)) && !need.is_local()) {
                // The receivers are read together with the channels.
                let read = if *need == Receivers::NEED { &Channels::NEED } else { need };
                assert!(check.needs.contains(read), "{}: {need:?}", check.name);
                assert_eq!(entries.iter().filter(|entry| *entry == read).count(), 1, "{}: {need:?}", check.name);
            }
        }
    }
}
