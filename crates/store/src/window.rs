//! A counter over its last minutes, for checks.

use std::collections::BTreeSet;

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::{Minute, Span};
use healthd_core::samples::window::Window;
use rusqlite::{Connection, params};

use crate::query::{Selected, all_series, counters};
use crate::rows::{HOUR, count};
use crate::selection::WindowQuery;
use crate::{coverage, retention};

const WEEK: i64 = 7 * 24 * HOUR;

/// A counter over a window of complete minutes. What healthd knows besides is left empty: `log`, `read_age`, `fault`.
pub(crate) fn window(connection: &Connection, query: &WindowQuery, now: i64) -> rusqlite::Result<Window> {
    let of = &query.of;
    let counters = counters(connection, &of.counter)?;
    let series = all_series(connection, &counters)?;
    let (wanted, rest): (Vec<&Selected>, Vec<&Selected>) =
        series.iter().partition(|series| series.labels.match_all(&of.labels));
    let to = Minute::of(now).start();
    let window = Span { from: to - i64::from(query.minutes) * Minute::SECONDS, to };
    let last = coverage::last(connection, &counters, now)?;
    // A series that is wanted anyway is not in doubt.
    let other = rest.into_iter().filter(|series| series.labels.iter().any(|(_, value)| value == Labels::OTHER));
    Ok(Window {
        counter: of.counter.clone(),
        labels: of.labels.clone(),
        label_names: series.iter().flat_map(|series| series.labels.iter().map(|(name, _)| name.to_owned())).collect(),
        other: sum(connection, other, window)?,
        from: window.from,
        to,
        sum: sum(connection, wanted.iter().copied(), window)?,
        since: sum(connection, wanted.iter().copied(), Span { from: to, to: to + Minute::SECONDS })?,
        covered: covered(connection, &counters, &wanted, window)?,
        covered_to: last.map(|span| span.to),
        covered_from: last.map(|span| span.from),
        newest: newest(connection, &wanted, now)?,
        usual: usual(connection, &counters, &wanted, window, query.weeks)?,
        ..Window::default()
    })
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

/// How many seconds of a span were collected and can be summed: hours whose minutes are not kept any more cannot.
fn covered(connection: &Connection, counters: &[i64], series: &[&Selected], span: Span) -> rusqlite::Result<u64> {
    let inexact = inexact(connection, series, span)?;
    let mut covered = 0;
    for part in coverage::within(connection, counters, span)? {
        let lost: i64 = inexact.iter().map(|hour| part.overlap(Span { from: *hour, to: hour + HOUR }).seconds()).sum();
        covered += part.seconds() - lost;
    }
    Ok(count(covered))
}

/// The begins of the hours that have counts of which the minutes are not known.
fn inexact(connection: &Connection, series: &[&Selected], span: Span) -> rusqlite::Result<BTreeSet<i64>> {
    let mut found = BTreeSet::new();
    if span.from >= retention::exact_from(connection)? {
        return Ok(found);
    }
    let mut hours = connection.prepare_cached("SELECT hour FROM hour WHERE series = ? AND hour >= ? AND hour < ?")?;
    for Selected { id, .. } in series {
        let mut rows = hours.query(params![id, span.from.div_euclid(HOUR), (span.to + HOUR - 1).div_euclid(HOUR)])?;
        while let Some(row) = rows.next()? {
            found.insert(row.get::<_, i64>(0)? * HOUR);
        }
    }
    Ok(found)
}

/// The sums of the same window in the weeks before, where it was wholly collected and minutes are kept.
fn usual(
    connection: &Connection,
    counters: &[i64],
    series: &[&Selected],
    window: Span,
    weeks: u32,
) -> rusqlite::Result<Vec<Option<u64>>> {
    let mut usual = Vec::new();
    for week in 1..=i64::from(weeks) {
        let then = Span { from: window.from - week * WEEK, to: window.to - week * WEEK };
        let known = covered(connection, counters, series, then)? == count(then.seconds());
        usual.push(if known { Some(sum(connection, series.iter().copied(), then)?) } else { None });
    }
    Ok(usual)
}

/// The minute of the newest count, or its hour if the minute is not known; in seconds. Minutes that have not come yet,
/// from a log or a clock that is wrong, do not count.
fn newest(connection: &Connection, series: &[&Selected], now: i64) -> rusqlite::Result<Option<i64>> {
    let mut minutes = connection.prepare_cached("SELECT max(minute) FROM minute WHERE series = ? AND minute <= ?")?;
    let mut hours = connection.prepare_cached("SELECT max(hour) FROM hour WHERE series = ? AND hour <= ?")?;
    let mut newest: Option<i64> = None;
    for Selected { id, .. } in series {
        let minute: Option<i64> = minutes.query_row(params![id, Minute::of(now).0], |row| row.get(0))?;
        let second = match minute {
            Some(minute) => Some(Minute(minute).start()),
            None => hours
                .query_row(params![id, now.div_euclid(HOUR)], |row| row.get::<_, Option<i64>>(0))?
                .map(|hour| hour * HOUR),
        };
        newest = newest.max(second);
    }
    Ok(newest)
}
