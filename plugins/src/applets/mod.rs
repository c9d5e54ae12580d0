//! The applets: the names of the executable, each with its command line, one file or folder for each.
//!
//! `check_my` and those of mail and logs (`check_mail_queue`, `log_counts`) are our own. The others take the options of
//! the original plugin of their name, and give its exit codes and labels. They share these modules: `options` (reading
//! a command line), `shared_args` (options with one meaning), `original_login` and `extra_opts` (conventions of the
//! Monitoring Plugins), `statement` and `encoding` (SQL of the user).

mod check_mail_queue;
mod check_my;
mod check_mysql;
mod check_mysql_health;
mod check_mysql_query;
mod encoding;
mod extra_opts;
mod log_counts;
pub(crate) mod options;
mod original_login;
mod pmp;
mod shared_args;
mod statement;

use std::ffi::OsString;

use clap::Command;
use clap::builder::PossibleValuesParser;
use healthd_core::checks;

use crate::output::Plugin;

/// A name of the executable.
#[derive(Debug, Clone, Copy)]
pub struct Applet {
    /// The name.
    pub name: &'static str,
    /// Runs it. The first argument is its name.
    pub run: fn(Vec<OsString>) -> Plugin,
    /// Its command line.
    command: fn() -> Command,
}

/// Every applet.
pub const ALL: [Applet; 19] = [
    Applet { name: check_my::NAME, run: check_my::run, command: check_my::command },
    Applet { name: check_mysql::NAME, run: check_mysql::run, command: check_mysql::command },
    Applet { name: check_mysql_health::NAME, run: check_mysql_health::run, command: check_mysql_health::command },
    Applet { name: check_mysql_query::NAME, run: check_mysql_query::run, command: check_mysql_query::command },
    Applet { name: check_mail_queue::NAME, run: check_mail_queue::run, command: check_mail_queue::command },
    counts::<log_counts::MailVolume>(),
    counts::<log_counts::MailLogs>(),
    counts::<log_counts::LogCounter>(),
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

const fn pmp<A: pmp::PmpApplet>(name: &'static str) -> Applet {
    Applet { name, run: pmp::run::<A>, command: A::command }
}

const fn counts<A: log_counts::CountApplet>() -> Applet {
    Applet { name: A::NAME, run: log_counts::run::<A>, command: log_counts::command::<A> }
}

/// The applet with this name.
pub fn find(name: &str) -> Option<Applet> {
    ALL.into_iter().find(|known| known.name == name)
}

impl Applet {
    /// The command line as its help shows it, for manual pages.
    pub fn command(&self) -> Command {
        (self.command)()
    }

    /// The command line for completions: with the names of checks or modes, which the help lists separately.
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
