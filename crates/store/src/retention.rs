//! What is kept for how long: minutes, then hours, and all of it within a size.
//!
//! The clock may be wrong: a machine that starts without a battery for its clock, a restored virtual machine. Minutes
//! of which a wrong clock says that they are too old cannot be brought back. Therefore one clean-up makes at most the
//! minutes of one day into hours, and clean-ups are an hour apart: a clock that is wrong for some hours costs some days
//! of forty.

use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior, params};

use crate::rows::{HOUR, MINUTES, count};
use crate::settings::Settings;
use crate::{coverage, gauge};

/// How many hours of minutes become hours in one step.
const STEP_HOURS: i64 = 24;
/// How many steps a clean-up may take because the file is too large; the next one goes on.
const STEPS: u32 = 20;
/// How many hours are removed in one step if the file is too large without any minutes.
const STEP_OLDEST_HOURS: i64 = 30 * 24;
/// How many free pages one clean-up gives back to the file system.
const PAGES: u32 = 2048;
/// A generation of a log that was read to its end and was not seen for this long cannot come back: backups of logs
/// are rarely older, in seconds.
const GENERATIONS: i64 = 2 * 366 * 24 * HOUR;
/// The horizon of a file that was never cleaned up.
const NEVER: i64 = -1_000_000_000;

/// The hour before which counts are stored by hour only.
pub(crate) fn horizon(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT hour FROM horizon")?.query_row([], |row| row.get(0))
}

/// Of times from this second on, every count is stored by minute.
pub(crate) fn exact_from(connection: &Connection) -> rusqlite::Result<i64> {
    let hour: i64 = connection.prepare_cached("SELECT hours_to FROM horizon")?.query_row([], |row| row.get(0))?;
    Ok(hour.saturating_mul(HOUR))
}

/// Counts of this hour were stored by hour.
pub(crate) fn counted_by_hour(connection: &Connection, hour: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE horizon SET hours_to = ?1 WHERE hours_to < ?1")?
        .execute([hour.saturating_add(1)])?;
    Ok(())
}

/// What a clean-up did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CleanedUp {
    /// The file was too large: minutes are kept from this hour on.
    pub(crate) shortened_to: Option<i64>,
    /// There is more to do at once.
    pub(crate) more: bool,
}

/// Removes what is older than it is kept for, and then as much as the size demands.
pub(crate) fn clean_up(connection: &mut Connection, settings: &Settings, now: i64) -> rusqlite::Result<CleanedUp> {
    let hour = now.div_euclid(HOUR);
    let hours = |kept: Duration| i64::try_from(kept.as_secs()).unwrap_or(i64::MAX) / HOUR;
    let (minutes_kept, hours_kept) = (hours(settings.minutes), hours(settings.hours));
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = horizon(&transaction)?;
    let mut minutes_from = hour.saturating_sub(minutes_kept);
    // Of a new file, everything: what was counted first may be a year of old logs.
    if let (false, Some(oldest)) = (before == NEVER, oldest(&transaction, "minute")?) {
        minutes_from = minutes_from.min(oldest.div_euclid(MINUTES).saturating_add(STEP_HOURS));
    }
    // It may be earlier than before: the clock was wrong, or there was not enough room.
    roll_up(&transaction, minutes_from)?;
    coverage::forget_future(&transaction, now)?;
    let today = minutes_from.saturating_add(minutes_kept).min(hour);
    let hours_from = today.saturating_sub(hours_kept);
    remove_hours(&transaction, hours_from)?;
    forget_generations(&transaction, today.saturating_mul(HOUR).saturating_sub(GENERATIONS))?;
    transaction.commit()?;
    let (shortened_to, still_too_large) = shorten(connection, settings, hour)?;
    let free = give_back(connection)?;
    Ok(CleanedUp { shortened_to, more: still_too_large || free > 0 })
}

/// Makes the oldest minutes into hours until the file is small enough: from which hour on there are minutes, and
/// whether it still is too large.
fn shorten(connection: &mut Connection, settings: &Settings, hour: i64) -> rusqlite::Result<(Option<i64>, bool)> {
    let mut shortened_to = None;
    for _ in 0..STEPS {
        if size(connection)? <= settings.max_bytes {
            return Ok((shortened_to, false));
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match oldest(&transaction, "minute")?.map(|minute| minute.div_euclid(MINUTES)) {
            Some(oldest) if oldest < hour => {
                let minutes_from = oldest.saturating_add(STEP_HOURS).min(hour);
                roll_up(&transaction, minutes_from)?;
                shortened_to = Some(minutes_from);
            }
            _ => match oldest(&transaction, "hour")? {
                Some(oldest) if oldest < hour => {
                    remove_hours(&transaction, oldest.saturating_add(STEP_OLDEST_HOURS).min(hour))?;
                    shortened_to = Some(hour);
                }
                // What is left is names and positions.
                _ => return Ok((shortened_to, false)),
            },
        }
        transaction.commit()?;
    }
    Ok((shortened_to, size(connection)? > settings.max_bytes))
}

fn oldest(connection: &Connection, table: &str) -> rusqlite::Result<Option<i64>> {
    // The index is by series first: one look at each.
    let sql = format!(
        "SELECT min(first) FROM (SELECT (SELECT {table} FROM {table} WHERE series = series.id \
         ORDER BY {table} LIMIT 1) AS first FROM series)"
    );
    connection.query_row(&sql, [], |row| row.get(0))
}

/// Minutes before this hour become hours.
pub(crate) fn roll_up(connection: &Connection, hour: i64) -> rusqlite::Result<()> {
    let before = hour.saturating_mul(MINUTES);
    // By series, so that the index is used.
    let mut series = connection.prepare("SELECT id FROM series")?;
    let series: Vec<i64> = series.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for id in series {
        let last: Option<i64> = connection
            .prepare_cached("SELECT max(minute) FROM minute WHERE series = ? AND minute < ?")?
            .query_row(params![id, before], |row| row.get(0))?;
        let Some(last) = last else { continue };
        counted_by_hour(connection, last.div_euclid(MINUTES))?;
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
    gauge::roll_up(connection, hour)?;
    connection.execute("UPDATE horizon SET hour = ?", [hour])?;
    Ok(())
}

/// Removes hours before this one. That time is not covered any more.
fn remove_hours(connection: &Connection, before: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM hour WHERE hour < ?1 AND series IN (SELECT id FROM series)", [before])?;
    gauge::remove_hours(connection, before)?;
    coverage::trim(connection, before.saturating_mul(HOUR))
}

/// Forgets generations of logs that were complete and not seen since, except each log's newest.
fn forget_generations(connection: &Connection, seen_before: i64) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM generation WHERE complete AND seen < ? \
         AND number < (SELECT max(number) FROM generation AS newer WHERE newer.log = generation.log)",
        [seen_before],
    )?;
    connection.execute(
        "DELETE FROM began WHERE NOT EXISTS (SELECT 1 FROM generation JOIN counter USING (log) \
         WHERE counter.id = began.counter AND generation.number = began.generation)",
        [],
    )?;
    Ok(())
}

/// The size of what is in use, in bytes.
fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let pages = pragma(connection, "page_count")? - pragma(connection, "freelist_count")?;
    Ok(count(pages * pragma(connection, "page_size")?))
}

/// Gives some free pages back to the file system, and says how many are left.
fn give_back(connection: &Connection) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    pragma(connection, "freelist_count")
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
}
