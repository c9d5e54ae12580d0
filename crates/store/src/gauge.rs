//! Values that go up and down, such as the length of a queue: the lowest, highest, mean and last of each minute.
//!
//! They have the same retention as counts. A value that is recorded twice counts twice in the mean, and nowhere else:
//! unlike counts, values need no position in what they were read from.

use std::collections::BTreeMap;

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::{Minute, Span};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::rows::{HOUR, MINUTES, labels, labels_text};
use crate::selection::Step;

/// One value, as it was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct GaugeSample {
    /// What was measured.
    pub name: String,
    /// Of what.
    pub labels: Labels,
    /// When, in seconds of Unix time.
    pub at: i64,
    /// The value. Values that are not finite are not stored.
    pub value: f64,
}

/// The values in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The begin of the step, in seconds of Unix time; a multiple of the step.
    pub from: i64,
    /// The lowest.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// The mean of all samples.
    pub mean: f64,
    /// The last.
    pub last: f64,
}

/// What is stored for a minute, an hour or a step.
#[derive(Clone, Copy)]
struct Summary {
    low: f64,
    high: f64,
    total: f64,
    n: u32,
    last: f64,
}

impl Summary {
    fn of(row: &Row<'_>) -> rusqlite::Result<Summary> {
        Ok(Summary { low: row.get(1)?, high: row.get(2)?, total: row.get(3)?, n: row.get(4)?, last: row.get(5)? })
    }

    /// This one and a later one.
    fn and(self, later: Summary) -> Summary {
        Summary {
            low: self.low.min(later.low),
            high: self.high.max(later.high),
            total: self.total + later.total,
            n: self.n.saturating_add(later.n),
            last: later.last,
        }
    }
}

/// Stores samples in one transaction.
pub(crate) fn record(connection: &mut Connection, samples: &[GaugeSample], horizon: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for GaugeSample { name, labels, at, value } in samples.iter().filter(|sample| sample.value.is_finite()) {
        let gauge = gauge_id(&transaction, name, &labels_text(labels))?;
        let minute = Minute::of(*at).0;
        let (table, column, time) = match at.div_euclid(HOUR) {
            hour if hour < horizon => ("gauge_hour", "hour", hour),
            _ => ("gauge_minute", "minute", minute),
        };
        transaction
            .prepare_cached(&format!(
                "INSERT INTO {table} (gauge, {column}, low, high, total, n, last) VALUES (?1, ?2, ?3, ?3, ?3, 1, ?3) \
                 {MERGE}"
            ))?
            .execute(params![gauge, time, value])?;
    }
    transaction.commit()
}

/// How two summaries of the same time become one.
const MERGE: &str = "ON CONFLICT DO UPDATE SET low = min(low, excluded.low), high = max(high, excluded.high), \
                     total = total + excluded.total, n = n + excluded.n, last = excluded.last";

fn gauge_id(connection: &Connection, name: &str, labels: &str) -> rusqlite::Result<i64> {
    let known = connection
        .prepare_cached("SELECT id FROM gauge WHERE name = ? AND labels = ?")?
        .query_row(params![name, labels], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    connection.execute("INSERT INTO gauge (name, labels) VALUES (?, ?)", params![name, labels])?;
    Ok(connection.last_insert_rowid())
}

/// The values of a span in steps, for each label set that has all of these labels. Steps without a value are not in
/// the list.
pub(crate) fn levels(
    connection: &Connection,
    name: &str,
    wanted: &Labels,
    span: Span,
    step: Step,
) -> rusqlite::Result<BTreeMap<Labels, Vec<Level>>> {
    let mut gauges = connection.prepare_cached("SELECT id, labels FROM gauge WHERE name = ?")?;
    let gauges = gauges.query_map([name], |row| Ok((row.get(0)?, labels(&row.get::<_, String>(1)?))))?;
    let mut all = BTreeMap::new();
    for gauge in gauges {
        let (id, labels): (i64, Labels) = gauge?;
        if !labels.match_all(wanted) {
            continue;
        }
        let mut found: BTreeMap<i64, Summary> = BTreeMap::new();
        // The hours first: minutes are later.
        for (table, column, seconds) in [("gauge_hour", "hour", HOUR), ("gauge_minute", "minute", Minute::SECONDS)] {
            let mut rows = connection.prepare_cached(&format!(
                "SELECT {column}, low, high, total, n, last FROM {table} \
                 WHERE gauge = ? AND {column} >= ? AND {column} < ? ORDER BY {column}"
            ))?;
            let after = span.to.saturating_add(seconds - 1).div_euclid(seconds);
            let mut rows = rows.query(params![id, span.from.div_euclid(seconds), after])?;
            while let Some(row) = rows.next()? {
                let summary = Summary::of(row)?;
                let at = (row.get::<_, i64>(0)? * seconds).div_euclid(step.seconds()) * step.seconds();
                found.entry(at).and_modify(|before| *before = before.and(summary)).or_insert(summary);
            }
        }
        if !found.is_empty() {
            all.insert(labels, found.into_iter().map(|(from, summary)| level(from, summary)).collect());
        }
    }
    Ok(all)
}

fn level(from: i64, Summary { low, high, total, n, last }: Summary) -> Level {
    Level { from, low, high, mean: total / f64::from(n.max(1)), last }
}

/// Minutes before this hour become hours.
pub(crate) fn roll_up(connection: &Connection, hour: i64) -> rusqlite::Result<()> {
    let before = hour.saturating_mul(MINUTES);
    let mut gauges = connection.prepare_cached("SELECT id FROM gauge")?;
    let gauges: Vec<i64> = gauges.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for id in gauges {
        connection
            .prepare_cached(&format!(
                "INSERT INTO gauge_hour (gauge, hour, low, high, total, n, last) \
                 SELECT ?1, h, low, high, total, n, \
                 (SELECT last FROM gauge_minute WHERE gauge = ?1 AND minute = newest) \
                 FROM (SELECT minute / 60 AS h, min(low) AS low, max(high) AS high, sum(total) AS total, sum(n) AS n, \
                 max(minute) AS newest FROM gauge_minute WHERE gauge = ?1 AND minute < ?2 GROUP BY minute / 60) \
                 WHERE true {MERGE}"
            ))?
            .execute(params![id, before])?;
        connection
            .prepare_cached("DELETE FROM gauge_minute WHERE gauge = ? AND minute < ?")?
            .execute(params![id, before])?;
    }
    Ok(())
}

/// Removes hours before this one, and gauges without any value.
pub(crate) fn remove_hours(connection: &Connection, before: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM gauge_hour WHERE hour < ? AND gauge IN (SELECT id FROM gauge)", [before])?;
    connection.execute(
        "DELETE FROM gauge WHERE NOT EXISTS (SELECT 1 FROM gauge_minute WHERE gauge = gauge.id) \
         AND NOT EXISTS (SELECT 1 FROM gauge_hour WHERE gauge = gauge.id)",
        [],
    )?;
    Ok(())
}
