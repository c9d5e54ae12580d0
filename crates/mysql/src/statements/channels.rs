//! Replication channels, their receivers and heartbeat tables.

use healthd_core::check::TableName;
use healthd_core::observed::server::{Flavor, Server, Version};

use super::text::show;

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

/// The privilege for reading the channels.
pub(crate) fn channels_grant(server: Server) -> &'static str {
    const SLAVE_MONITOR: Version = Version { major: 10, minor: 5, patch: 2 };
    match server.flavor {
        Flavor::MariaDb if server.version >= SLAVE_MONITOR => "GRANT SLAVE MONITOR ON *.*",
        Flavor::MariaDb | Flavor::MySql => "GRANT REPLICATION CLIENT ON *.*",
    }
}

/// Where a server counts the heartbeats of its sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeartbeatSource {
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

/// Where this server counts them.
pub(crate) fn heartbeats_are_in(server: Server) -> HeartbeatSource {
    const TABLES: Version = Version { major: 5, minor: 7, patch: 0 };
    const TIMES: Version = Version { major: 8, minor: 0, patch: 1 };
    match server.flavor {
        Flavor::MariaDb => HeartbeatSource::Columns,
        Flavor::MySql if server.version < TABLES => HeartbeatSource::Status,
        Flavor::MySql => HeartbeatSource::Tables { times: server.version >= TIMES },
    }
}

/// Whether the server records when something arrives on its channels.
pub(crate) fn keeps_times_of_heartbeats(server: Server) -> bool {
    heartbeats_are_in(server) == HeartbeatSource::Tables { times: true }
}

/// Reads the heartbeats of the only channel.
pub(crate) fn heartbeat_status() -> String {
    show("STATUS", ["Slave_heartbeat_period", "Slave_received_heartbeats"].into_iter())
}

/// Reads the heartbeats of every channel: its name, the period, their count, and how many seconds ago something
/// arrived. The last one is unknown while a transaction is being received, because its end has no time yet. It is never
/// longer than the receiver has been running, because older times stay.
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

/// Reads how far a MariaDB has applied what it replicates. SHOW cuts long values.
pub(crate) const APPLIED: &str = "SELECT @@global.gtid_slave_pos AS gtid_slave_pos, @@global.server_id AS server_id";

/// Reads the errors of a parallel applier's workers.
pub(crate) const FAILED_WORKERS: &str = "SELECT CHANNEL_NAME, LAST_ERROR_NUMBER, LAST_ERROR_MESSAGE \
    FROM performance_schema.replication_applier_status_by_worker WHERE LAST_ERROR_NUMBER <> 0 \
    ORDER BY LAST_ERROR_TIMESTAMP";

/// Reads a heartbeat table of pt-heartbeat: which server wrote each row, and how many milliseconds ago. In a time zone
/// with daylight saving, the local times of one hour a year are ambiguous: `utc` is better.
pub(crate) fn heartbeat_rows(table: &TableName, utc: bool) -> String {
    let now = if utc { "UTC_TIMESTAMP(3)" } else { "NOW(3)" };
    format!("SELECT server_id, TIMESTAMPDIFF(MICROSECOND, ts, {now}) DIV 1000 FROM {table}")
}
