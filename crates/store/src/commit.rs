//! A batch, as one transaction.

use healthd_core::samples::batch::{Batch, Counted, Tally};
use healthd_core::samples::minute::Minute;
use healthd_core::samples::source::Position;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use crate::rows::{count, hour_of, labels_text, signed};
use crate::{coverage, position, retention};

/// Why a batch is not stored.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Its position is not the stored one any more.
    Moved,
    /// SQLite cannot.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Refused {
        Refused::Sqlite(error)
    }
}

/// Stores a batch; the new version of its log.
pub(crate) fn commit(connection: &mut Connection, batch: &Batch) -> Result<u64, Refused> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let stored: Option<(i64, i64)> = transaction
        .prepare_cached("SELECT id, version FROM log WHERE name = ?")?
        .query_row([&batch.log], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if stored.map_or(0, |(_, version)| count(version)) != batch.since {
        return Err(Refused::Moved);
    }
    let version = batch.since + 1;
    let log = match stored {
        Some((log, _)) => log,
        None => new_log(&transaction, batch)?,
    };
    add_tally(&transaction, log, version, batch.tally)?;
    position::store(&transaction, log, &batch.position)?;
    let horizon = retention::horizon(&transaction)?;
    for (name, counted) in &batch.counters {
        let counter = counter_id(&transaction, log, name)?;
        add_buckets(&transaction, counter, counted, horizon)?;
        remember(&transaction, counter, counted)?;
        if let Some(span) = batch.covered {
            coverage::add(&transaction, counter, span)?;
        }
    }
    for ((name, generation), from) in &batch.began {
        let counter = counter_id(&transaction, log, name)?;
        transaction
            .prepare_cached("INSERT OR REPLACE INTO began (counter, generation, position) VALUES (?, ?, ?)")?
            .execute(params![counter, generation, signed(*from)])?;
    }
    transaction.commit()?;
    Ok(version)
}

fn new_log(connection: &Connection, batch: &Batch) -> rusqlite::Result<i64> {
    connection.execute(
        "INSERT INTO log (name, version, is_journal, lines, bytes, long_lines, without_time, gaps) \
         VALUES (?, 0, ?, 0, 0, 0, 0, 0)",
        params![batch.log, matches!(batch.position, Position::Journal(_))],
    )?;
    Ok(connection.last_insert_rowid())
}

fn add_tally(connection: &Connection, log: i64, version: u64, tally: Tally) -> rusqlite::Result<()> {
    let Tally { lines, bytes, long_lines, without_time, gaps } = tally;
    connection
        .prepare_cached(
            "UPDATE log SET version = ?, lines = lines + ?, bytes = bytes + ?, long_lines = long_lines + ?, \
             without_time = without_time + ?, gaps = gaps + ? WHERE id = ?",
        )?
        .execute(params![
            signed(version),
            signed(lines),
            signed(bytes),
            signed(long_lines),
            signed(without_time),
            signed(gaps),
            log
        ])?;
    Ok(())
}

fn counter_id(connection: &Connection, log: i64, name: &str) -> rusqlite::Result<i64> {
    let known = connection
        .prepare_cached("SELECT id FROM counter WHERE name = ? AND log = ?")?
        .query_row(params![name, log], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    connection.execute("INSERT INTO counter (log, name, unmatched) VALUES (?, ?, 0)", params![log, name])?;
    Ok(connection.last_insert_rowid())
}

/// Adds counts. Those of minutes that are no longer kept are added to their hour.
fn add_buckets(connection: &Connection, counter: i64, counted: &Counted, horizon: i64) -> rusqlite::Result<()> {
    if counted.unmatched > 0 {
        connection
            .prepare_cached("UPDATE counter SET unmatched = unmatched + ? WHERE id = ?")?
            .execute(params![signed(counted.unmatched), counter])?;
    }
    // Buckets are in the order of their labels.
    let mut series = None;
    for ((labels, Minute(minute)), n) in &counted.buckets {
        let id = match series {
            Some((known, id)) if known == labels => id,
            _ => series_id(connection, counter, &labels_text(labels))?,
        };
        series = Some((labels, id));
        let n = signed(*n);
        connection.prepare_cached("UPDATE series SET total = total + ? WHERE id = ?")?.execute(params![n, id])?;
        let hour = hour_of(*minute);
        let upsert = |table: &str, column: &str, time: i64| {
            connection
                .prepare_cached(&format!(
                    "INSERT INTO {table} (series, {column}, n) VALUES (?, ?, ?) \
                     ON CONFLICT DO UPDATE SET n = n + excluded.n"
                ))?
                .execute(params![id, time, n])
        };
        if hour < horizon {
            upsert("hour", "hour", hour)?;
            retention::counted_by_hour(connection, hour)?;
        } else {
            upsert("minute", "minute", *minute)?;
        }
    }
    Ok(())
}

fn series_id(connection: &Connection, counter: i64, labels: &str) -> rusqlite::Result<i64> {
    let known = connection
        .prepare_cached("SELECT id FROM series WHERE counter = ? AND labels = ?")?
        .query_row(params![counter, labels], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    connection.execute("INSERT INTO series (counter, labels, total) VALUES (?, ?, 0)", params![counter, labels])?;
    Ok(connection.last_insert_rowid())
}

fn remember(connection: &Connection, counter: i64, counted: &Counted) -> rusqlite::Result<()> {
    for key in &counted.forgotten {
        connection
            .prepare_cached("DELETE FROM remembered WHERE counter = ? AND key = ?")?
            .execute(params![counter, key])?;
    }
    for (key, value) in &counted.remembered {
        connection
            .prepare_cached("INSERT OR REPLACE INTO remembered (counter, key, value) VALUES (?, ?, ?)")?
            .execute(params![counter, key, value])?;
    }
    Ok(())
}
