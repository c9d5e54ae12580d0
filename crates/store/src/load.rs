//! What is stored of a log, for the one that goes on reading it.

use std::collections::BTreeMap;

use healthd_core::samples::batch::{Saved, SavedCounter};
use rusqlite::{Connection, OptionalExtension as _};

use crate::coverage;
use crate::position;
use crate::rows::{count, labels};

/// Everything that is stored of a log.
pub(crate) fn load(connection: &mut Connection, name: &str, now: i64) -> rusqlite::Result<Saved> {
    // One transaction, so that it is all of the same moment.
    let transaction = connection.transaction()?;
    let log: Option<(i64, i64)> = transaction
        .query_row("SELECT id, version FROM log WHERE name = ?", [name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((log, version)) = log else {
        return Ok(Saved { version: 0, position: None, covered_to: None, counters: BTreeMap::new() });
    };
    let known: Vec<(i64, String)> = transaction
        .prepare_cached("SELECT id, name FROM counter WHERE log = ?")?
        .query_map([log], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let ids: Vec<i64> = known.iter().map(|(id, _)| *id).collect();
    let mut counters = BTreeMap::new();
    for (id, name) in known {
        counters.insert(name, counter(&transaction, id)?);
    }
    Ok(Saved {
        version: count(version),
        position: position::load(&transaction, log)?,
        covered_to: coverage::last(&transaction, &ids, now)?.map(|span| span.to),
        counters,
    })
}

fn counter(connection: &Connection, id: i64) -> rusqlite::Result<SavedCounter> {
    let mut series = connection.prepare_cached("SELECT labels FROM series WHERE counter = ?")?;
    let series = series.query_map([id], |row| Ok(labels(&row.get::<_, String>(0)?)))?;
    let mut remembered = connection.prepare_cached("SELECT key, value FROM remembered WHERE counter = ?")?;
    let remembered = remembered.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut began = connection.prepare_cached("SELECT generation, position FROM began WHERE counter = ?")?;
    let began = began.query_map([id], |row| Ok((row.get(0)?, count(row.get(1)?))))?;
    Ok(SavedCounter {
        series: series.collect::<rusqlite::Result<_>>()?,
        remembered: remembered.collect::<rusqlite::Result<_>>()?,
        began: began.collect::<rusqlite::Result<_>>()?,
    })
}
