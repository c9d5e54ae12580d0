//! The time that a counter was collected, as spans that do not touch each other.

use healthd_core::samples::minute::Span;
use rusqlite::{Connection, params};

use crate::rows::HOUR;

/// Adds a span; those that it touches become one with it.
pub(crate) fn add(connection: &Connection, counter: i64, span: Span) -> rusqlite::Result<()> {
    if span.seconds() == 0 {
        return Ok(());
    }
    let touched = params![counter, span.to, span.from];
    let (since, until, spans): (Option<i64>, Option<i64>, i64) = connection
        .prepare_cached(
            "SELECT min(since), max(until), count(*) FROM coverage WHERE counter = ? AND since <= ? AND until >= ?",
        )?
        .query_row(touched, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let from = since.map_or(span.from, |since| since.min(span.from));
    let to = until.map_or(span.to, |until| until.max(span.to));
    match spans {
        // As usual: the last span grows.
        1 if since == Some(from) => {
            connection
                .prepare_cached("UPDATE coverage SET until = ? WHERE counter = ? AND since = ?")?
                .execute(params![to, counter, from])?;
        }
        _ => {
            connection
                .prepare_cached("DELETE FROM coverage WHERE counter = ? AND since <= ? AND until >= ?")?
                .execute(touched)?;
            connection
                .prepare_cached("INSERT INTO coverage (counter, since, until) VALUES (?, ?, ?)")?
                .execute(params![counter, from, to])?;
        }
    }
    Ok(())
}

/// Forgets what was covered before this second.
pub(crate) fn trim(connection: &Connection, before: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM coverage WHERE until <= ?", [before])?;
    connection.execute("UPDATE coverage SET since = ?1 WHERE since < ?1", [before])?;
    Ok(())
}

/// Time that has not come yet cannot be covered: the clock was wrong when it was. A step back of less than an hour does
/// not count, since what was covered must not shrink with every correction of the clock.
pub(crate) fn forget_future(connection: &Connection, now: i64) -> rusqlite::Result<()> {
    let wrong = now.saturating_add(HOUR);
    connection.execute("DELETE FROM coverage WHERE since >= ?2 AND until > ?1", [wrong, now])?;
    connection.execute("UPDATE coverage SET until = ?2 WHERE until > ?1", [wrong, now])?;
    Ok(())
}

/// What is covered of a span, for any of these counters, in order and without overlaps.
pub(crate) fn within(connection: &Connection, counters: &[i64], span: Span) -> rusqlite::Result<Vec<Span>> {
    let mut statement = connection.prepare_cached(
        "SELECT since, until FROM coverage WHERE counter = ? AND since < ? AND until > ? ORDER BY since",
    )?;
    let mut found = Vec::new();
    for counter in counters {
        let rows = statement.query_map(params![counter, span.to, span.from], |row| {
            Ok(Span { from: row.get(0)?, to: row.get(1)? }.overlap(span))
        })?;
        for row in rows {
            found.push(row?);
        }
    }
    Ok(united(found))
}

/// The last span that is covered up to now, for any of these counters.
pub(crate) fn last(connection: &Connection, counters: &[i64], now: i64) -> rusqlite::Result<Option<Span>> {
    // There are few: a gap makes one.
    Ok(within(connection, counters, Span { from: i64::MIN, to: now })?.pop())
}

/// Spans in order, those that touch as one.
fn united(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    let mut united: Vec<Span> = Vec::new();
    for span in spans {
        match united.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => united.push(span),
        }
    }
    united
}
