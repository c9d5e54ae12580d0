//! The settings of a check.

use std::time::Duration;

use super::expression::Expression;
use super::table_name::{Identifier, TableName};
use crate::reading::outcome::Outcome;

/// The time that a ratio covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Basis {
    /// Since the previous run; since the server's start if there was none.
    #[default]
    Recent,
    /// Since the server's start.
    Lifetime,
}

/// A heartbeat table of pt-heartbeat, with `server_id`, and the time in `ts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatTable {
    /// The table.
    pub table: TableName,
    /// Whether its times are in UTC (`pt-heartbeat --utc`), not in the server's time zone.
    pub utc: bool,
}

/// The settings of a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The time that ratios cover.
    pub basis: Basis,
    /// Only this replication channel.
    pub channel: Option<String>,
    /// The outcome for a server that is not a replica, or is not in a cluster.
    pub not_replica: Outcome,
    /// Whether a replica may be writable, like each of two masters.
    pub writable: bool,
    /// The heartbeat table whose age is the lag.
    pub heartbeat: Option<HeartbeatTable>,
    /// Only this object. Its kind depends on the check.
    pub name: Option<String>,
    /// Only tables of this schema.
    pub schema: Option<String>,
    /// Whether a status variable counts as its growth per second since the previous run.
    pub rate: bool,
    /// The expression of the check `status`.
    pub expression: Option<Expression>,
    /// The table to read instead of the usual one.
    pub table: Option<TableName>,
    /// Its column with the time of each row.
    pub column: Identifier,
    /// The maximum age of a row or a line that counts; `None` for the default of the check.
    pub within: Option<Duration>,
    /// RAM of the server's machine in bytes, if it cannot be read.
    pub ram: Option<u64>,
    /// Statements of this account do not count.
    pub except_user: Option<String>,
    /// How long after its start the ratios of a server do not alert.
    pub warm_up: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            basis: Basis::Recent,
            channel: None,
            not_replica: Outcome::Warning,
            writable: false,
            heartbeat: None,
            name: None,
            schema: None,
            rate: false,
            expression: None,
            table: None,
            column: Identifier::ts(),
            within: None,
            ram: None,
            except_user: None,
            warm_up: Duration::from_secs(600),
        }
    }
}

impl Settings {
    /// The schema whose tables are selected, also if it precedes the name of a table.
    pub fn of_schema(&self) -> Option<&str> {
        self.schema.as_deref().or_else(|| Some(self.name.as_deref()?.split_once('.')?.0))
    }

    /// The table of events that is read.
    pub fn log_table(&self) -> TableName {
        self.table.clone().unwrap_or_else(TableName::deadlocks)
    }

    /// The table of pt-table-checksum.
    pub fn checksum_table(&self) -> TableName {
        self.table.clone().unwrap_or_else(TableName::checksums)
    }

    /// The maximum age of a row in a table of events.
    pub fn rows_within(&self) -> Duration {
        self.within.unwrap_or(Duration::from_secs(60))
    }

    /// The maximum age of the last comparison by pt-table-checksum, which runs every week or month.
    pub fn compared_within(&self) -> Duration {
        self.within.unwrap_or(Duration::from_secs(32 * 86_400))
    }

    /// The maximum age of a line in an error log.
    pub fn logged_within(&self) -> Duration {
        self.within.unwrap_or(Duration::from_secs(600))
    }
}
