//! What pages, checks and metrics read.

use std::collections::{BTreeMap, BTreeSet};

use healthd_core::samples::batch::Tally;
use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::{Minute, Span};
use healthd_core::samples::source::Position;
use healthd_core::samples::window::Window;
use rusqlite::{Connection, params};

use crate::rows::{MINUTES, count, labels};
use crate::{coverage, position, retention};

const HOUR: i64 = 3600;
const WEEK: i64 = 7 * 24 * HOUR;

/// Some series of a counter: those that have all of these labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The counter.
    pub counter: String,
    /// The labels; none for all series.
    pub labels: Labels,
}

/// A question about the last minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowQuery {
    /// Which series.
    pub of: Selection,
    /// How many complete minutes.
    pub minutes: u32,
    /// How many weeks back to look for what is usual.
    pub weeks: u32,
}

/// The length of a bucket: a whole number of minutes, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step(u32);

impl Step {
    /// So many minutes; one instead of none.
    pub fn of_minutes(minutes: u32) -> Step {
        Step(minutes.max(1))
    }

    /// Its length in seconds.
    pub fn seconds(self) -> i64 {
        i64::from(self.0) * Minute::SECONDS
    }
}

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
struct Selected {
    id: i64,
    labels: Labels,
}

/// The stored counters of this name: one for each log that it was ever configured for.
fn counters(connection: &Connection, name: &str) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM counter WHERE name = ?")?;
    let rows = statement.query_map([name], |row| row.get(0))?;
    rows.collect()
}

fn all_series(connection: &Connection, counters: &[i64]) -> rusqlite::Result<Vec<Selected>> {
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

/// The sum of series over a span of whole minutes.
fn sum<'a>(connection: &Connection, series: impl Iterator<Item = &'a Selected>, span: Span) -> rusqlite::Result<u64> {
    let mut minutes = connection
        .prepare_cached("SELECT coalesce(sum(n), 0) FROM minute WHERE series = ? AND minute >= ? AND minute < ?")?;
    let mut sum = 0_u64;
    for Selected { id, .. } in series {
        let n = minutes.query_row(params![id, Minute::of(span.from).0, Minute::of(span.to).0], |row| row.get(0))?;
        sum = sum.saturating_add(count(n));
    }
    Ok(sum)
}

/// A counter over a window of complete minutes. What healthd knows besides is left empty: `log`, `read_age`, `fault`.
pub(crate) fn window(connection: &Connection, query: &WindowQuery, now: i64) -> rusqlite::Result<Window> {
    let of = &query.of;
    let counters = counters(connection, &of.counter)?;
    let series = all_series(connection, &counters)?;
    let wanted: Vec<&Selected> = series.iter().filter(|series| series.labels.match_all(&of.labels)).collect();
    let to = Minute::of(now).start();
    let window = Span { from: to - i64::from(query.minutes) * Minute::SECONDS, to };
    let last = coverage::last(connection, &counters)?;
    let other = match of.labels.is_empty() {
        true => 0,
        // One that is wanted anyway is not in doubt.
        false => sum(
            connection,
            series.iter().filter(|series| {
                !series.labels.match_all(&of.labels) && series.labels.iter().any(|(_, value)| value == Labels::OTHER)
            }),
            window,
        )?,
    };
    Ok(Window {
        counter: of.counter.clone(),
        labels: of.labels.clone(),
        label_names: series.iter().flat_map(|series| series.labels.iter().map(|(name, _)| name.to_owned())).collect(),
        other,
        from: window.from,
        to,
        sum: sum(connection, wanted.iter().copied(), window)?,
        since: sum(connection, wanted.iter().copied(), Span { from: to, to: to + Minute::SECONDS })?,
        covered: covered(connection, &counters, window)?,
        covered_to: last.map(|span| span.to),
        covered_from: last.map(|span| span.from),
        newest: newest(connection, &wanted)?,
        usual: usual(connection, &counters, &wanted, window, query.weeks)?,
        ..Window::default()
    })
}

fn covered(connection: &Connection, counters: &[i64], span: Span) -> rusqlite::Result<u64> {
    let spans = coverage::within(connection, counters, span)?;
    Ok(spans.into_iter().map(|span| count(span.seconds())).sum())
}

/// The sums of the same window in the weeks before, where it was wholly collected and minutes are kept.
fn usual(
    connection: &Connection,
    counters: &[i64],
    series: &[&Selected],
    window: Span,
    weeks: u32,
) -> rusqlite::Result<Vec<Option<u64>>> {
    let minutes_from = retention::horizon(connection)?.saturating_mul(HOUR);
    let mut usual = Vec::new();
    for week in 1..=i64::from(weeks) {
        let then = Span { from: window.from - week * WEEK, to: window.to - week * WEEK };
        let known = then.from >= minutes_from && covered(connection, counters, then)? == count(then.seconds());
        usual.push(if known { Some(sum(connection, series.iter().copied(), then)?) } else { None });
    }
    Ok(usual)
}

fn newest(connection: &Connection, series: &[&Selected]) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT max(minute) FROM minute WHERE series = ?")?;
    let mut hours = connection.prepare_cached("SELECT max(hour) FROM hour WHERE series = ?")?;
    let mut newest: Option<i64> = None;
    for Selected { id, .. } in series {
        let minute: Option<i64> = statement.query_row([id], |row| row.get(0))?;
        let second = match minute {
            Some(minute) => Some(Minute(minute).start()),
            None => hours.query_row([id], |row| row.get::<_, Option<i64>>(0))?.map(|hour| hour * HOUR),
        };
        newest = newest.max(second);
    }
    Ok(newest)
}

/// The counts of a span in steps, the sum over the selected series. Steps without a count are not in the list, and
/// those that reach before the time of which minutes are kept have the counts of whole hours.
pub(crate) fn buckets(
    connection: &Connection,
    of: &Selection,
    span: Span,
    step: Step,
) -> rusqlite::Result<Vec<Bucket>> {
    let series = all_series(connection, &counters(connection, &of.counter)?)?;
    let step = step.seconds();
    let mut found: BTreeMap<i64, u64> = BTreeMap::new();
    let mut minutes =
        connection.prepare_cached("SELECT minute, n FROM minute WHERE series = ? AND minute >= ? AND minute < ?")?;
    let mut hours =
        connection.prepare_cached("SELECT hour, n FROM hour WHERE series = ? AND hour >= ? AND hour < ?")?;
    let horizon = retention::horizon(connection)?;
    let minute_after = |second: i64| Minute::of(second + Minute::SECONDS - 1).0;
    for Selected { id, .. } in series.iter().filter(|series| series.labels.match_all(&of.labels)) {
        let mut add = |second: i64, n: i64| {
            let sum = found.entry(second.div_euclid(step) * step).or_default();
            *sum = sum.saturating_add(count(n));
        };
        let mut rows = minutes.query(params![id, Minute::of(span.from).0, minute_after(span.to)])?;
        while let Some(row) = rows.next()? {
            add(Minute(row.get(0)?).start(), row.get(1)?);
        }
        if Minute::of(span.from).0 < horizon.saturating_mul(MINUTES) {
            let mut rows =
                hours.query(params![id, span.from.div_euclid(HOUR), (span.to + HOUR - 1).div_euclid(HOUR)])?;
            while let Some(row) = rows.next()? {
                add(row.get::<_, i64>(0)? * HOUR, row.get(1)?);
            }
        }
    }
    Ok(found.into_iter().map(|(from, count)| Bucket { from, count }).collect())
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
