//! The tables, and how an older file becomes one of today.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::current::Identity;
use crate::error::{BUSY, StoreError};
use crate::place::{Trouble, trouble};

/// The steps from each format to the next; a new file takes all of them. A step that was released never changes.
const STEPS: &[&str] = &[include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// How many statements a connection keeps prepared: more than there are.
const STATEMENTS: usize = 64;

/// The format of today.
pub(crate) fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Opens the file for writing, creates it if it is not there, and brings it to the format of today.
///
/// # Errors
/// It cannot be used. One of a newer format is not changed.
pub(crate) fn open(path: &Path) -> Result<Connection, StoreError> {
    let of = |error: rusqlite::Error| StoreError::of(&error, path);
    let connection = Connection::open(path).map_err(of)?;
    connection.busy_timeout(BUSY).map_err(of)?;
    let found = format(&connection).map_err(of)?;
    if found > known() {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: known() });
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    prepare(&connection, found).map_err(of)?;
    Ok(connection)
}

/// Opens the file for reading.
///
/// # Errors
/// It cannot be used, or is not there yet.
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let of = |error: rusqlite::Error| StoreError::of(&error, path);
    if Identity::of(path).is_none() {
        return Err(match trouble(path) {
            Some(Trouble::NoDirectory(directory)) => StoreError::NoDirectory(directory),
            _ => StoreError::Empty(path.to_owned()),
        });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(of)?;
    connection.busy_timeout(BUSY).map_err(of)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    match format(&connection).map_err(of)? {
        found if found == known() => Ok(connection),
        found if found > known() => Err(StoreError::Newer { path: path.to_owned(), found, known: known() }),
        // The writer is about to create it, or to bring it to the format of today.
        _ => Err(StoreError::Empty(path.to_owned())),
    }
}

fn format(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn prepare(connection: &Connection, found: i64) -> rusqlite::Result<()> {
    if found == 0 {
        // Must come before the first table: it is how a deleted minute gives its room back.
        connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL")?;
    }
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // After a loss of power the last commits may be gone. Positions and counts go together, so nothing is miscounted.
    connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -4000")?;
    connection.query_row("PRAGMA journal_size_limit = 16777216", [], |_| Ok(()))?;
    for (number, step) in (1..).zip(STEPS).filter(|(number, _)| *number > found) {
        // Two processes may open a new file at once: the second one finds the step taken.
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let taken = format(connection)? >= number;
        let done = if taken { Ok(()) } else { connection.execute_batch(step) };
        match done.and_then(|()| connection.execute_batch("COMMIT")) {
            Ok(()) => {}
            Err(error) => {
                connection.execute_batch("ROLLBACK").ok();
                return Err(error);
            }
        }
    }
    Ok(())
}
