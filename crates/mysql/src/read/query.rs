//! Runs one SQL statement that a person gives. Its rows and bytes are limited, and the server stops it if the client is
//! gone.

use std::time::Instant;

use healthd_core::observed::failure::{Failure, Stage};
use mysql_async::Error;
use mysql_async::prelude::Queryable as _;
use tokio::time::timeout_at;

use crate::connection::error::{failure, is_too_large};
use crate::connection::limits::{GOODBYE, GUARD_LATER, Limits, guard};
use crate::connection::row::text;
use crate::connection::session::Session;
use crate::login::address::Address;
use crate::login::credentials::Credentials;

/// Limits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How many rows are kept. Further rows are only read.
    pub rows: usize,
    /// The maximum size of a row in bytes.
    pub row: usize,
    /// The maximum size of all rows in bytes, after which the connection is cut.
    pub bytes: usize,
}

/// The first rows of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each with as many cells as there are names; NULL is `None`.
    pub rows: Vec<Vec<Option<String>>>,
}

/// The result of the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It has rows, perhaps none.
    Rows(Rows),
    /// It has a row that is too large.
    TooLarge,
    /// It was executed and returns no rows, like an UPDATE.
    NoRows,
    /// The server refused it.
    Refused {
        /// The server's error number.
        code: u16,
        /// The server's message. It may quote accounts and data, so clean it before you show it.
        text: String,
    },
}

/// Connects, runs the statement in the database of the login, and disconnects properly.
///
/// # Errors
/// No connection, one that broke, or no answer in time.
pub async fn run(
    address: &Address,
    credentials: &Credentials,
    sql: &str,
    bounds: Bounds,
    limits: Limits,
) -> Result<Ran, Failure> {
    let begun = Instant::now();
    let opening = Session::brief(address, credentials, bounds.row);
    let mut session = match timeout_at((begun + limits.login).into(), opening).await {
        Ok(opened) => opened?,
        Err(_) => return Err(Failure::Timeout { stage: Stage::Connect, after: limits.login }),
    };
    let late = Failure::Timeout { stage: Stage::Query, after: limits.total };
    let guarded = guard(session.server(), limits.total.saturating_sub(begun.elapsed()) + GUARD_LATER);
    let running = ask(&mut session, guarded.as_deref(), sql, bounds);
    let (ran, whole) = match timeout_at((begun + limits.total).into(), running).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(Error::Server(server))) if GUARD_FIRED.contains(&server.code) => return Err(late),
        Ok(Err(Error::Server(server))) => (Ran::Refused { code: server.code, text: server.message }, true),
        Ok(Err(error)) if is_too_large(&error) => (Ran::TooLarge, false),
        Ok(Err(error)) => return Err(failure(&error, Stage::Query)),
        // Dropping the session cuts its connection.
        Err(_) => return Err(late),
    };
    if whole {
        session.quit(Instant::now() + GOODBYE).await;
    }
    Ok(ran)
}

/// `max_statement_time` of MariaDB, or `max_execution_time` of MySQL, has passed.
const GUARD_FIRED: [u16; 2] = [1969, 3024];

/// The driver accepts several statements in one text, which the server would execute one after the other. The server
/// prepares only one, and refuses more with its usual error. Most texts do not need this check.
fn may_be_several(sql: &str) -> bool {
    sql.trim_end().trim_end_matches(';').contains(';')
}

/// The result of the statement, and whether the answer was read to its end.
async fn ask(session: &mut Session, guard: Option<&str>, sql: &str, bounds: Bounds) -> Result<(Ran, bool), Error> {
    let conn = session.conn();
    if let Some(guard) = guard {
        match conn.query_drop(guard).await {
            // This server has no such limit, so only our own remains.
            Ok(()) | Err(Error::Server(_)) => {}
            Err(error) => return Err(error),
        }
    }
    if may_be_several(sql) {
        let statement = conn.prep(sql).await?;
        conn.close(statement).await?;
    }
    let mut result = conn.query_iter(sql).await?;
    let columns = result.columns().filter(|columns| !columns.is_empty());
    let Some(columns) = columns else {
        return Ok((Ran::NoRows, true));
    };
    let columns = columns.iter().map(|column| column.name_str().into_owned()).collect();
    let mut read = Rows { columns, rows: Vec::new() };
    let mut bytes = 0;
    while let Some(row) = result.next().await? {
        let row: Vec<Option<String>> = row.unwrap().into_iter().map(text).collect();
        bytes += row.iter().flatten().map(String::len).sum::<usize>();
        if read.rows.len() < bounds.rows {
            read.rows.push(row);
        }
        if bytes > bounds.bytes {
            return Ok((Ran::Rows(read), false));
        }
    }
    // A procedure returns further results, which are not needed.
    let whole = result.is_empty();
    Ok((Ran::Rows(read), whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_with_a_semicolon_inside_may_be_several_statements() {
        for (sql, several) in [
            ("SELECT 1", false),
            ("SELECT 1;", false),
            ("SELECT 1 ;; \n", false),
            ("SELECT 1; SELECT 2", true),
            ("SELECT ';'", true),
        ] {
            assert_eq!(may_be_several(sql), several, "{sql}");
        }
    }
}
