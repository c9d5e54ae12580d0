//! The generations of a log and what counters have counted of them.

use healthd_core::samples::source::{Generation, Position};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::rows::{count, signed};

/// How far a log was read; `None` if nothing is stored.
pub(crate) fn load(connection: &Connection, log: i64) -> rusqlite::Result<Option<Position>> {
    let kind: Option<(bool, Option<String>)> = connection
        .prepare_cached("SELECT is_journal, cursor FROM log WHERE id = ?")?
        .query_row([log], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(match kind {
        None => None,
        Some((true, cursor)) => Some(Position::Journal(cursor)),
        Some((false, _)) => Some(Position::Files(generations(connection, log)?)),
    })
}

fn generations(connection: &Connection, log: i64) -> rusqlite::Result<Vec<Generation>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, device, inode, head, tail, position, inside_long_line, complete, seen \
         FROM generation WHERE log = ? ORDER BY number",
    )?;
    let rows = statement.query_map([log], |row| {
        Ok(Generation {
            id: row.get(0)?,
            device: row.get::<_, i64>(1)?.cast_unsigned(),
            inode: row.get::<_, i64>(2)?.cast_unsigned(),
            head: row.get(3)?,
            tail: row.get(4)?,
            position: count(row.get(5)?),
            inside_long_line: row.get(6)?,
            complete: row.get(7)?,
            seen: row.get(8)?,
        })
    })?;
    rows.collect()
}

/// Stores a new position. Generations that are not named stay as they are.
pub(crate) fn store(connection: &Connection, log: i64, position: &Position) -> rusqlite::Result<()> {
    match position {
        Position::Journal(cursor) => {
            connection
                .prepare_cached("UPDATE log SET is_journal = 1, cursor = ? WHERE id = ?")?
                .execute(params![cursor, log])?;
        }
        Position::Files(generations) => {
            let mut statement = connection.prepare_cached(
                "INSERT OR REPLACE INTO generation \
                 (log, number, device, inode, head, tail, position, inside_long_line, complete, seen) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?;
            for of in generations {
                statement.execute(params![
                    log,
                    of.id,
                    of.device.cast_signed(),
                    of.inode.cast_signed(),
                    of.head,
                    of.tail,
                    signed(of.position),
                    of.inside_long_line,
                    of.complete,
                    of.seen,
                ])?;
            }
        }
    }
    Ok(())
}
