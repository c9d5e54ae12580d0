//! Where a server's errors are, and what they are.

use std::time::Duration;

use healthd_core::facts::error_log::cleaned;
use healthd_core::facts::{ErrorLog, Logged};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::observed::server::{Flavor, Server, Version};

use super::entry::{Entry, Round, Several, Variables};
use crate::decode::columns::{TextRow, cell, is_on};
use crate::statements::{PERFORMANCE_SCHEMA, PERFORMANCE_SCHEMA_GRANT};

pub(super) const ENTRIES: &[&dyn Entry] = &[&Several::<ErrorLog> {
    read: |round| Box::pin(error_log(round)),
    variables: Variables { status: &[], system: &[] },
    is_long: false,
}];

/// The table of errors. If a server has none, or nothing was ever written to it, the errors are in a file.
async fn error_log(round: &mut Round<'_>) -> Result<Section<ErrorLog>, Failure> {
    if is_in_table(round.request.server) {
        let statement = table(round.request.settings.logged_within());
        let rows = round.session.section(&statement, PERFORMANCE_SCHEMA_GRANT).await?;
        match rows.and_then(|rows| decode_table(&rows)) {
            Ok(None) => {}
            Ok(Some(logged)) => return Ok(Ok(ErrorLog::Table(logged))),
            // A privilege on a feature that is switched off would not help: then the errors are in a file.
            Err(why) => {
                let rows = round.session.section(PERFORMANCE_SCHEMA, "").await?;
                if !rows.is_ok_and(|rows| !is_on(&rows, 0)) {
                    return Ok(Err(why));
                }
            }
        }
    }
    let rows = round.session.section(AHEAD, "").await?;
    Ok(rows.and_then(|rows| ahead(&rows)))
}

/// Whether the server has a table of errors.
fn is_in_table(server: Server) -> bool {
    server.flavor == Flavor::MySql && server.version >= Version { major: 8, minor: 0, patch: 22 }
}

/// Counts new errors, warnings and traces of crashes, in one row with the age and the text of the newest error. Each
/// trace occurs at most once for one crash. The first number counts all rows, new or not. The column before the text is
/// 1 if the table had no room for all of them.
fn table(within: Duration) -> String {
    let new = format!("LOGGED >= NOW() - INTERVAL {} SECOND", within.as_secs());
    let count = |what: &str| format!("COALESCE(SUM({new} AND {what}), 0)");
    let crashes = [
        "DATA LIKE '%mysqld got signal %' AND ERROR_CODE = 'MY-013951'",
        "DATA LIKE 'Starting XA crash recovery%'",
        "DATA LIKE 'Database was not shutdown normally%'",
    ];
    let crashes: Vec<String> = crashes.iter().map(|mark| count(mark)).collect();
    let (errors, warnings) = (count("PRIO = 'Error'"), count("PRIO = 'Warning'"));
    format!(
        "SELECT COUNT(*), {errors}, {warnings}, GREATEST({}), \
         TIMESTAMPDIFF(SECOND, MAX(IF({new} AND PRIO = 'Error', LOGGED, NULL)), NOW()), \
         MIN(LOGGED) > NOW() - INTERVAL {} SECOND AND (SELECT VARIABLE_VALUE + 0 FROM performance_schema.global_status \
         WHERE VARIABLE_NAME = 'Error_log_expired_events') > 0, \
         (SELECT DATA FROM performance_schema.error_log WHERE {new} AND PRIO = 'Error' ORDER BY LOGGED DESC LIMIT 1) \
         FROM performance_schema.error_log",
        crashes.join(", "),
        within.as_secs(),
    )
}

/// The row of [`table`]; `None` for an empty table.
fn decode_table(rows: &[TextRow]) -> Section<Option<Logged>> {
    let read = |row: &TextRow| {
        let number = |at| cell(row, at)?.parse::<u64>().ok();
        let newest = match (cell(row, 4), cell(row, 6)) {
            // A clock was set back.
            (Some(age), Some(text)) => {
                let age = u64::try_from(age.parse::<i64>().ok()?).unwrap_or_default();
                Some((Duration::from_secs(age), cleaned(text)))
            }
            _ => None,
        };
        let logged = Logged {
            place: "performance_schema.error_log".to_owned(),
            errors: number(1)?,
            warnings: number(2)?,
            crashes: number(3)?,
            newest,
            cut: cell(row, 5) == Some("1"),
        };
        Some((number(0)? > 0).then_some(logged))
    };
    rows.first().and_then(read).ok_or(Unreadable::NotUnderstood { what: "the counts of its rows" })
}

/// Reads how many seconds the machine's local time is ahead of UTC, whatever the time zone of the session is.
const AHEAD: &str = "SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM'))";

/// The row of [`AHEAD`].
fn ahead(rows: &[TextRow]) -> Section<ErrorLog> {
    let ahead = rows.first().and_then(|row| cell(row, 0)?.parse().ok());
    ahead.map(|ahead| ErrorLog::File { ahead }).ok_or(Unreadable::NotUnderstood { what: "the server's time zone" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[Option<&str>]) -> Vec<TextRow> {
        vec![cells.iter().map(|cell| (String::new(), cell.map(str::to_owned))).collect()]
    }

    #[test]
    fn counts_are_numbers_and_an_empty_table_is_none() {
        let cells = |all, age, newest| row(&[Some(all), Some("2"), Some("3"), Some("1"), age, Some("1"), newest]);
        let logged =
            decode_table(&cells("90", Some("-1"), Some("Error 'x' on\nquery"))).expect("understood").expect("rows");
        assert_eq!((logged.errors, logged.warnings, logged.crashes, logged.cut), (2, 3, 1, true));
        assert_eq!(logged.newest, Some((Duration::ZERO, "Error '..' on query".to_owned())));
        assert_eq!(decode_table(&cells("90", None, None)).expect("understood").expect("rows").newest, None);
        assert_eq!(decode_table(&cells("0", None, None)), Ok(None));
        for rows in [Vec::new(), row(&[None; 7]), cells("x", None, None), cells("1", Some("x"), Some("y"))] {
            assert!(decode_table(&rows).is_err(), "{rows:?}");
        }
        assert_eq!(ahead(&row(&[Some("-12600")])), Ok(ErrorLog::File { ahead: -12_600 }));
        assert!(ahead(&row(&[None])).is_err() && ahead(&[]).is_err());
    }
}
