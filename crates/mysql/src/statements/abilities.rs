//! The features of a server: the statements that find them, and those that depend on them.

use super::text::show;

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

/// Reads what [`Abilities`] need. For positions, only the names matter, because SHOW cuts long values.
pub(crate) fn discover() -> String {
    let names = ["version", "wsrep_on", "wsrep_provider", "group_replication_group_name"];
    show("VARIABLES", names.into_iter().chain(SWITCHES).chain(POSITIONS))
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

/// Reads the variables about positions in one row, each under its own name.
pub(crate) fn positions(abilities: &Abilities) -> String {
    let columns: Vec<String> = abilities.positions.iter().map(|name| format!("@@global.{name} AS {name}")).collect();
    format!("SELECT {}", columns.join(", "))
}
