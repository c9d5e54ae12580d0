//! Replication positions: the status of a server and the end of its binary log.

use healthd_core::observed::server::{Flavor, Server, Version};

use super::values::schema_of_values;

/// Reads how long the server has been running, with its time, and the state of semi-sync under its old or new names.
/// SHOW STATUS, which reads the same table, does not show the time.
pub(crate) fn position_status(server: Server) -> String {
    let schema = schema_of_values(server);
    format!(
        "SELECT VARIABLE_NAME, VARIABLE_VALUE, UNIX_TIMESTAMP() AS now FROM {schema}.global_status WHERE VARIABLE_NAME \
         IN ('Uptime', \
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

/// The privilege for reading the end of the binary log.
pub(crate) fn binlog_grant(server: Server) -> &'static str {
    const BINLOG_MONITOR: Version = Version { major: 10, minor: 5, patch: 2 };
    match server.flavor {
        Flavor::MariaDb if server.version >= BINLOG_MONITOR => "GRANT BINLOG MONITOR ON *.*",
        Flavor::MariaDb | Flavor::MySql => "GRANT REPLICATION CLIENT ON *.*",
    }
}
