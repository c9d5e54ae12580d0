//! How a check is asked.

use std::time::Duration;

use super::expression::Expression;
use super::table_name::{Identifier, TableName};
use crate::reading::outcome::Outcome;

/// Which time a ratio is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Basis {
    /// Since the run before; the whole time since the server's start as long as there was none.
    #[default]
    Recent,
    /// Since the server's start.
    Lifetime,
}

/// A heartbeat table as pt-heartbeat makes it: with `server_id`, and the time in `ts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatTable {
    /// Which.
    pub table: TableName,
    /// In UTC (`pt-heartbeat --utc`), not in the server's own time.
    pub utc: bool,
}

/// How a check is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which time ratios are about.
    pub basis: Basis,
    /// Only this replication channel.
    pub channel: Option<String>,
    /// The outcome for a server that is not a replica, or is not in a cluster.
    pub not_replica: Outcome,
    /// A replica may take writes, as each of two masters does.
    pub writable: bool,
    /// The heartbeat table that gives the lag.
    pub heartbeat: Option<HeartbeatTable>,
    /// Only this object; what it is depends on the check.
    pub name: Option<String>,
    /// Only tables of this schema.
    pub schema: Option<String>,
    /// Whether a status variable counts as its growth per second since the run before.
    pub rate: bool,
    /// What is asked of variables.
    pub expression: Option<Expression>,
    /// The table that is read, instead of the usual one.
    pub table: Option<TableName>,
    /// Its column with the time of each row.
    pub column: Identifier,
    /// How new a row or a line must be to count, unless as each check has it.
    pub within: Option<Duration>,
    /// How much RAM the server's machine has, in bytes, where it cannot be seen.
    pub ram: Option<u64>,
    /// Statements of this account do not count.
    pub except_user: Option<String>,
    /// For how long after its start a server's ratios are not alerted on.
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
    /// The schema whose tables are selected, also if it is given before a table's name.
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

    /// How new a row of a table of events must be.
    pub fn rows_within(&self) -> Duration {
        self.within.unwrap_or(Duration::from_secs(60))
    }

    /// How long ago pt-table-checksum may have compared anything: it is a job of each week, or month.
    pub fn compared_within(&self) -> Duration {
        self.within.unwrap_or(Duration::from_secs(32 * 86_400))
    }

    /// How new a line of an error log must be.
    pub fn logged_within(&self) -> Duration {
        self.within.unwrap_or(Duration::from_secs(600))
    }
}
