//! The options, also those that only newer versions of the original plugin and the Icinga template library know.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use healthd_mysql::login::credentials::Secret;
use healthd_mysql::login::endpoint::Endpoint;

use crate::applets::judging::{DeadlineOfStatement, Judging, Shown};
use crate::applets::{encoding, options, original_login};
use crate::asking::login::{Login, PortAlone, Tls, Wanted};
use crate::output::Plugin;

const NOTES: &str = "\
Examples:
  check_mysql_health --hostname db1 --mode threads-connected --warning 80
  check_mysql_health --hostname db1 --mode bufferpool-hitrate --lookback 300
  check_mysql_health --hostname db1 --mode sql --name 'SELECT 7' --name2 seven

Modes: connection-time uptime threads-connected threads-running threads-cached
  threads-created threadcache-hitrate connects-aborted clients-aborted
  slave-lag slave-io-running slave-sql-running qcache-hitrate
  qcache-lowmem-prunes keycache-hitrate bufferpool-hitrate
  bufferpool-wait-free log-waits tablecache-hitrate table-lock-contention
  index-usage tmp-disk-tables table-fragmentation open-files slow-queries
  long-running-procs sql encode
Not here: cluster-ndbd-running, my-* modules, --dbthresholds; --shell, --runas
and --environment are refused. What is accepted and changes nothing, -v names.
Takes the options of check_mysql_health 2.2.2, and those for rewriting of 3.x.
Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.";

/// Checks a MySQL or MariaDB server as check_mysql_health does.
#[derive(Debug, Parser)]
#[command(
    name = super::NAME, version, after_help = NOTES, infer_long_args = true, args_override_self = true,
    max_term_width = 80
)]
pub(super) struct Arguments {
    /// What to check
    #[arg(short, long, value_name = "MODE")]
    pub(super) mode: Option<String>,
    /// Host; localhost means the socket
    #[arg(short = 'H', long, value_name = "HOST")]
    hostname: Option<String>,
    /// Port
    #[arg(short = 'P', long, value_name = "PORT")]
    port: Option<String>,
    /// Socket
    #[arg(short = 'S', long, value_name = "PATH", value_parser = options::path())]
    socket: Option<PathBuf>,
    /// Account
    #[arg(short, long, value_name = "NAME")]
    username: Option<String>,
    /// Password, also as rfc3986://…; everybody on this machine can read it here: --mycnf is the place for it
    #[arg(short, long, value_name = "PASSWORD", value_parser = password, allow_hyphen_values = true)]
    password: Option<Secret>,
    /// Database to start in: without it, or without access to it, the login fails. table-fragmentation looks at it alone
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// An option file
    #[arg(long, value_name = "FILE", value_parser = options::path())]
    mycnf: Option<PathBuf>,
    /// One more group of the option file
    #[arg(long, value_name = "GROUP")]
    mycnfgroup: Option<String>,
    #[command(flatten)]
    pub(super) judging: Judging,
    /// The range of the value with this label, before --warning
    #[arg(long, value_name = "LABEL=RANGE", allow_hyphen_values = true)]
    pub(super) warningx: Vec<String>,
    /// The range of the value with this label, before --critical
    #[arg(long, value_name = "LABEL=RANGE", allow_hyphen_values = true)]
    pub(super) criticalx: Vec<String>,
    /// The statement of --mode sql, also %-encoded; a table
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) name: Option<String>,
    /// What to call the statement and its columns; with --regexp what to find, or with ! not to find
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) name2: Option<String>,
    /// The first column of --mode sql is a text, and --name2 says what to find in it
    #[arg(long)]
    pub(super) regexp: bool,
    /// The unit behind the numbers of --mode sql
    #[arg(long, value_name = "UNIT", default_value = "")]
    pub(super) units: String,
    /// Judge rates and shares of the last so many seconds, not shares since the server's start
    #[arg(long, value_name = "SECONDS")]
    pub(super) lookback: Option<u64>,
    /// Where counters are kept from run to run
    #[arg(long, value_name = "DIR")]
    statefilesdir: Option<PathBuf>,
    #[command(flatten)]
    pub(super) deadline: DeadlineOfStatement,
    #[command(flatten)]
    pub(super) shown: Shown,
    /// Statements of this account are not long-running-procs
    #[arg(long, value_name = "NAME", default_value = "replication")]
    pub(super) replication_user: String,
    /// Answer another state: ok=critical
    #[arg(long, value_name = "STATE=STATE", value_parser = pair)]
    pub(super) negate: Vec<String>,
    /// What to say: long, short (only what is wrong) or html
    #[arg(long, value_name = "FORMAT", default_value = "long", value_parser = ["long", "short", "html"])]
    pub(super) report: String,
    /// How to call values: pnp4nagios, or groundwork (19 characters at most)
    #[arg(long, value_name = "FORMAT", default_value = "pnp4nagios")]
    pub(super) labelformat: String,
    /// What the first match in the message becomes; $1 is its first group
    #[arg(long, value_name = "REGEX=TEXT", allow_hyphen_values = true)]
    pub(super) morphmessage: Vec<String>,
    /// What the first match in a label becomes
    #[arg(long, value_name = "REGEX=TEXT", allow_hyphen_values = true)]
    pub(super) morphperfdata: Vec<String>,
    /// Only values whose label matches
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    pub(super) selectedperfdata: Vec<String>,
    /// Further lines, as -v
    #[arg(long)]
    pub(super) multiline: bool,
    /// 0: it is not the time for this check, everything is OK
    #[arg(long, value_name = "0 or 1", num_args = 0..=1, default_missing_value = "1")]
    pub(super) isvalidtime: Option<String>,
    /// For how long after its start a server's shares are not alerted on; ours, not the original plugin's
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = options::time)]
    pub(super) warm_up: Duration,
    #[command(flatten)]
    others: Others,
}

/// What is refused, and what is accepted and changes nothing.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
struct Others {
    #[arg(long, hide = true)]
    shell: bool,
    #[arg(short = 'r', long, hide = true)]
    runas: Option<String>,
    #[arg(short = 'e', long, hide = true)]
    environment: Vec<String>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "")]
    dbthresholds: Option<String>,
    #[arg(short, long, hide = true)]
    debug: bool,
    #[arg(short, long, hide = true)]
    absolute: bool,
    #[arg(long, hide = true)]
    perfdata: bool,
    #[arg(long, hide = true)]
    scream: bool,
    #[arg(long, hide = true)]
    eyecandy: bool,
    #[arg(long, hide = true)]
    encode: bool,
    #[arg(long = "3", hide = true)]
    three: bool,
    #[arg(long, hide = true)]
    commit: bool,
    #[arg(long, hide = true)]
    notemp: bool,
    #[arg(long, hide = true)]
    nooffline: bool,
    #[arg(long, hide = true)]
    method: Option<String>,
    #[arg(long, hide = true)]
    with_mymodules_dyn_dir: Option<String>,
    #[arg(long, hide = true, allow_hyphen_values = true)]
    name3: Option<String>,
    #[arg(long, hide = true, allow_hyphen_values = true)]
    blacklist: Vec<String>,
    #[arg(long, hide = true)]
    mitigation: Option<String>,
}

impl Arguments {
    /// Why this command line is not run at all.
    pub(super) fn refused(&self) -> Option<&'static str> {
        let others = &self.others;
        if others.shell {
            Some("--shell is refused: a check that opens a shell is an applet for whoever can pass arguments to it")
        } else if others.runas.is_some() {
            Some("--runas is refused: a plugin does not run sudo; let the monitoring system run it as that account")
        } else if !others.environment.is_empty() {
            Some("--environment is refused: a plugin does not start itself again; set variables where it is called")
        } else if others.dbthresholds.is_some() {
            Some("--dbthresholds is not supported: thresholds are not read from a table, give --warning and --critical")
        } else {
            None
        }
    }

    /// The options that are given and change nothing here.
    pub(super) fn without_effect(&self) -> Vec<&'static str> {
        let others = &self.others;
        let given = [
            ("--absolute", others.absolute),
            ("--blacklist", !others.blacklist.is_empty()),
            ("--commit", others.commit),
            ("--debug", others.debug),
            ("--encode", others.encode),
            ("--eyecandy", others.eyecandy),
            ("--method", others.method.is_some()),
            ("--mitigation", others.mitigation.is_some()),
            ("--name3", others.name3.is_some()),
            ("--nooffline", others.nooffline),
            ("--notemp", others.notemp),
            ("--scream", others.scream),
            ("--3", others.three),
            ("--with-mymodules-dyn-dir", others.with_mymodules_dyn_dir.is_some()),
        ];
        given.into_iter().filter_map(|(name, given)| given.then_some(name)).collect()
    }

    /// The server and the login; an object's macros in the environment come after the command line, and what is empty there is not
    /// there. Only the host stays, to be refused.
    ///
    /// # Errors
    /// A line that says what makes no sense.
    pub(super) fn login(&self) -> Result<Login, Plugin> {
        let path = |given: &Option<PathBuf>, name| {
            given.clone().filter(|path| !path.as_os_str().is_empty()).or_else(|| object(name).map(PathBuf::from))
        };
        let password_of_object = || object("PASS").map(|text| Secret::new(plain(&text)));
        let port = original_login::port(self.port.as_deref())?;
        let wanted = Wanted {
            endpoint: Endpoint {
                host: self.hostname.clone().or_else(|| object("HOST")),
                port: port.or_else(|| object("PORT")?.parse().ok()),
                socket: path(&self.socket, "SOCKET"),
            },
            user: given(&self.username, "USER"),
            password: self.password.clone().or_else(password_of_object),
            defaults_file: path(&self.mycnf, "MYCNF"),
            groups: given(&self.mycnfgroup, "MYCNFGROUP").into_iter().collect(),
            tls: Tls::default(),
            port_alone: PortAlone::Socket,
        };
        let mut login = wanted.login().map_err(Plugin::usage)?;
        login.credentials.database = self.database();
        Ok(login)
    }

    /// The database, if one is asked for.
    pub(super) fn database(&self) -> Option<String> {
        given(&self.database, "DATABASE")
    }

    /// Where counters are kept: a directory of our own in the one that is given, which belongs to others too.
    pub(super) fn state_directory(&self) -> Option<PathBuf> {
        let directory = self.statefilesdir.as_ref()?;
        std::fs::create_dir_all(directory).ok();
        Some(directory.join(format!("healthd-plugins-{}", rustix::process::geteuid().as_raw())))
    }
}

/// A custom variable of the service or else of the host, as Nagios hands them over.
fn object(name: &str) -> Option<String> {
    let of = |kind: &str| std::env::var(format!("NAGIOS__{kind}MYSQL_{name}")).ok().filter(|text| !text.is_empty());
    of("SERVICE").or_else(|| of("HOST"))
}

/// What the command line says, or the object.
fn given(text: &Option<String>, name: &str) -> Option<String> {
    text.clone().filter(|text| !text.is_empty()).or_else(|| object(name))
}

fn pair(text: &str) -> Result<String, &'static str> {
    text.contains('=').then(|| text.to_owned()).ok_or("write ok=critical")
}

fn plain(text: &str) -> String {
    text.strip_prefix("rfc3986://").map_or_else(|| text.to_owned(), encoding::decode)
}

fn password(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(plain(text)))
}
