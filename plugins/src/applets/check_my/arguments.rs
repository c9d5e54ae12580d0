//! The command line of `check_my`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser};
use healthd_core::check::{Identifier, TableName};
use healthd_core::reading::outcome::Outcome;
use healthd_core::verdict::role::Role;

use crate::applets::options;
use crate::applets::shared_args::{OutputArgs, ThresholdArgs};
use crate::asking::login::LoginArgs;
use crate::daemon::Daemon;

pub(in crate::applets) const NAME: &str = "check_my";
/// The name of the roll-up of the standard checks.
pub(in crate::applets) const HEALTH: &str = "health";
/// The name of the check with a statement of the user.
pub(in crate::applets) const SQL: &str = "sql";
/// The overall timeout of every check but `sql`.
const TIMEOUT: Duration = Duration::from_secs(9);

const EXAMPLES: &str = "\
Examples:
  check_my --list                            every check, its default thresholds
  check_my replica --help                    what this check measures and needs
  check_my health -H db1                     the standard checks at once
  check_my threads-running -H db1 -w 20 -c 50
  check_my status -H db1 --name Threads_connected/max_connections% -w 80 -c 95
  check_my sql -H db1 --query 'SELECT COUNT(*) FROM shop.orders' -w 10
  check_my replica -H db2 -v                 threads, lag, heartbeats, filters
  check_my replica-lag -H db2 --channel dc2 -w 10 -c 60
  check_my connections --defaults-file /etc/healthd/monitoring.cnf
  check_my health -H db1 --output json       for a program: one object
  check_my health --daemon                   the verdict of the local healthd
  check_my health --daemon http://db1:31337 -P 3306      of another healthd
  check_my backup-age --name /var/backups/mysql          files, no server

Ranges: 10 (alert outside 0 to 10), 10: (below 10), ~:10 (above 10),
10:20 (outside), @10:20 (inside).
Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; also 3 for wrong usage,
this help and the version.";

/// Check a MySQL or MariaDB server for Nagios, Icinga, NRPE and similar systems.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = EXAMPLES, allow_negative_numbers = true, max_term_width = 80)]
pub(super) struct Arguments {
    /// The check; --list prints all of them
    #[arg(required_unless_present = "list", value_name = "CHECK")]
    pub(super) check: Option<String>,
    /// Print every check
    #[arg(long)]
    pub(super) list: bool,
    #[command(flatten)]
    pub(super) thresholds: ThresholdArgs,
    /// Overall timeout (check_nrpe gives up after 10 s) [default: 9; of sql: 59]
    #[arg(short, long, value_name = "TIME", value_parser = options::time)]
    pub(super) timeout: Option<Duration>,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) login: LoginArgs,
    /// State to report when the login is refused
    #[arg(long, value_name = "STATE", default_value = "critical", value_parser = options::outcome)]
    pub(super) auth_state: Outcome,
    /// Check only this replication channel
    #[arg(help_heading = "Replication", long, visible_alias = "connection", value_name = "NAME")]
    pub(super) channel: Option<String>,
    /// State of a server without a replication source, or without a cluster [default: warning; in health: ok]
    #[arg(help_heading = "Replication", long, value_name = "STATE", value_parser = options::outcome)]
    pub(super) not_replica: Option<Outcome>,
    /// Allow a replica to be writable: it is one of two masters
    #[arg(help_heading = "Replication", long)]
    pub(super) writable: bool,
    /// Take the lag of `replica` from the age of the row that pt-heartbeat writes to this table
    #[arg(help_heading = "Replication", long, value_name = "DB.TABLE")]
    pub(super) heartbeat_table: Option<TableName>,
    /// Read the times of the heartbeat table as UTC (pt-heartbeat --utc)
    #[arg(help_heading = "Replication", long, requires = "heartbeat_table")]
    pub(super) heartbeat_utc: bool,
    /// Judge ratios since the server's start instead of since the previous run
    #[arg(help_heading = "Rates and ratios", long)]
    pub(super) lifetime: bool,
    /// Do not alert on ratios for this long after the server's start
    #[arg(help_heading = "Rates and ratios", long, value_name = "TIME", default_value = "10m")]
    #[arg(value_parser = options::time)]
    pub(super) warm_up: Duration,
    /// Check only this object (its kind depends on the check; with --daemon an instance)
    #[arg(help_heading = "Selection", long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Check only tables of this schema
    #[arg(help_heading = "Selection", long, visible_alias = "database", value_name = "NAME")]
    pub(super) schema: Option<String>,
    /// Judge the growth of a status variable per second since the previous run
    #[arg(help_heading = "Rates and ratios", long)]
    pub(super) rate: bool,
    /// The table of rows-since and replica-checksum
    #[arg(help_heading = "Selection", long, value_name = "SCHEMA.TABLE")]
    pub(super) table: Option<TableName>,
    /// The column with the time of each row
    #[arg(help_heading = "Selection", long, value_name = "NAME")]
    pub(super) column: Option<Identifier>,
    /// Count rows or log lines up to this age, or accept results of pt-table-checksum up to this age
    /// [default: 1m; of errorlog: 10m; of replica-checksum: 32d]
    #[arg(help_heading = "Selection", long, value_name = "TIME", value_parser = options::time)]
    pub(super) within: Option<Duration>,
    /// RAM of the server's machine, for memory: 64G [default: read on the server's own machine]
    #[arg(help_heading = "Selection", long, value_name = "SIZE", value_parser = options::size)]
    pub(super) ram: Option<u64>,
    /// Keep separate counters for services that run the same check at different intervals
    #[arg(help_heading = "Rates and ratios", long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(super) tag: String,
    /// Directory for the counters between runs
    #[arg(help_heading = "Rates and ratios", long, value_name = "DIR")]
    pub(super) state_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(super) sql: SqlArgs,
    #[command(flatten)]
    pub(super) daemon: DaemonArgs,
}

impl Arguments {
    /// The overall timeout of a check other than `sql`.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT)
    }
}

/// The options of `sql` only.
#[derive(Debug, Args)]
#[command(next_help_heading = "sql: a statement of your own")]
pub(super) struct SqlArgs {
    /// One statement, also %-encoded for NRPE (SELECT%20COUNT%28%2A%29...); it runs in --schema for at most 59 s
    #[arg(long, value_name = "SQL", allow_hyphen_values = true)]
    pub(super) query: Option<String>,
    /// State to report when the statement returns no row [default: unknown]
    #[arg(long, value_name = "STATE", value_parser = options::outcome)]
    pub(super) no_row: Option<Outcome>,
}

impl SqlArgs {
    /// The first of these options on the command line.
    pub(super) fn given(&self) -> Option<&'static str> {
        let no_row = self.no_row.map(|_| "--no-row");
        self.query.as_ref().map(|_| "--query").or(no_row)
    }
}

/// The options of `--daemon`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Asking healthd")]
pub(super) struct DaemonArgs {
    /// health: ask the local healthd, or the one at this URL or socket, instead of the server
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    pub(super) daemon: Option<Daemon>,
    /// Judge only this role: any, reader, writer or galera; down is CRITICAL
    #[arg(long, value_name = "ROLE")]
    pub(super) role: Option<Role>,
    /// Limit the lag of the reader role, instead of healthd's own limit
    #[arg(long, value_name = "TIME", value_parser = options::time)]
    pub(super) max_lag: Option<Duration>,
}

impl DaemonArgs {
    /// The first option that needs `--daemon`, if that is missing.
    pub(super) fn without_daemon(&self) -> Option<&'static str> {
        let others = self.role.map(|_| "--role").or(self.max_lag.map(|_| "--max-lag"));
        others.filter(|_| self.daemon.is_none())
    }
}
