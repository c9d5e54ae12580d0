//! Which statement reads what on which server.

pub(crate) mod accounts;
pub(crate) mod error_log;
pub(crate) mod indexes;
pub(crate) mod tables;

use std::collections::BTreeSet;

use healthd_core::check::{Settings, TableName};
use healthd_core::observed::server::{Flavor, Server, Version};

/// The switches that exist on a server, and which clusters it may be part of: found once per connection, because
/// naming an unknown `@@variable` fails the whole statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Abilities {
    /// Names of the write switches that exist, in [`SWITCHES`] order.
    pub(crate) switches: Vec<&'static str>,
    /// Whether a wsrep provider is loaded and on.
    pub(crate) wsrep: bool,
    /// Whether a group name is set for Group Replication.
    pub(crate) group: bool,
    /// Names of the variables about positions that exist, in [`POSITIONS`] order.
    pub(crate) positions: Vec<&'static str>,
}

/// The write switches of all servers.
pub(crate) const SWITCHES: [&str; 4] = ["read_only", "super_read_only", "innodb_read_only", "offline_mode"];

/// The variables about positions of all servers; those of semi-sync come and go with its plugin.
pub(crate) const POSITIONS: [&str; 18] = [
    "server_id",
    "server_uuid",
    "log_bin",
    "log_slave_updates",
    "log_replica_updates",
    "gtid_domain_id",
    "gtid_strict_mode",
    "gtid_binlog_state",
    "gtid_slave_pos",
    "gtid_mode",
    "gtid_executed",
    "gtid_purged",
    "rpl_semi_sync_master_timeout",
    "rpl_semi_sync_master_wait_point",
    "rpl_semi_sync_master_wait_no_slave",
    "rpl_semi_sync_source_timeout",
    "rpl_semi_sync_source_wait_point",
    "rpl_semi_sync_source_wait_no_replica",
];

/// Reads what [`Abilities`] are made from. Of the positions only the names count: SHOW cuts long values off.
pub(crate) fn discover() -> String {
    let names = ["version", "wsrep_on", "wsrep_provider", "group_replication_group_name"];
    show("VARIABLES", names.into_iter().chain(SWITCHES).chain(POSITIONS))
}

/// Reads `VARIABLES` or the `STATUS` of these names only: a whole list is 500 rows.
pub(crate) fn show<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> String {
    format!("SHOW GLOBAL {kind} WHERE Variable_name IN ({})", quoted(names))
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}

/// What the rows of [`status_and_variables`] are of.
pub(crate) const OF_STATUS: &str = "status";
/// The others.
pub(crate) const OF_VARIABLES: &str = "variables";

/// Reads both in one statement, each row with what it is of. The performance schema has no `Com_…` among the status variables:
/// <https://dev.mysql.com/doc/refman/8.4/en/performance-schema-status-variable-tables.html>.
pub(crate) fn status_and_variables(
    server: Server,
    status: &BTreeSet<&str>,
    variables: &BTreeSet<&str>,
) -> Option<String> {
    let is_of_statements = |name: &&str| name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("Com_"));
    if schema_of_values(server) == PERFORMANCE && status.iter().any(is_of_statements) {
        return None;
    }
    let schema = schema_of_values(server);
    let of = |kind: &str, table: &str, names: &BTreeSet<&str>| {
        let names = quoted(names.iter().copied());
        format!("SELECT VARIABLE_NAME, VARIABLE_VALUE, '{kind}' FROM {schema}.{table} WHERE VARIABLE_NAME IN ({names})")
    };
    let (status, variables) = (of(OF_STATUS, "global_status", status), of(OF_VARIABLES, "global_variables", variables));
    Some(format!("{status} UNION ALL {variables}"))
}

const PERFORMANCE: &str = "performance_schema";

/// Where a server has status and system variables as tables; every account may read them.
fn schema_of_values(server: Server) -> &'static str {
    const MOVED: Version = Version { major: 5, minor: 7, patch: 6 };
    match server.flavor {
        Flavor::MySql if server.version >= MOVED => PERFORMANCE,
        Flavor::MariaDb | Flavor::MySql => "information_schema",
    }
}

/// Reads the write switches, and on a Galera node what it rejects, in one row.
pub(crate) fn switches(abilities: &Abilities) -> String {
    let mut statement = String::from("SELECT ");
    for switch in &abilities.switches {
        statement.push_str("@@global.");
        statement.push_str(switch);
        statement.push_str(", ");
    }
    statement.push_str(if abilities.wsrep { "@@global.wsrep_reject_queries" } else { "NULL" });
    statement
}

/// Reads every replication channel. MariaDB's plain form shows the default connection only.
pub(crate) fn channels(server: Server) -> &'static str {
    const REPLICAS: Version = Version { major: 10, minor: 5, patch: 2 };
    const REPLICA: Version = Version { major: 8, minor: 0, patch: 22 };
    match server.flavor {
        Flavor::MariaDb if server.version >= REPLICAS => "SHOW ALL REPLICAS STATUS",
        Flavor::MariaDb => "SHOW ALL SLAVES STATUS",
        Flavor::MySql if server.version >= REPLICA => "SHOW REPLICA STATUS",
        Flavor::MySql => "SHOW SLAVE STATUS",
    }
}

/// What lets an account read the channels.
pub(crate) fn channels_grant(server: Server) -> &'static str {
    const SLAVE_MONITOR: Version = Version { major: 10, minor: 5, patch: 2 };
    match server.flavor {
        Flavor::MariaDb if server.version >= SLAVE_MONITOR => "GRANT SLAVE MONITOR ON *.*",
        Flavor::MariaDb | Flavor::MySql => "GRANT REPLICATION CLIENT ON *.*",
    }
}

/// How a server says what came of its sources' heartbeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heartbeats {
    /// In the columns of [`channels`].
    Columns,
    /// In status variables: there is one channel only.
    Status,
    /// In tables, as counts; since MySQL 8 with all the times that are needed.
    Tables {
        /// Whether the time of the last transaction is there too.
        times: bool,
    },
}

/// How this server does.
pub(crate) fn heartbeats_are_in(server: Server) -> Heartbeats {
    const TABLES: Version = Version { major: 5, minor: 7, patch: 0 };
    const TIMES: Version = Version { major: 8, minor: 0, patch: 1 };
    match server.flavor {
        Flavor::MariaDb => Heartbeats::Columns,
        Flavor::MySql if server.version < TABLES => Heartbeats::Status,
        Flavor::MySql => Heartbeats::Tables { times: server.version >= TIMES },
    }
}

/// Whether the server keeps the time of what its channels receive.
pub(crate) fn keeps_times_of_heartbeats(server: Server) -> bool {
    heartbeats_are_in(server) == Heartbeats::Tables { times: true }
}

/// Reads the heartbeats of the only channel.
pub(crate) fn heartbeat_status() -> String {
    show("STATUS", ["Slave_heartbeat_period", "Slave_received_heartbeats"].into_iter())
}

/// Reads the heartbeats of every channel: its name, the period, their count, and how many seconds ago something came. That is not
/// known while a transaction is being received, whose end has no time yet; and it is never longer ago than the
/// receiver runs, for the times of before stay.
pub(crate) fn heartbeat_tables(times: bool) -> String {
    let ago = if times {
        "IF(s.QUEUEING_TRANSACTION = '', LEAST(UNIX_TIMESTAMP(NOW(6)) - NULLIF(GREATEST(\
         IFNULL(UNIX_TIMESTAMP(s.LAST_HEARTBEAT_TIMESTAMP), 0), \
         IFNULL(UNIX_TIMESTAMP(s.LAST_QUEUED_TRANSACTION_END_QUEUE_TIMESTAMP), 0)), 0), \
         IFNULL(t.PROCESSLIST_TIME, 4294967295)), NULL)"
    } else {
        "NULL"
    };
    format!(
        "SELECT s.CHANNEL_NAME, c.HEARTBEAT_INTERVAL, s.COUNT_RECEIVED_HEARTBEATS, {ago} \
         FROM performance_schema.replication_connection_status s \
         JOIN performance_schema.replication_connection_configuration c ON c.CHANNEL_NAME = s.CHANNEL_NAME \
         LEFT JOIN performance_schema.threads t ON t.THREAD_ID = s.THREAD_ID"
    )
}

/// Reads how far a MariaDB has applied what it replicates. SHOW cuts long values off.
pub(crate) const APPLIED: &str = "SELECT @@global.gtid_slave_pos AS gtid_slave_pos, @@global.server_id AS server_id";

/// Reads the errors of a parallel applier's workers.
pub(crate) const FAILED_WORKERS: &str = "SELECT CHANNEL_NAME, LAST_ERROR_NUMBER, LAST_ERROR_MESSAGE \
    FROM performance_schema.replication_applier_status_by_worker WHERE LAST_ERROR_NUMBER <> 0 ORDER BY LAST_ERROR_TIMESTAMP";

/// Reads a heartbeat table as pt-heartbeat makes it: who wrote each row, and how many milliseconds ago. In a zone with
/// daylight saving the local times of one hour a year are ambiguous: `utc` is better.
pub(crate) fn beats(table: &TableName, utc: bool) -> String {
    let now = if utc { "UTC_TIMESTAMP(3)" } else { "NOW(3)" };
    format!("SELECT server_id, TIMESTAMPDIFF(MICROSECOND, ts, {now}) DIV 1000 FROM {table}")
}

/// Reads the state of a Galera node.
pub(crate) const WSREP: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_local_state', \
    'wsrep_cluster_status', 'wsrep_cluster_size')";

/// Whether the table exists that [`GROUP`] reads.
pub(crate) fn may_have_groups(server: Server) -> bool {
    const GROUPS: Version = Version { major: 5, minor: 7, patch: 17 };
    server.flavor == Flavor::MySql && server.version >= GROUPS
}

/// The variable of a group that a server is configured for.
pub(crate) const GROUP_NAME: &str = "group_replication_group_name";

/// Reads this member's state and those of the others.
pub(crate) const GROUP: &str = "SELECT MEMBER_STATE, MEMBER_ID = @@global.server_uuid \
    FROM performance_schema.replication_group_members";

/// What lets an account read the performance schema. Not the tables' names: that of the group's members has an `up` in it, which a
/// failing check's body may not contain.
pub(crate) const PERFORMANCE_SCHEMA_GRANT: &str = "GRANT SELECT ON performance_schema.*";

/// Reads the variables about positions in one row, each under its own name.
pub(crate) fn positions(abilities: &Abilities) -> String {
    let columns: Vec<String> = abilities.positions.iter().map(|name| format!("@@global.{name} AS {name}")).collect();
    format!("SELECT {}", columns.join(", "))
}

/// Reads how long the server runs, with its time, and the state of semi-sync under its old or new names. SHOW STATUS,
/// which reads the same table, has no time in it.
pub(crate) fn position_status(server: Server) -> String {
    let schema = schema_of_values(server);
    format!(
        "SELECT VARIABLE_NAME, VARIABLE_VALUE, UNIX_TIMESTAMP() AS now FROM {schema}.global_status WHERE VARIABLE_NAME IN ('Uptime', \
         'Rpl_semi_sync_master_status', 'Rpl_semi_sync_master_clients', 'Rpl_semi_sync_master_wait_sessions', \
         'Rpl_semi_sync_slave_status', \
         'Rpl_semi_sync_source_status', 'Rpl_semi_sync_source_clients', 'Rpl_semi_sync_source_wait_sessions', \
         'Rpl_semi_sync_replica_status')"
    )
}

/// Reads the end of the binary log and its filters.
pub(crate) fn binlog(server: Server) -> &'static str {
    const BINLOG: Version = Version { major: 10, minor: 5, patch: 2 };
    const BINARY_LOG: Version = Version { major: 8, minor: 2, patch: 0 };
    match server.flavor {
        Flavor::MariaDb if server.version >= BINLOG => "SHOW BINLOG STATUS",
        Flavor::MySql if server.version >= BINARY_LOG => "SHOW BINARY LOG STATUS",
        Flavor::MariaDb | Flavor::MySql => "SHOW MASTER STATUS",
    }
}

/// What lets an account read the binary log's end.
pub(crate) fn binlog_grant(server: Server) -> &'static str {
    const BINLOG_MONITOR: Version = Version { major: 10, minor: 5, patch: 2 };
    match server.flavor {
        Flavor::MariaDb if server.version >= BINLOG_MONITOR => "GRANT BINLOG MONITOR ON *.*",
        Flavor::MariaDb | Flavor::MySql => "GRANT REPLICATION CLIENT ON *.*",
    }
}

/// Reads what this account may do, with what its enabled roles give it. `information_schema` leaves roles out, and lists
/// everybody's privileges to who may read `mysql`.
pub(crate) const GRANTS: &str = "SHOW GRANTS";

/// Reads the process list.
pub(crate) const PROCESSES: &str = "SHOW PROCESSLIST";

/// What lets an account see everybody's.
pub(crate) const PROCESSES_GRANT: &str = "GRANT PROCESS ON *.*";

/// Whether the lock waits are listed by the performance schema; InnoDB's own tables of them are gone then.
pub(crate) fn locks_are_in_performance_schema(server: Server) -> bool {
    server.flavor == Flavor::MySql && server.version >= Version { major: 8, minor: 0, patch: 1 }
}

/// What lets an account read the lock waits. MySQL 8 names one missing privilege after the other.
pub(crate) fn lock_waits_grant(server: Server) -> &'static str {
    match locks_are_in_performance_schema(server) {
        true => "GRANT PROCESS ON *.*; GRANT SELECT ON performance_schema.*",
        false => PROCESSES_GRANT,
    }
}

/// Reads who waits for a row and who has it.
pub(crate) fn lock_waits(server: Server) -> String {
    let (blocker, waits) = if locks_are_in_performance_schema(server) {
        (
            "p.PROCESSLIST_USER, p.PROCESSLIST_COMMAND, p.PROCESSLIST_TIME",
            "performance_schema.data_lock_waits w \
             JOIN information_schema.innodb_trx r ON r.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID \
             JOIN information_schema.innodb_trx b ON b.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID \
             LEFT JOIN performance_schema.threads p ON p.PROCESSLIST_ID = b.trx_mysql_thread_id",
        )
    } else {
        (
            "p.USER, p.COMMAND, p.TIME",
            "information_schema.innodb_lock_waits w \
             JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id \
             JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id \
             LEFT JOIN information_schema.processlist p ON p.ID = b.trx_mysql_thread_id",
        )
    };
    format!(
        "SELECT r.trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, r.trx_wait_started, {MACHINE_NOW}), b.trx_mysql_thread_id, \
         {blocker} FROM {waits}"
    )
}

/// Reads whether there is a performance schema.
pub(crate) const PERFORMANCE_SCHEMA: &str = "SELECT @@global.performance_schema";

/// The status variables that tell the checkpoint's age and its limit: MariaDB's, and MySQL's since 8.0.30.
pub(crate) const REDO_STATUS: [&str; 4] = [
    "Innodb_checkpoint_age",
    "Innodb_checkpoint_max_age",
    "Innodb_redo_log_logical_size",
    "Innodb_redo_log_capacity_resized",
];

/// The size of the redo log's files, where they are of fixed size. MariaDB 10.5 and later has one.
pub(crate) const REDO_FILES: [&str; 2] = ["innodb_log_file_size", "innodb_log_files_in_group"];

/// Reads InnoDB's report.
pub(crate) const ENGINE_STATUS: &str = "SHOW ENGINE INNODB STATUS";

/// What lets an account read a table that was named.
pub(crate) fn table_grant(table: &TableName) -> String {
    format!("GRANT SELECT ON {table}")
}

/// A text as a literal that no character of it can end.
fn hexadecimal(text: &str) -> String {
    let digits = text.bytes().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
    format!("x'{digits}'")
}

/// Counts the new rows of a table, with the age of its newest: all of them, or those of the server that is asked for by name.
pub(crate) fn recent(settings: &Settings) -> String {
    let (table, column, within) = (settings.log_table(), &settings.column, settings.rows_within().as_secs());
    let only = settings.name.as_deref().map(hexadecimal);
    let only = only.map_or_else(String::new, |name| format!(" WHERE server IN ({name}, @@hostname)"));
    // Two, each of which an index of the column answers.
    let also = only.replacen(" WHERE", " AND", 1);
    format!(
        "SELECT (SELECT COUNT(*) FROM {table} WHERE {column} >= NOW() - INTERVAL {within} SECOND{also}), \
         TIMESTAMPDIFF(SECOND, newest, NOW()), newest IS NOT NULL FROM (SELECT MAX({column}) AS newest FROM {table}{only}) t"
    )
}

/// Reads what pt-table-checksum has found, in one row. Its columns:
/// <https://docs.percona.com/percona-toolkit/pt-table-checksum.html>.
pub(crate) fn checksums(settings: &Settings) -> String {
    let table = settings.checksum_table();
    let differs = "(this_cnt <> master_cnt OR this_crc <> master_crc OR (this_crc IS NULL) <> (master_crc IS NULL))";
    format!(
        "SELECT COUNT(*), COUNT(IF({differs}, 1, NULL)), COUNT(DISTINCT IF({differs}, CONCAT(db, '.', tbl), NULL)), \
         MIN(IF({differs}, CONCAT(db, '.', tbl), NULL)), TIMESTAMPDIFF(SECOND, MAX(ts), NOW()) FROM {table}"
    )
}

/// The time now as InnoDB writes times of transactions: in the zone of the machine, not of the session.
const MACHINE_NOW: &str = "CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')";

/// Reads the open transactions of InnoDB.
pub(crate) fn transactions() -> String {
    format!(
        "SELECT trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, trx_started, {MACHINE_NOW}), trx_state = 'LOCK WAIT' \
         FROM information_schema.innodb_trx"
    )
}

/// The counters of InnoDB that not every server has among its status variables: MariaDB's name, and MySQL's.
pub(crate) const INNODB_COUNTERS: [(&str, &str); 2] =
    [("Innodb_history_list_length", "trx_rseg_history_len"), ("Innodb_deadlocks", "lock_deadlocks")];

/// Reads them: the name, the value, and on MySQL whether it counts.
pub(crate) fn innodb_counters(server: Server) -> String {
    match server.flavor {
        Flavor::MariaDb => show("STATUS", INNODB_COUNTERS.iter().map(|(name, _)| *name)),
        Flavor::MySql => {
            let names = quoted(INNODB_COUNTERS.iter().map(|(_, name)| *name));
            format!("SELECT NAME, `COUNT`, STATUS FROM information_schema.innodb_metrics WHERE NAME IN ({names})")
        }
    }
}

/// MySQL 5.6 says that this one of them is enabled, and leaves it at 0 whatever happens.
pub(crate) fn innodb_never_counts(server: Server) -> Option<&'static str> {
    const COUNTS: Version = Version { major: 5, minor: 7, patch: 0 };
    (server.flavor == Flavor::MySql && server.version < COUNTS).then_some("lock_deadlocks")
}
