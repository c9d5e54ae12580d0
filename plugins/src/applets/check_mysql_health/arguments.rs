//! The command line of `check_mysql_health`, with options of newer versions and of the Icinga template library.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use healthd_mysql::login::credentials::Secret;
use healthd_mysql::login::endpoint::Endpoint;

use crate::applets::options::InvalidValue;
use crate::applets::shared_args::{OutputArgs, StatementTimeoutArgs, ThresholdArgs};
use crate::applets::{encoding, options, original_login};
use crate::asking::login::{Login, LoginRequest, PortAlone, TlsRequest};
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "check_mysql_health";

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
Not supported: cluster-ndbd-running, my-* modules, --dbthresholds, --shell,
--runas, --environment. Options without effect are accepted; -v names them.
Takes the options of check_mysql_health 2.2.2, and the --morph ones of 3.x.
Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.";

/// Check a MySQL or MariaDB server as check_mysql_health does.
#[derive(Debug, Parser)]
#[command(
    name = NAME, version, after_help = NOTES, infer_long_args = true, args_override_self = true,
    max_term_width = 80
)]
pub(super) struct Arguments {
    /// The mode: what to check
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
    /// Password, also as rfc3986://…; every account of this machine can read it here, so prefer --mycnf
    #[arg(short, long, value_name = "PASSWORD", value_parser = password, allow_hyphen_values = true)]
    password: Option<Secret>,
    /// Database to start in, and the only one of table-fragmentation; the login fails if it is not accessible
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Option file
    #[arg(long, value_name = "FILE", value_parser = options::path())]
    mycnf: Option<PathBuf>,
    /// Read one more group of the option file
    #[arg(long, value_name = "GROUP")]
    mycnfgroup: Option<String>,
    #[command(flatten)]
    pub(super) thresholds: ThresholdArgs,
    /// Range of the value with this label, instead of --warning
    #[arg(long, value_name = "LABEL=RANGE", allow_hyphen_values = true)]
    pub(super) warningx: Vec<String>,
    /// Range of the value with this label, instead of --critical
    #[arg(long, value_name = "LABEL=RANGE", allow_hyphen_values = true)]
    pub(super) criticalx: Vec<String>,
    /// The statement of --mode sql, also %-encoded; in other modes the object, such as a table
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) name: Option<String>,
    /// Name of the statement and its columns; with --regexp the pattern to match, or with ! not to match
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) name2: Option<String>,
    /// Match the first column of --mode sql as a text with the pattern of --name2
    #[arg(long)]
    pub(super) regexp: bool,
    /// Unit of the numbers of --mode sql
    #[arg(long, value_name = "UNIT", default_value = "")]
    pub(super) units: String,
    /// Judge rates and ratios of this many seconds, instead of ratios since the server's start
    #[arg(long, value_name = "SECONDS")]
    pub(super) lookback: Option<u64>,
    /// Directory for the counters between runs
    #[arg(long, value_name = "DIR")]
    statefilesdir: Option<PathBuf>,
    #[command(flatten)]
    pub(super) timeout: StatementTimeoutArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    /// Do not count statements of this account as long-running-procs
    #[arg(long, value_name = "NAME", default_value = "replication")]
    pub(super) replication_user: String,
    /// Report another state: ok=critical
    #[arg(long, value_name = "STATE=STATE", value_parser = pair)]
    pub(super) negate: Vec<String>,
    /// Set the text: long, short (only problems) or html
    #[arg(long, value_name = "FORMAT", default_value = "long", value_parser = ["long", "short", "html"])]
    pub(super) report: String,
    /// Set the labels: pnp4nagios, or groundwork (19 characters at most)
    #[arg(long, value_name = "FORMAT", default_value = "pnp4nagios")]
    pub(super) labelformat: String,
    /// Replace the first match in the message; $1 is its first group
    #[arg(long, value_name = "REGEX=TEXT", allow_hyphen_values = true)]
    pub(super) morphmessage: Vec<String>,
    /// Replace the first match in a label
    #[arg(long, value_name = "REGEX=TEXT", allow_hyphen_values = true)]
    pub(super) morphperfdata: Vec<String>,
    /// Print only values whose label matches
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true)]
    pub(super) selectedperfdata: Vec<String>,
    /// Print further lines, as -v
    #[arg(long)]
    pub(super) multiline: bool,
    /// Report OK whatever the check finds, if 0: it is not the time for this check
    #[arg(long, value_name = "0 or 1", num_args = 0..=1, default_missing_value = "1")]
    pub(super) isvalidtime: Option<String>,
    /// Do not alert on ratios for this long after the server's start (not in the original plugin)
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = options::time)]
    pub(super) warm_up: Duration,
    #[command(flatten)]
    others: Others,
}

/// Options that are refused, and options that are accepted without effect.
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
    /// Why this command line is refused.
    pub(super) fn refused(&self) -> Option<&'static str> {
        let others = &self.others;
        if others.shell {
            Some("--shell is refused: anyone who can pass arguments to the check would get a shell")
        } else if others.runas.is_some() {
            Some("--runas is refused: a plugin does not run sudo; run the plugin as that account instead")
        } else if !others.environment.is_empty() {
            Some("--environment is refused: a plugin does not restart itself; set the variables before calling it")
        } else if others.dbthresholds.is_some() {
            Some("--dbthresholds is not supported: thresholds are not read from a table; use --warning and --critical")
        } else {
            None
        }
    }

    /// The options of the command line that have no effect.
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

    /// The server and the login. The command line overrides the object's macros in the environment; empty options count
    /// as absent, but for the host, which is refused.
    ///
    /// # Errors
    /// An option or an option file is invalid.
    pub(super) fn login(&self) -> Result<Login, Plugin> {
        let path = |given: &Option<PathBuf>, name| {
            given.clone().filter(|path| !path.as_os_str().is_empty()).or_else(|| object(name).map(PathBuf::from))
        };
        let password_of_object = || object("PASS").map(|text| Secret::new(plain(&text)));
        let port = original_login::port(self.port.as_deref())?;
        let request = LoginRequest {
            endpoint: Endpoint {
                host: self.hostname.clone().or_else(|| object("HOST")),
                port: port.or_else(|| object("PORT")?.parse().ok()),
                socket: path(&self.socket, "SOCKET"),
            },
            user: given(&self.username, "USER"),
            password: self.password.clone().or_else(password_of_object),
            defaults_file: path(&self.mycnf, "MYCNF"),
            groups: given(&self.mycnfgroup, "MYCNFGROUP").into_iter().collect(),
            tls: TlsRequest::default(),
            port_alone: PortAlone::Socket,
        };
        let mut login = request.login()?;
        login.credentials.database = self.database();
        Ok(login)
    }

    /// The database, if there is one.
    pub(super) fn database(&self) -> Option<String> {
        given(&self.database, "DATABASE")
    }

    /// The directory for counters: our own below `--statefilesdir`, which other plugins use too.
    pub(super) fn state_directory(&self) -> Option<PathBuf> {
        let directory = self.statefilesdir.as_ref()?;
        std::fs::create_dir_all(directory).ok();
        Some(directory.join(format!("healthd-plugins-{}", rustix::process::geteuid().as_raw())))
    }
}

/// A custom variable of the service or else of the host, which Nagios passes in the environment.
fn object(name: &str) -> Option<String> {
    let of = |kind: &str| std::env::var(format!("NAGIOS__{kind}MYSQL_{name}")).ok().filter(|text| !text.is_empty());
    of("SERVICE").or_else(|| of("HOST"))
}

/// The option, or else the custom variable of the object.
fn given(text: &Option<String>, name: &str) -> Option<String> {
    text.clone().filter(|text| !text.is_empty()).or_else(|| object(name))
}

fn pair(text: &str) -> Result<String, InvalidValue> {
    text.contains('=').then(|| text.to_owned()).ok_or(InvalidValue("ok=critical"))
}

/// A password, decoded if it is encoded.
fn plain(text: &str) -> String {
    text.strip_prefix("rfc3986://").map_or_else(|| text.to_owned(), encoding::decode)
}

fn password(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(plain(text)))
}
