//! What pages and metrics read.

use std::collections::{BTreeMap, BTreeSet};

use healthd_core::samples::batch::Tally;
use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::{Minute, Span};
use healthd_core::samples::source::Position;
use rusqlite::{Connection, params};

use crate::rows::{HOUR, count, labels};
use crate::selection::{Selection, Step};
use crate::{coverage, position, retention};

/// How many were counted in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The begin of the step, in seconds of Unix time; a multiple of the step.
    pub from: i64,
    /// How many.
    pub count: u64,
}

/// A series with everything it ever counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// The counter.
    pub counter: String,
    /// The labels.
    pub labels: Labels,
    /// The sum since the beginning.
    pub total: u64,
}

/// A log, as far as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    /// Its name.
    pub name: String,
    /// Sums over its lines.
    pub tally: Tally,
    /// How far it was read.
    pub position: Position,
    /// For each counter: lines that resemble what it counts and do not match.
    pub unmatched: BTreeMap<String, u64>,
}

/// A series that was selected.
pub(crate) struct Selected {
    pub(crate) id: i64,
    pub(crate) labels: Labels,
}

/// The stored counters of this name: one for each log that it was ever configured for.
pub(crate) fn counters(connection: &Connection, name: &str) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM counter WHERE name = ?")?;
    let rows = statement.query_map([name], |row| row.get(0))?;
    rows.collect()
}

/// Their series.
pub(crate) fn all_series(connection: &Connection, counters: &[i64]) -> rusqlite::Result<Vec<Selected>> {
    let mut statement = connection.prepare_cached("SELECT id, labels FROM series WHERE counter = ?")?;
    let mut found = Vec::new();
    for counter in counters {
        let rows = statement
            .query_map([counter], |row| Ok(Selected { id: row.get(0)?, labels: labels(&row.get::<_, String>(1)?) }))?;
        for row in rows {
            found.push(row?);
        }
    }
    Ok(found)
}

/// The counts of a span in steps, the sum over the selected series. Steps without a count are not in the list. What is
/// stored by hour is in the step in which its hour begins.
pub(crate) fn buckets(
    connection: &Connection,
    of: &Selection,
    span: Span,
    step: Step,
) -> rusqlite::Result<Vec<Bucket>> {
    let mut found: BTreeMap<i64, u64> = BTreeMap::new();
    for series in selected(connection, of)? {
        add_buckets(connection, &series, span, step, &mut found)?;
    }
    Ok(as_buckets(found))
}

/// The same for each series that has a count in the span.
pub(crate) fn buckets_by_series(
    connection: &Connection,
    of: &Selection,
    span: Span,
    step: Step,
) -> rusqlite::Result<BTreeMap<Labels, Vec<Bucket>>> {
    let mut all: BTreeMap<Labels, BTreeMap<i64, u64>> = BTreeMap::new();
    for series in selected(connection, of)? {
        let mut found = BTreeMap::new();
        add_buckets(connection, &series, span, step, &mut found)?;
        if !found.is_empty() {
            // A counter that was moved to another log has a series in each.
            let sums = all.entry(series.labels).or_default();
            found.into_iter().for_each(|(from, count)| *sums.entry(from).or_default() += count);
        }
    }
    Ok(all.into_iter().map(|(labels, found)| (labels, as_buckets(found))).collect())
}

fn as_buckets(found: BTreeMap<i64, u64>) -> Vec<Bucket> {
    found.into_iter().map(|(from, count)| Bucket { from, count }).collect()
}

fn selected(connection: &Connection, of: &Selection) -> rusqlite::Result<impl Iterator<Item = Selected>> {
    let series = all_series(connection, &counters(connection, &of.counter)?)?;
    Ok(series.into_iter().filter(|series| series.labels.match_all(&of.labels)))
}

/// Adds the counts of one series.
fn add_buckets(
    connection: &Connection,
    series: &Selected,
    span: Span,
    step: Step,
    found: &mut BTreeMap<i64, u64>,
) -> rusqlite::Result<()> {
    let id = series.id;
    let step = step.seconds();
    let mut add = |second: i64, n: i64| {
        let sum = found.entry(second.div_euclid(step) * step).or_default();
        *sum = sum.saturating_add(count(n));
    };
    let mut minutes =
        connection.prepare_cached("SELECT minute, n FROM minute WHERE series = ? AND minute >= ? AND minute < ?")?;
    let minute_after = |second: i64| Minute::of(second + Minute::SECONDS - 1).0;
    let mut rows = minutes.query(params![id, Minute::of(span.from).0, minute_after(span.to)])?;
    while let Some(row) = rows.next()? {
        add(Minute(row.get(0)?).start(), row.get(1)?);
    }
    if span.from < retention::exact_from(connection)? {
        let mut hours =
            connection.prepare_cached("SELECT hour, n FROM hour WHERE series = ? AND hour >= ? AND hour < ?")?;
        let mut rows = hours.query(params![id, span.from.div_euclid(HOUR), (span.to + HOUR - 1).div_euclid(HOUR)])?;
        while let Some(row) = rows.next()? {
            add(row.get::<_, i64>(0)? * HOUR, row.get(1)?);
        }
    }
    Ok(())
}

/// What is covered of a span.
pub(crate) fn coverage_of(connection: &Connection, counter: &str, span: Span) -> rusqlite::Result<Vec<Span>> {
    coverage::within(connection, &counters(connection, counter)?, span)
}

/// The label sets of a counter.
pub(crate) fn series_of(connection: &Connection, counter: &str) -> rusqlite::Result<BTreeSet<Labels>> {
    let series = all_series(connection, &counters(connection, counter)?)?;
    Ok(series.into_iter().map(|series| series.labels).collect())
}

/// Every series with its total, by counter and labels.
pub(crate) fn totals(connection: &Connection) -> rusqlite::Result<Vec<Total>> {
    let mut statement = connection.prepare_cached(
        "SELECT name, labels, sum(total) FROM series JOIN counter ON counter.id = series.counter \
         GROUP BY name, labels ORDER BY name, labels",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Total { counter: row.get(0)?, labels: labels(&row.get::<_, String>(1)?), total: count(row.get(2)?) })
    })?;
    rows.collect()
}

/// Every log, by name.
pub(crate) fn logs(connection: &Connection) -> rusqlite::Result<Vec<LogState>> {
    let mut statement = connection
        .prepare_cached("SELECT id, name, lines, bytes, long_lines, without_time, gaps FROM log ORDER BY name")?;
    let rows = statement.query_map([], |row| {
        let tally = Tally {
            lines: count(row.get(2)?),
            bytes: count(row.get(3)?),
            long_lines: count(row.get(4)?),
            without_time: count(row.get(5)?),
            gaps: count(row.get(6)?),
        };
        Ok((row.get(0)?, row.get(1)?, tally))
    })?;
    let rows: Vec<(i64, String, Tally)> = rows.collect::<rusqlite::Result<_>>()?;
    let mut unmatched = connection.prepare_cached("SELECT name, unmatched FROM counter WHERE log = ?")?;
    let mut logs = Vec::new();
    for (id, name, tally) in rows {
        let position = position::load(connection, id)?.unwrap_or(Position::Files(Vec::new()));
        let unmatched = unmatched.query_map([id], |row| Ok((row.get(0)?, count(row.get(1)?))))?;
        logs.push(LogState { name, tally, position, unmatched: unmatched.collect::<rusqlite::Result<_>>()? });
    }
    Ok(logs)
}
