//! Statements about the error log.

use std::time::Duration;

use healthd_core::observed::server::{Flavor, Server, Version};

/// Whether the server has a table of its errors.
pub(crate) fn is_in_table(server: Server) -> bool {
    server.flavor == Flavor::MySql && server.version >= Version { major: 8, minor: 0, patch: 22 }
}

/// Counts the errors, the warnings and the marks of crashes that are new, in one row with the age and the text of the newest error.
/// A crash is told in several ways, each time once. The first number is that of all rows, new or not; before the text is 1
/// where the table had no room for all of them.
pub(crate) fn table(within: Duration) -> String {
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

/// Reads by how many seconds the machine's local time is ahead of UTC, whatever the session's time zone is.
pub(crate) const AHEAD: &str =
    "SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM'))";
