//! The list of checks, and nothing else: each is a file.

mod aria;
mod auto_increment;
mod backup_age;
mod binlog_cache;
mod buffer_pool_size;
mod bufferpool_hitrate;
mod bufferpool_wait_free;
mod clients_aborted;
mod cluster;
mod connection_time;
mod connections;
mod connects_aborted;
mod datadir_owner;
mod deadlocks;
mod deleted_files;
mod dirty_pages;
mod errorlog;
mod galera;
mod group_replication;
mod history_list;
mod idle_blocker;
mod index_usage;
mod joins;
mod keycache_hitrate;
mod log_waits;
mod long_queries;
mod memory;
mod named_table;
mod no_primary_key;
mod oldest_transaction;
mod open_files;
mod pidfile;
mod ping;
mod processlist_states;
mod qcache_hitrate;
mod qcache_lowmem_prunes;
mod query_cache;
mod rate;
mod read_only;
mod redo_log;
mod replica;
mod replica_checksum;
mod replica_io_running;
mod replica_lag;
mod replica_running;
mod replica_sql_running;
mod replica_threads;
mod row_locks;
mod rows_since;
mod share;
mod sizes;
mod slow_queries;
mod sorts;
mod status;
mod table_definition_cache;
mod table_fragmentation;
mod table_lock_contention;
mod tablecache_hitrate;
mod threadcache_hitrate;
mod threads_cached;
mod threads_connected;
mod threads_created;
mod threads_running;
mod tls;
mod tmp_disk_tables;
mod traffic;
mod unused_indexes;
mod uptime;
mod user_connections;
mod users;
mod version;

use crate::check::{Check, Mode};

/// Every check, in the order in which people read the list.
pub const ALL: &[&Check] = &[
    &ping::CHECK,
    &connection_time::CHECK,
    &uptime::CHECK,
    &version::CHECK,
    &errorlog::CHECK,
    &replica::CHECK,
    &replica_lag::CHECK,
    &replica_running::CHECK,
    &replica_io_running::CHECK,
    &replica_sql_running::CHECK,
    &read_only::CHECK,
    &replica_checksum::CHECK,
    &galera::CHECK,
    &group_replication::CHECK,
    &bufferpool_hitrate::CHECK,
    &buffer_pool_size::CHECK,
    &bufferpool_wait_free::CHECK,
    &dirty_pages::CHECK,
    &log_waits::CHECK,
    &redo_log::CHECK,
    &row_locks::CHECK,
    &idle_blocker::CHECK,
    &history_list::CHECK,
    &oldest_transaction::CHECK,
    &deadlocks::CHECK,
    &connections::CHECK,
    &user_connections::CHECK,
    &processlist_states::CHECK,
    &threads_connected::CHECK,
    &threads_running::CHECK,
    &threads_cached::CHECK,
    &threads_created::CHECK,
    &threadcache_hitrate::CHECK,
    &connects_aborted::CHECK,
    &clients_aborted::CHECK,
    &aria::CHECK,
    &binlog_cache::CHECK,
    &keycache_hitrate::CHECK,
    &memory::CHECK,
    &open_files::CHECK,
    &qcache_hitrate::CHECK,
    &qcache_lowmem_prunes::CHECK,
    &table_definition_cache::CHECK,
    &tablecache_hitrate::CHECK,
    &table_lock_contention::CHECK,
    &index_usage::CHECK,
    &table_fragmentation::CHECK,
    &sizes::CHECK,
    &auto_increment::CHECK,
    &no_primary_key::CHECK,
    &unused_indexes::CHECK,
    &tmp_disk_tables::CHECK,
    &long_queries::CHECK,
    &slow_queries::CHECK,
    &joins::CHECK,
    &sorts::CHECK,
    &traffic::CHECK,
    &rows_since::CHECK,
    &status::CHECK,
    &tls::CHECK,
    &users::CHECK,
    &backup_age::CHECK,
    &pidfile::CHECK,
    &datadir_owner::CHECK,
    &deleted_files::CHECK,
];

/// The checks that `health` runs: those that are worth a page on any server, with their defaults.
pub const STANDARD: &[&Check] = &[
    &connection_time::CHECK,
    &uptime::CHECK,
    &replica_lag::CHECK,
    &galera::CHECK,
    &group_replication::CHECK,
    &bufferpool_hitrate::CHECK,
    &connections::CHECK,
    &threads_running::CHECK,
    &slow_queries::CHECK,
];

pub use {
    datadir_owner::CHECK as DATADIR_OWNER, deleted_files::CHECK as DELETED_FILES, idle_blocker::CHECK as IDLE_BLOCKER,
    oldest_transaction::CHECK as OLDEST_TRANSACTION, pidfile::CHECK as PIDFILE,
    processlist_states::CHECK as PROCESSLIST_STATES, replica_checksum::CHECK as REPLICA_CHECKSUM,
    row_locks::CHECK as ROW_LOCKS, rows_since::CHECK as ROWS_SINCE, status::CHECK as STATUS,
    user_connections::CHECK as USER_CONNECTIONS,
};

/// The check of this name.
pub fn find(name: &str) -> Option<&'static Check> {
    ALL.iter().find(|check| check.name == name).copied()
}

/// The check for a mode of check_mysql_health, by any of its names.
pub fn find_mode(name: &str) -> Option<(&'static Check, &'static Mode)> {
    ALL.iter().find_map(|check| {
        let mode = check.modes.iter().find(|mode| mode.names.contains(&name))?;
        Some((*check, mode))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::facts::Need;
    use crate::reading::range::Range;

    #[test]
    fn health_asks_in_six_statements_at_most_and_shows_no_label_twice() {
        let needs: Vec<_> = STANDARD.iter().flat_map(|check| check.needs).collect();
        let statement = |need: &&Need| match need {
            Need::Connection | Need::Before | Need::DayBefore => None,
            Need::Status(_) => Some("status".to_owned()),
            Need::Variables(_) => Some("variables".to_owned()),
            need => Some(format!("{need:?}")),
        };
        let statements: BTreeSet<String> = needs.iter().filter_map(statement).collect();
        assert!(statements.len() <= 6, "{statements:?}");
        let labels: BTreeSet<_> =
            STANDARD.iter().filter_map(|check| check.metrics.first()).map(|metric| metric.label).collect();
        assert_eq!(labels.len(), STANDARD.len());
    }

    #[test]
    fn a_check_of_local_files_verifies_that_the_server_is_local() {
        for check in ALL.iter().filter(|check| check.needs.iter().any(Need::is_local)) {
            let asked = check.needs.iter().filter_map(|need| match need {
                Need::Variables(names) => Some(*names),
                _ => None,
            });
            let asked: Vec<&str> = asked.flatten().copied().collect();
            assert!(asked.is_empty() || asked.contains(&"hostname"), "{}", check.name);
        }
    }

    #[test]
    fn every_check_is_whole_and_no_name_is_given_twice() {
        let mut names = BTreeSet::new();
        let mut modes = BTreeSet::new();
        for check in ALL {
            let name = check.name;
            assert!(names.insert(name), "{name} twice");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
            assert!(
                [check.about, check.why, check.formula, check.servers].iter().all(|text| text.len() > 2),
                "{name}: a text is missing"
            );
            assert!(!check.about.ends_with('.') && check.about.len() <= 80, "{name}: half a line");
            assert!(!check.needs.is_empty(), "{name} reads nothing");
            let mut labels = BTreeSet::new();
            for metric in check.metrics {
                assert!(
                    metric.label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
                    "{name}: {}",
                    metric.label
                );
                assert!(labels.insert(metric.label), "{name}: {} twice", metric.label);
            }
            let ranges = [check.warning, check.critical].into_iter();
            let ranges = ranges.chain(check.modes.iter().flat_map(|mode| [mode.warning, mode.critical]));
            for range in ranges.filter(|range| !range.is_empty()) {
                range.parse::<Range>().unwrap_or_else(|error| panic!("{name}: {error}"));
            }
            for mode in check.modes {
                assert!(mode.names.iter().all(|mode| modes.insert(*mode)), "{name}: a mode twice");
                assert!(mode.labels.iter().all(|label| labels.contains(label.ours)), "{name}: a label of no metric");
            }
            assert_eq!(find(name).map(|found| found.name), Some(name));
        }
    }
}
