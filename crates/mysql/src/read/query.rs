//! One SQL text that a person gives, run once: its rows and bytes are limited, and the server stops it if the client is gone.

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

/// How much of an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// So many rows are kept, further ones only read.
    pub rows: usize,
    /// A row with more bytes is not read.
    pub row: usize,
    /// After so many bytes of all rows the connection is cut.
    pub bytes: usize,
}

/// The first rows of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each as long as the names; NULL is `None`.
    pub rows: Vec<Vec<Option<String>>>,
}

/// What became of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It has rows, even if none came.
    Rows(Rows),
    /// It has a row with more bytes than are read.
    TooLarge,
    /// It was executed and has no rows, as an UPDATE.
    NoRows,
    /// The server refuses it.
    Refused {
        /// The server's error number.
        code: u16,
        /// The server's words, which may quote accounts and data: to be cleaned before they are shown.
        text: String,
    },
}

/// Connects, runs the text in the login's database, and says goodbye.
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
        // Dropped, the session cuts its connection.
        Err(_) => return Err(late),
    };
    if whole {
        session.quit(Instant::now() + GOODBYE).await;
    }
    Ok(ran)
}

/// `max_statement_time` of MariaDB and `max_execution_time` of MySQL have passed.
const GUARD_FIRED: [u16; 2] = [1969, 3024];

/// The driver lets one text be several statements, which its connection would execute one after the other. The server
/// prepares only one, and refuses the others with its usual error. Most texts need not be asked about.
fn may_be_several(sql: &str) -> bool {
    sql.trim_end().trim_end_matches(';').contains(';')
}

/// What became of the text, and whether the answer was read to its end.
async fn ask(session: &mut Session, guard: Option<&str>, sql: &str, bounds: Bounds) -> Result<(Ran, bool), Error> {
    let conn = session.conn();
    if let Some(guard) = guard {
        match conn.query_drop(guard).await {
            // A server without it: our own limit remains.
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
    // A procedure has further results, which are not needed.
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
