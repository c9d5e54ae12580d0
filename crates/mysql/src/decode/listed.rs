//! Rows of lists that checks want, one value a row.

use std::time::Duration;

use healthd_core::check::picked::shown_name;
use healthd_core::facts::{Checksums, KeyedTable, LockWait, NextValue, Recent, RedoLog, UnusedIndex, Values};
use healthd_core::observed::section::{Section, Unreadable};

use super::columns::{TextRow, cell, not_understood};

fn name(row: &TextRow, at: usize) -> Option<String> {
    cell(row, at).map(shown_name)
}

/// Seconds; those of a clock that was set back are none.
fn seconds(row: &TextRow, at: usize) -> Option<Duration> {
    let seconds = cell(row, at)?.parse::<i64>().ok()?;
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

/// Reads [`crate::statements::lock_waits`].
pub(crate) fn lock_waits(rows: &[TextRow]) -> Section<Vec<LockWait>> {
    let wait = |row: &TextRow| {
        let sleeps = cell(row, 4) == Some("Sleep");
        Some(LockWait {
            waiting: cell(row, 0)?.parse().ok()?,
            waited: seconds(row, 1).unwrap_or_default(),
            blocker: cell(row, 2)?.parse().ok()?,
            user: name(row, 3).unwrap_or_default(),
            idle: seconds(row, 5).filter(|_| sleeps),
        })
    };
    let read: Option<Vec<LockWait>> = rows.iter().map(wait).collect();
    read.ok_or(Unreadable::NotUnderstood { what: "the lock waits" })
}

/// Reads one of the switches of a row, such as [`crate::statements::PERFORMANCE_SCHEMA`]: whether it is on.
pub(crate) fn is_on(rows: &[TextRow], at: usize) -> bool {
    matches!(rows.first().and_then(|row| cell(row, at)), Some("1" | "ON" | "YES"))
}

/// Reads [`crate::statements::tables::next_values`]. A column of a type that has no largest whole number is left out.
pub(crate) fn next_values(rows: &[TextRow]) -> Section<Vec<NextValue>> {
    let column = |row: &TextRow| {
        let largest = largest(cell(row, 3)?);
        let (schema, table, column) = (name(row, 0)?, name(row, 1)?, name(row, 2)?);
        let next = cell(row, 4)?.parse().ok()?;
        Some(largest.map(|largest| NextValue { schema, table, column, next, largest }))
    };
    let read: Option<Vec<Option<NextValue>>> = rows.iter().map(column).collect();
    match read {
        Some(read) => Ok(read.into_iter().flatten().collect()),
        None => not_understood("AUTO_INCREMENT"),
    }
}

/// The largest value that a type such as `int(10) unsigned` holds; of the floating ones, that they hold without a gap.
fn largest(kind: &str) -> Option<u64> {
    let kind = kind.to_ascii_lowercase();
    let bits = match kind.split(['(', ' ']).next()? {
        "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" => 32,
        "bigint" => 64,
        "float" => return Some(1 << 24),
        "double" => return Some(1 << 53),
        _ => return None,
    };
    let bits = if kind.contains("unsigned") { bits } else { bits - 1 };
    Some(u64::MAX >> (64 - bits))
}

/// Reads [`crate::statements::tables::keys`].
pub(crate) fn keys(rows: &[TextRow]) -> Section<Vec<KeyedTable>> {
    let table =
        |row: &TextRow| Some(KeyedTable { schema: name(row, 0)?, table: name(row, 1)?, keyed: cell(row, 2)? == "1" });
    let read: Option<Vec<KeyedTable>> = rows.iter().map(table).collect();
    read.ok_or(Unreadable::NotUnderstood { what: "the keys of the tables" })
}

/// Reads what [`crate::statements::indexes`] finds.
pub(crate) fn unused_indexes(rows: &[TextRow]) -> Section<Vec<UnusedIndex>> {
    let index = |row: &TextRow| Some(UnusedIndex { schema: name(row, 0)?, table: name(row, 1)?, name: name(row, 2)? });
    let read: Option<Vec<UnusedIndex>> = rows.iter().map(index).collect();
    read.ok_or(Unreadable::NotUnderstood { what: "the unused indexes" })
}

/// Reads [`crate::statements::tables::names`].
pub(crate) fn table_names(rows: &[TextRow]) -> Section<Vec<(String, String)>> {
    let read: Option<Vec<_>> = rows.iter().map(|row| Some((name(row, 0)?, name(row, 1)?))).collect();
    read.ok_or(Unreadable::NotUnderstood { what: "the names of the tables" })
}

/// Reads [`crate::statements::recent`].
pub(crate) fn recent(rows: &[TextRow]) -> Section<Recent> {
    let Some(row) = rows.first() else { return not_understood("the count of its rows") };
    let newest = seconds(row, 1);
    if newest.is_none() && cell(row, 2) == Some("1") {
        return not_understood("the time in its column");
    }
    let count = cell(row, 0).and_then(|count| count.parse().ok());
    count.map_or_else(|| not_understood("the count of its rows"), |count| Ok(Recent { count, newest }))
}

/// Reads [`crate::statements::checksums`].
pub(crate) fn checksums(rows: &[TextRow]) -> Section<Checksums> {
    let read = |row: &TextRow| {
        let number = |at| cell(row, at)?.parse().ok();
        Some(Checksums {
            chunks: number(0)?,
            different: number(1)?,
            tables: number(2)?,
            example: name(row, 3).unwrap_or_default(),
            age: seconds(row, 4),
        })
    };
    rows.first().and_then(read).ok_or(Unreadable::NotUnderstood { what: "the counts of its chunks" })
}

fn bytes(values: &Values, name: &str) -> Option<u64> {
    values.text(name)?.parse().ok()
}

/// Of the room, in per cent, so much may be in use before InnoDB lets nobody write. MySQL since 8.0.30: 30 of 32 files, less 5 % for
/// what is being written (`log_files_governor.cc`).
const MYSQL_LETS: u64 = 89;
/// Servers with files of fixed size: nine tenths of nine tenths (`log_calc_max_ages`).
const OLD_SERVERS_LET: u64 = 81;

/// Reads [`crate::statements::REDO_STATUS`]; `None` where the server has none of it.
pub(crate) fn redo_log(status: &Values) -> Option<RedoLog> {
    let pair = |age, capacity| Some(RedoLog { age: bytes(status, age)?, capacity: bytes(status, capacity)? });
    pair("Innodb_checkpoint_age", "Innodb_checkpoint_max_age")
        .or_else(|| {
            let log = pair("Innodb_redo_log_logical_size", "Innodb_redo_log_capacity_resized")?;
            Some(RedoLog { capacity: log.capacity / 100 * MYSQL_LETS, ..log })
        })
        .filter(|log| log.capacity > 0)
}

/// Reads the checkpoint's age from InnoDB's report, and the log's room from [`crate::statements::REDO_FILES`].
pub(crate) fn redo_log_by_report(report: &[TextRow], files: &Values) -> Section<RedoLog> {
    let report = report.first().and_then(|row| cell(row, 2)).unwrap_or_default();
    let number = |label: &str| {
        let line = report.lines().find_map(|line| line.strip_prefix(label))?;
        line.trim().parse::<u64>().ok()
    };
    let size = bytes(files, "innodb_log_file_size");
    let count = bytes(files, "innodb_log_files_in_group").unwrap_or(1);
    match (number("Log sequence number"), number("Last checkpoint at"), size) {
        (Some(written), Some(checkpoint), Some(size)) if size > 0 => {
            let capacity = size.saturating_mul(count) / 100 * OLD_SERVERS_LET;
            Ok(RedoLog { age: written.saturating_sub(checkpoint), capacity })
        }
        _ => not_understood("the LOG section of InnoDB's report"),
    }
}

#[cfg(test)]
mod tests;
