//! The command lines, one file each.

mod check_my;
mod check_mysql;
mod check_mysql_health;
mod check_mysql_query;
mod encoding;
mod extra_opts;
pub(crate) mod options;
mod peer_login;
mod pmp;
mod statement;

use std::ffi::OsString;

use crate::output::Plugin;

/// A door: the arguments, its own name first, to what is printed.
type Door = fn(Vec<OsString>) -> Plugin;

/// Every name of the executable.
pub const NAMES: [(&str, Door); 12] = [
    ("check_my", check_my::run),
    (check_mysql::NAME, check_mysql::run),
    (check_mysql_health::NAME, check_mysql_health::run),
    (check_mysql_query::NAME, check_mysql_query::run),
    (pmp::innodb::NAME, pmp::run::<pmp::innodb::Arguments>),
    (pmp::processlist::NAME, pmp::run::<pmp::processlist::Arguments>),
    (pmp::status::NAME, pmp::run::<pmp::status::Arguments>),
    (pmp::table_checksum::NAME, pmp::run::<pmp::table_checksum::Arguments>),
    (pmp::ts_count::NAME, pmp::run::<pmp::ts_count::Arguments>),
    (pmp::ts_count::DEADLOCKS, pmp::run::<pmp::ts_count::Deadlocks>),
    (pmp::replication_delay::NAME, pmp::run::<pmp::replication_delay::Arguments>),
    (pmp::replication_running::NAME, pmp::run::<pmp::replication_running::Arguments>),
];

/// The door of this name.
pub fn find(name: &str) -> Option<Door> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, door)| *door)
}
