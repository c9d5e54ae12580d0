//! The command lines, one file each.

mod check_my;
mod check_mysql;
mod check_mysql_health;
mod check_mysql_query;
mod encoding;
mod extra_opts;
mod judging;
pub(crate) mod options;
mod original_login;
mod pmp;
mod statement;

use std::ffi::OsString;

use clap::Command;
use clap::builder::PossibleValuesParser;
use healthd_core::checks;

use crate::output::Plugin;

/// A name of the executable.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    /// The name itself.
    pub name: &'static str,
    /// From the arguments, its own name first, to what is printed.
    pub run: fn(Vec<OsString>) -> Plugin,
    /// Its command line.
    command: fn() -> Command,
}

/// Every name of the executable.
pub const NAMES: [Name; 15] = [
    Name { name: check_my::NAME, run: check_my::run, command: check_my::command },
    Name { name: check_mysql::NAME, run: check_mysql::run, command: check_mysql::command },
    Name { name: check_mysql_health::NAME, run: check_mysql_health::run, command: check_mysql_health::command },
    Name { name: check_mysql_query::NAME, run: check_mysql_query::run, command: check_mysql_query::command },
    pmp::<pmp::deleted_files::Arguments>(pmp::deleted_files::NAME),
    pmp::<pmp::file_privs::Arguments>(pmp::file_privs::NAME),
    pmp::<pmp::pidfile::Arguments>(pmp::pidfile::NAME),
    pmp::<pmp::innodb::Arguments>(pmp::innodb::NAME),
    pmp::<pmp::processlist::Arguments>(pmp::processlist::NAME),
    pmp::<pmp::status::Arguments>(pmp::status::NAME),
    pmp::<pmp::table_checksum::Arguments>(pmp::table_checksum::NAME),
    pmp::<pmp::ts_count::Arguments>(pmp::ts_count::NAME),
    pmp::<pmp::ts_count::Deadlocks>(pmp::ts_count::DEADLOCKS),
    pmp::<pmp::replication_delay::Arguments>(pmp::replication_delay::NAME),
    pmp::<pmp::replication_running::Arguments>(pmp::replication_running::NAME),
];

const fn pmp<D: pmp::PmpApplet>(name: &'static str) -> Name {
    Name { name, run: pmp::run::<D>, command: D::command }
}

/// The applet of this name.
pub fn find(name: &str) -> Option<Name> {
    NAMES.into_iter().find(|known| known.name == name)
}

impl Name {
    /// Its command line, as its help has it; for manual pages.
    pub fn command(&self) -> Command {
        (self.command)()
    }

    /// The same for completions: with the words that a check or a mode may be, which the help has in a list of its own.
    pub fn completed(&self) -> Command {
        let (argument, words): (_, Vec<&str>) = match self.name {
            check_my::NAME => {
                ("check", checks::ALL.iter().map(|check| check.name).chain([check_my::HEALTH, check_my::SQL]).collect())
            }
            check_mysql_health::NAME => {
                let modes = checks::ALL.iter().flat_map(|check| check.modes).flat_map(|mode| mode.names);
                ("mode", modes.copied().chain(check_mysql_health::OTHER_MODES).collect())
            }
            _ => return self.command(),
        };
        self.command().mut_arg(argument, |argument| argument.value_parser(PossibleValuesParser::new(words)))
    }
}
