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
}

/// The write switches of all servers.
pub(crate) const SWITCHES: [&str; 4] = ["read_only", "super_read_only", "innodb_read_only", "offline_mode"];

/// Reads what [`Abilities`] are made from.
pub(crate) const DISCOVER: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'read_only', \
    'super_read_only', 'innodb_read_only', 'offline_mode', 'wsrep_on', 'wsrep_provider', \
    'group_replication_group_name')";

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

/// Reads the state of a Galera node.
pub(crate) const WSREP: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_local_state', \
    'wsrep_cluster_status', 'wsrep_cluster_size')";

/// Reads this member's state and those of the others.
pub(crate) const GROUP: &str = "SELECT MEMBER_STATE, MEMBER_ID = @@global.server_uuid \
    FROM performance_schema.replication_group_members";

/// What lets an account read the group's members. Not the table's name: it has an `up` in it, which a failing check's
/// body may not contain.
pub(crate) const GROUP_GRANT: &str = "GRANT SELECT ON performance_schema.*";
