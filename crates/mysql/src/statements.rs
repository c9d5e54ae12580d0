//! Which statement reads what on which server.

use healthd_core::server::{Flavor, Server, Version};

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
pub(crate) fn show(kind: &str, names: impl Iterator<Item = &'static str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    format!("SHOW GLOBAL {kind} WHERE Variable_name IN ({})", quoted.join(", "))
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

/// What lets an account read those tables. Not their names: see [`GROUP_GRANT`].
pub(crate) const HEARTBEAT_TABLES_GRANT: &str = "GRANT SELECT ON performance_schema.*";

/// Reads how far a MariaDB has applied what it replicates. SHOW cuts long values off.
pub(crate) const APPLIED: &str = "SELECT @@global.gtid_slave_pos AS gtid_slave_pos, @@global.server_id AS server_id";

/// Reads a heartbeat table as pt-heartbeat makes it: who wrote each row, and how many milliseconds ago. In a zone with
/// daylight saving the local times of one hour a year are ambiguous: `utc` is better.
pub(crate) fn beats(table: &str, utc: bool) -> String {
    let now = if utc { "UTC_TIMESTAMP(3)" } else { "NOW(3)" };
    format!("SELECT server_id, TIMESTAMPDIFF(MICROSECOND, ts, {now}) DIV 1000 FROM {table}")
}

/// What lets an account read the heartbeat table.
pub(crate) const BEATS_GRANT: &str = "GRANT SELECT ON the heartbeat table";

/// Reads the state of a Galera node.
pub(crate) const WSREP: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_local_state', \
    'wsrep_cluster_status', 'wsrep_cluster_size')";

/// Whether the table exists that [`GROUP`] reads.
pub(crate) fn may_have_groups(server: Server) -> bool {
    const GROUPS: Version = Version { major: 5, minor: 7, patch: 17 };
    server.flavor == Flavor::MySql && server.version >= GROUPS
}

/// Reads this member's state and those of the others.
pub(crate) const GROUP: &str = "SELECT MEMBER_STATE, MEMBER_ID = @@global.server_uuid \
    FROM performance_schema.replication_group_members";

/// What lets an account read the group's members. Not the table's name: it has an `up` in it, which a failing check's
/// body may not contain.
pub(crate) const GROUP_GRANT: &str = "GRANT SELECT ON performance_schema.*";

/// Reads the variables about positions in one row, each under its own name.
pub(crate) fn positions(abilities: &Abilities) -> String {
    let columns: Vec<String> = abilities.positions.iter().map(|name| format!("@@global.{name} AS {name}")).collect();
    format!("SELECT {}", columns.join(", "))
}

/// Reads how long the server runs, with its time, and the state of semi-sync under its old or new names. SHOW STATUS,
/// which reads the same table, has no time in it.
pub(crate) fn position_status(server: Server) -> String {
    const MOVED: Version = Version { major: 5, minor: 7, patch: 6 };
    let table = match server.flavor {
        Flavor::MySql if server.version >= MOVED => "performance_schema.global_status",
        Flavor::MariaDb | Flavor::MySql => "information_schema.global_status",
    };
    format!(
        "SELECT VARIABLE_NAME, VARIABLE_VALUE, UNIX_TIMESTAMP() AS now FROM {table} WHERE VARIABLE_NAME IN ('Uptime', \
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

/// What lets an account see every table.
pub(crate) const TABLES_GRANT: &str = "GRANT SELECT ON *.*";

/// Reads the sizes of base tables; the server's own schemas are not the business of who asks.
pub(crate) const TABLES: &str = "SELECT TABLE_SCHEMA, TABLE_NAME, DATA_LENGTH, DATA_FREE FROM information_schema.TABLES \
    WHERE TABLE_TYPE = 'BASE TABLE' \
    AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')";

/// Reads the open transactions of InnoDB.
pub(crate) const TRANSACTIONS: &str = "SELECT trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, trx_started, NOW()), \
    trx_state = 'LOCK WAIT' FROM information_schema.innodb_trx";

/// Reads what InnoDB counts that MySQL has in a table only, under MariaDB's names. One that is switched off is left out, for its
/// number stands still; MySQL 5.6 leaves that of the deadlocks at 0.
pub(crate) fn innodb_counters(server: Server) -> String {
    const DEADLOCKS: Version = Version { major: 5, minor: 7, patch: 0 };
    match server.flavor {
        Flavor::MariaDb => show("STATUS", ["Innodb_history_list_length", "Innodb_deadlocks"].into_iter()),
        Flavor::MySql => {
            let deadlocks = if server.version >= DEADLOCKS { ", 'lock_deadlocks'" } else { "" };
            format!(
                "SELECT IF(NAME = 'lock_deadlocks', 'Innodb_deadlocks', 'Innodb_history_list_length'), `COUNT` \
                 FROM information_schema.innodb_metrics WHERE NAME IN ('trx_rseg_history_len'{deadlocks}) \
                 AND STATUS = 'enabled'"
            )
        }
    }
}
