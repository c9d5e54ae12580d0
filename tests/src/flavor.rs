//! The database servers that tests can run: where each one is, and what it needs to start.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt, fs};

use crate::account::Account;
use crate::skip::skipped;
use crate::workdir::target;

/// A database server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavor {
    /// The MariaDB of the system, 10.11 on Debian 12, installed by `scripts/setup`.
    MariaDb,
    /// MariaDB 11.8, fetched by `scripts/servers`.
    MariaDb118,
    /// MySQL 9.7, fetched by `scripts/servers`.
    MySql97,
    /// MySQL 5.6, fetched by `scripts/servers`.
    MySql56,
}

impl Flavor {
    /// All flavors.
    pub const ALL: [Self; 4] = [Self::MariaDb, Self::MariaDb118, Self::MySql97, Self::MySql56];

    /// The name of the directory below `target/servers`, also used in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::MariaDb => "mariadb",
            Self::MariaDb118 => "mariadb-11.8",
            Self::MySql97 => "mysql-9.7",
            Self::MySql56 => "mysql-5.6",
        }
    }

    /// Whether it is MariaDB, with its grants, GTIDs and connection names.
    pub fn is_mariadb(self) -> bool {
        matches!(self, Self::MariaDb | Self::MariaDb118)
    }

    /// Whether this server can be started here. The error says why not, or what to run.
    pub fn available(self) -> Result<(), String> {
        if find_program("mariadb").is_none() {
            return Err("the mariadb command line is not installed (scripts/setup)".to_owned());
        }
        if self == Self::MariaDb {
            return match find_program("mariadbd") {
                Some(_) => Ok(()),
                None => Err("mariadb-server is not installed (scripts/setup)".to_owned()),
            };
        }
        if self.fetched().join(".complete").exists() {
            return Ok(());
        }
        let why = target().join("servers").join(format!("{self}.unavailable"));
        match fs::read_to_string(why) {
            Ok(why) => Err(format!("could not be fetched: {}", why.trim())),
            Err(_) => Err("not fetched (make servers)".to_owned()),
        }
    }

    /// Whether a test of `what` can run with this server. If not, it is reported as skipped. With `FLAVOR=mysql-9.7` in
    /// the environment, only tests with that server run.
    ///
    /// # Panics
    ///
    /// Without the system's MariaDB, which every test run needs.
    pub fn or_skip(self, what: &str) -> bool {
        if let Some(only) = env::var("FLAVOR").ok().filter(|only| only != self.name()) {
            skipped(what, &format!("{self}: FLAVOR is {only}"));
            return false;
        }
        match self.available() {
            Ok(()) => true,
            Err(why) if self == Self::MariaDb => panic!("{what}: {why}"),
            Err(why) => {
                skipped(what, &format!("{self}: {why}"));
                false
            }
        }
    }

    /// The server program, without any option.
    pub(crate) fn command(self) -> Command {
        match self {
            Self::MariaDb => Command::new(system_mariadbd()),
            Self::MariaDb118 => self.runner("mariadbd"),
            Self::MySql97 | Self::MySql56 => self.runner("mysqld"),
        }
    }

    /// The file that changes with each version of the server.
    pub(crate) fn binary(self) -> PathBuf {
        match self {
            Self::MariaDb => system_mariadbd(),
            Self::MariaDb118 => self.fetched().join("usr/sbin/mariadbd"),
            Self::MySql97 => self.fetched().join("usr/sbin/mysqld"),
            Self::MySql56 => self.fetched().join("mysqld"),
        }
    }

    /// The account that the server runs as.
    pub(crate) fn account(self) -> Account {
        Account::reaching(&self.binary())
    }

    /// The directory with error messages, character sets and the SQL for the system tables.
    pub(crate) fn share(self) -> PathBuf {
        match self {
            Self::MariaDb => ["share/mariadb", "share/mysql"]
                .map(|dir| system_prefix().join(dir))
                .into_iter()
                .find(|dir| dir.join("fill_help_tables.sql").exists())
                .expect("mariadb-server brings the SQL of its system tables"),
            Self::MariaDb118 => self.fetched().join("usr/share/mariadb"),
            Self::MySql97 => self.fetched().join("usr/share/mysql"),
            Self::MySql56 => self.fetched().join("share"),
        }
    }

    /// The directory into which `scripts/servers` unpacks this server.
    pub(crate) fn fetched(self) -> PathBuf {
        target().join("servers").join(self.name())
    }

    /// Lines for `[mysqld]`: where the server finds its own files, and little memory and disk for its data.
    pub(crate) fn base_config(self) -> String {
        let mut config = String::new();
        let mut line = |name: &str, value: &dyn fmt::Display| {
            config.extend([name, "=", &value.to_string(), "\n"]);
        };
        if self != Self::MariaDb {
            let (home, share) = (self.fetched(), self.share());
            let base = if self == Self::MySql56 { home } else { home.join("usr") };
            line("basedir", &base.display());
            line("lc-messages-dir", &share.display());
            line("character-sets-dir", &share.join("charsets").display());
            match self {
                Self::MySql97 => line("plugin-dir", &base.join("lib/mysql/plugin").display()),
                Self::MariaDb118 => line("plugin-dir", &base.join("lib/mysql/plugin").display()),
                _ => {}
            }
        }
        line("innodb_buffer_pool_size", &"32M");
        match self {
            Self::MariaDb | Self::MariaDb118 => line("innodb_log_file_size", &"8M"),
            Self::MySql56 => line("innodb_log_file_size", &"8M"),
            Self::MySql97 => {
                line("innodb_redo_log_capacity", &"16M");
                line("mysqlx", &"OFF");
                // The directory that is compiled in does not exist here, which the server treats as a fatal error.
                line("secure-file-priv", &"");
            }
        }
        config
    }

    fn runner(self, program: &str) -> Command {
        let mut command = Command::new(self.fetched().join("run"));
        command.arg(program);
        command
    }
}

impl fmt::Display for Flavor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The path of the Galera library, or how to get it.
pub(crate) fn galera_library() -> Result<PathBuf, String> {
    Flavor::MariaDb.available()?;
    let library = system_prefix().join("lib/galera/libgalera_smm.so");
    if !library.exists() {
        return Err("galera-4 is not installed (scripts/setup)".to_owned());
    }
    match find_program("rsync") {
        Some(_) => Ok(library),
        None => Err("rsync is not installed (scripts/setup)".to_owned()),
    }
}

fn system_mariadbd() -> PathBuf {
    find_program("mariadbd").expect("mariadb-server is installed (scripts/setup)")
}

fn system_prefix() -> PathBuf {
    let program = system_mariadbd();
    let prefix = program.parent().and_then(Path::parent);
    prefix.expect("mariadbd is in PREFIX/sbin").to_owned()
}

/// A program in the path, or in the directory for servers, which only root has in the path.
fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]).map(|dir| dir.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_has_a_mariadb() {
        assert_eq!(Flavor::MariaDb.available(), Ok(()));
    }

    #[test]
    fn each_available_server_has_its_files() {
        for flavor in Flavor::ALL {
            if flavor.or_skip("the files of a server") {
                assert!(flavor.binary().is_file(), "{flavor}");
                assert!(flavor.share().join("charsets").is_dir(), "{flavor}");
            }
        }
    }
}
