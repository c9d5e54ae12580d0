//! Galera and Group Replication.

use healthd_core::observed::server::{Flavor, Server, Version};

/// Reads the state of a Galera node.
pub(crate) const WSREP: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_local_state', \
    'wsrep_cluster_status', 'wsrep_cluster_size')";

/// Whether the table for [`GROUP`] exists.
pub(crate) fn may_have_groups(server: Server) -> bool {
    const GROUPS: Version = Version { major: 5, minor: 7, patch: 17 };
    server.flavor == Flavor::MySql && server.version >= GROUPS
}

/// The variable with the name of the configured group.
pub(crate) const GROUP_NAME: &str = "group_replication_group_name";

/// Reads this member's state and those of the others.
pub(crate) const GROUP: &str = "SELECT MEMBER_STATE, MEMBER_ID = @@global.server_uuid \
    FROM performance_schema.replication_group_members";
