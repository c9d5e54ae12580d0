//! What is kept for how long: minutes, then hours, and all of it within a size.

use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior, params};

use crate::rows::MINUTES;

const HOUR: i64 = 3600;
const DAY: u64 = 24 * 3600;
/// By how much the minutes are shortened in one step if the file is too large.
const STEP_HOURS: i64 = 24;
/// A generation of a log that was read to its end and was not seen for this long cannot come back: backups of logs
/// are rarely older, in seconds.
const GENERATIONS: i64 = 2 * 366 * 24 * HOUR;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// For how long minutes are kept; then they become hours.
    pub minutes: Duration,
    /// For how long hours are kept.
    pub hours: Duration,
    /// The largest size of the file, in bytes. Beyond it the oldest minutes become hours earlier.
    pub max_bytes: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            minutes: Duration::from_secs(40 * DAY),
            hours: Duration::from_secs(2 * 366 * DAY),
            max_bytes: 1024 * 1024 * 1024,
        }
    }
}

/// The first hour of which there are minutes.
pub(crate) fn horizon(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT hour FROM horizon")?.query_row([], |row| row.get(0))
}

/// What a clean-up had to give up because the file was too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shortened {
    /// Minutes are kept from this hour on.
    pub(crate) minutes_from: i64,
}

/// Removes what is older than it is kept for, and then as much as the size demands.
pub(crate) fn clean_up(
    connection: &mut Connection,
    settings: &Settings,
    now: i64,
) -> rusqlite::Result<Option<Shortened>> {
    let hour = now.div_euclid(HOUR);
    let hours = |kept: Duration| i64::try_from(kept.as_secs()).unwrap_or(i64::MAX) / HOUR;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    roll_up(&transaction, hour.saturating_sub(hours(settings.minutes)))?;
    let oldest = hour.saturating_sub(hours(settings.hours));
    transaction.execute("DELETE FROM hour WHERE hour < ?", [oldest])?;
    transaction.execute("DELETE FROM coverage WHERE until < ?", [oldest.saturating_mul(HOUR)])?;
    transaction.execute(
        "DELETE FROM generation WHERE complete AND seen < ? \
         AND number < (SELECT max(number) FROM generation AS newer WHERE newer.log = generation.log)",
        [now - GENERATIONS],
    )?;
    transaction.execute(
        "DELETE FROM began WHERE NOT EXISTS (SELECT 1 FROM generation JOIN counter USING (log) \
         WHERE counter.id = began.counter AND generation.number = began.generation)",
        [],
    )?;
    transaction.commit()?;
    let mut shortened = None;
    while size(connection)? > settings.max_bytes {
        let Some(oldest) = oldest_minute(connection)? else { break };
        let minutes_from = oldest.div_euclid(MINUTES).max(horizon(connection)?).saturating_add(STEP_HOURS).min(hour);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        roll_up(&transaction, minutes_from)?;
        transaction.commit()?;
        shortened = Some(Shortened { minutes_from });
        if minutes_from >= hour {
            break;
        }
    }
    give_back(connection)?;
    Ok(shortened)
}

fn oldest_minute(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    // The index is by series first: one look at each.
    connection.query_row(
        "SELECT min(first) FROM (SELECT (SELECT minute FROM minute WHERE series = series.id ORDER BY minute LIMIT 1) \
         AS first FROM series)",
        [],
        |row| row.get(0),
    )
}

/// Minutes before this hour become hours.
fn roll_up(connection: &Connection, hour: i64) -> rusqlite::Result<()> {
    if hour <= horizon(connection)? {
        return Ok(());
    }
    let before = hour.saturating_mul(MINUTES);
    // By series, so that the index is used.
    let mut series = connection.prepare("SELECT id FROM series")?;
    let series: Vec<i64> = series.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for id in series {
        // Integer division rounds to zero: exact, because no minute that is kept is before 1970.
        connection
            .prepare_cached(
                "INSERT INTO hour (series, hour, n) SELECT series, minute / 60, sum(n) FROM minute \
                 WHERE series = ?1 AND minute < ?2 GROUP BY minute / 60 \
                 ON CONFLICT DO UPDATE SET n = n + excluded.n",
            )?
            .execute(params![id, before])?;
        connection
            .prepare_cached("DELETE FROM minute WHERE series = ? AND minute < ?")?
            .execute(params![id, before])?;
    }
    connection.execute("UPDATE horizon SET hour = ?", [hour])?;
    Ok(())
}

/// The size of what is in use, in bytes.
fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let of = |pragma: &str| connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
    let pages = of("page_count")? - of("freelist_count")?;
    Ok(crate::rows::count(pages * of("page_size")?))
}

/// Gives free pages back to the file system.
fn give_back(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("PRAGMA incremental_vacuum")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}
