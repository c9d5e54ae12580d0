//! Our own applet: every check under one name.

mod asked;
mod daemon;
mod list;
mod sql;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{CommandFactory as _, Parser};
use healthd_core::check::{Cannot, Check, Identifier, Input, TableName, judge, roll_up};
use healthd_core::checks;
use healthd_core::facts::{Facts, Need};
use healthd_core::reading::outcome::Outcome;
use healthd_core::render::manual;
use healthd_core::text::clean::one_line;
use healthd_mysql::connection::limits::Limits;
use healthd_mysql::login::credentials::Secret;

use super::judging::{Judging, Shown};
use super::options;
use crate::asking::login::{LoginArgs, is_here};
use crate::asking::run;
use crate::asking::state::{Exchanged, Store};
use crate::local;
use crate::output::Plugin;

pub(super) const NAME: &str = "check_my";
/// The roll-up's name.
pub(super) const HEALTH: &str = "health";
/// The name for a statement of somebody's own.
pub(super) const SQL: &str = "sql";
/// For everything together; a statement of somebody's own has more.
const TIMEOUT: Duration = Duration::from_secs(9);

const EXAMPLES: &str = "\
Examples:
  check_my --list                            every check, its default thresholds
  check_my replica --help                    what this check measures and needs
  check_my health -H db1                     the standard checks at once
  check_my threads-running -H db1 -w 20 -c 50
  check_my status -H db1 --name Threads_connected/max_connections% -w 80 -c 95
  check_my sql -H db1 --query 'SELECT COUNT(*) FROM shop.orders' -w 10
  check_my replica -H db2 -v                 threads, lag, silence, filters
  check_my replica-lag -H db2 --channel dc2 -w 10 -c 60
  check_my connections --defaults-file /etc/healthd/monitoring.cnf
  check_my health -H db1 --output json       for a program: one object
  check_my health --daemon                   what this machine's healthd says
  check_my health --daemon http://db1:31337 -P 3306      another one's instance
  check_my backup-age --name /var/backups/mysql          files, no server

Ranges: 10 (alert outside 0 to 10), 10: (below 10), ~:10 (above 10),
10:20 (outside), @10:20 (inside).
Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; also 3 for wrong usage,
this help and the version.";

/// Checks a MySQL or MariaDB server for Nagios, Icinga, NRPE and their kin.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = EXAMPLES, allow_negative_numbers = true, max_term_width = 80)]
struct Arguments {
    /// What to check; --list shows them all
    #[arg(required_unless_present = "list", value_name = "CHECK")]
    check: Option<String>,
    /// Show every check
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    judging: Judging,
    /// For everything together; check_nrpe waits for 10 s [default: 9; of sql: 59]
    #[arg(short, long, value_name = "TIME", value_parser = options::time)]
    timeout: Option<Duration>,
    #[command(flatten)]
    shown: Shown,
    #[command(flatten)]
    login: LoginArgs,
    /// What a refused login is
    #[arg(long, value_name = "STATE", default_value = "critical", value_parser = options::outcome)]
    auth_state: Outcome,
    /// Only this replication channel
    #[arg(help_heading = "Replication", long, visible_alias = "connection", value_name = "NAME")]
    channel: Option<String>,
    /// What a server is that replicates from nobody, or is in no cluster [default: warning; in health: ok]
    #[arg(help_heading = "Replication", long, value_name = "STATE", value_parser = options::outcome)]
    not_replica: Option<Outcome>,
    /// A replica may take writes: it is one of two masters
    #[arg(help_heading = "Replication", long)]
    writable: bool,
    /// The lag of `replica` is the age of what pt-heartbeat writes into this table
    #[arg(help_heading = "Replication", long, value_name = "DB.TABLE")]
    heartbeat_table: Option<TableName>,
    /// The times in the heartbeat table are in UTC (pt-heartbeat --utc)
    #[arg(help_heading = "Replication", long, requires = "heartbeat_table")]
    heartbeat_utc: bool,
    /// Judge ratios since the server's start, not since the run before
    #[arg(help_heading = "Rates and ratios", long)]
    lifetime: bool,
    /// For how long after its start a server's ratios are not alerted on
    #[arg(help_heading = "Rates and ratios", long, value_name = "TIME", default_value = "10m", value_parser = options::time)]
    warm_up: Duration,
    /// Only this object; what it is depends on the check, with --daemon an instance
    #[arg(help_heading = "Of what", long, value_name = "NAME")]
    name: Option<String>,
    /// Only tables of this schema
    #[arg(help_heading = "Of what", long, visible_alias = "database", value_name = "NAME")]
    schema: Option<String>,
    /// Count a status variable by its growth per second since the run before
    #[arg(help_heading = "Rates and ratios", long)]
    rate: bool,
    /// The table of rows-since and replica-checksum
    #[arg(help_heading = "Of what", long, value_name = "SCHEMA.TABLE")]
    table: Option<TableName>,
    /// The column with the time of each row
    #[arg(help_heading = "Of what", long, value_name = "NAME")]
    column: Option<Identifier>,
    /// How new a row or a line of the log must be to count, or what pt-table-checksum has found to be believed
    /// [default: 1m; of errorlog: 10m; of replica-checksum: 32d]
    #[arg(help_heading = "Of what", long, value_name = "TIME", value_parser = options::time)]
    within: Option<Duration>,
    /// How much RAM the server's machine has, for memory: 64G [default: what is seen, on the server's own machine]
    #[arg(help_heading = "Of what", long, value_name = "SIZE", value_parser = options::size)]
    ram: Option<u64>,
    /// Tells services apart that ask the same at another pace: each has its own counters
    #[arg(help_heading = "Rates and ratios", long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    tag: String,
    /// Where counters are kept from run to run
    #[arg(help_heading = "Rates and ratios", long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    #[command(flatten)]
    sql: sql::SqlArgs,
    #[command(flatten)]
    daemon: daemon::DaemonArgs,
}

pub(super) fn command() -> clap::Command {
    Arguments::command()
}

impl Arguments {
    fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT)
    }
}

pub(super) fn run(arguments: Vec<OsString>) -> Plugin {
    if let Some(check) = helped(&arguments) {
        return Plugin::information(manual::help(check));
    }
    let arguments = match options::parse::<Arguments>(arguments) {
        Ok(arguments) => arguments,
        Err(plugin) => return plugin,
    };
    if arguments.list {
        return Plugin::information(list::list());
    }
    let name = arguments.check.as_deref().unwrap_or_default();
    if let (true, Some(option)) = (name != SQL, arguments.sql.given()) {
        return Plugin::usage(format!("{option} means nothing to {}: check_my {SQL} takes it", one_line(name, 40)));
    }
    if let Some(option) = arguments.daemon.without_daemon() {
        return Plugin::usage(format!("{option} means nothing without --daemon"));
    }
    let asked = match (checks::find(name), &arguments.daemon.daemon) {
        (_, Some(daemon)) => daemon::ask(&arguments, daemon),
        (Some(check), None) => ask(&arguments, &[check]),
        (None, None) if name == HEALTH => ask(&arguments, checks::STANDARD),
        (None, None) if name == SQL => sql::ask(&arguments),
        (None, None) => Err(Plugin::usage(list::unknown(name))),
    };
    let tag = arguments.tag.as_str();
    let service = format!("{NAME} {name}{}{tag}", if tag.is_empty() { "" } else { " " });
    arguments.shown.of(asked.unwrap_or_else(|plugin| plugin)).of_check(name, service)
}

/// The check whose help is asked for: `check_my CHECK --help`.
fn helped(arguments: &[OsString]) -> Option<&'static Check> {
    let words: Vec<&str> = arguments.iter().skip(1).filter_map(|word| word.to_str()).collect();
    let asked = words.iter().any(|word| ["-h", "--help"].contains(word));
    words.first().filter(|_| asked).and_then(|name| checks::find(name))
}

/// Asks one check, or several in one connection.
fn ask(arguments: &Arguments, asked: &[&'static Check]) -> Result<Plugin, Plugin> {
    let single = matches!(asked, [_]);
    if !single && arguments.judging.is_given() {
        return Err(Plugin::usage("health judges each check by its own defaults: -w and -c mean nothing to it"));
    }
    if !single && arguments.name.is_some() {
        return Err(Plugin::usage(
            "health asks for no object by its name: --name chooses an instance with --daemon alone",
        ));
    }
    let thresholds = |check: &Check| arguments.judging.over((check.warning, check.critical));
    let thresholds = asked.iter().map(|check| thresholds(check)).collect::<Result<Vec<_>, _>>()?;
    let needs: Vec<Need> = asked.iter().flat_map(|check| check.needs).copied().collect();
    let settings = asked::settings(arguments, asked, &needs)?;
    let begun = Instant::now();
    // Where all is on this machine no server is asked, and none need be there.
    let remote = needs.iter().any(|need| !need.is_local());
    if let (false, Some(host)) = (remote, arguments.login.host.as_deref().filter(|host| !is_here(host))) {
        return Err(Plugin::usage(format!(
            "{} looks at the machine on which it runs, not at {}: it must run there, through NRPE or an agent",
            arguments.check.as_deref().unwrap_or_default(),
            one_line(host, 60)
        )));
    }
    let login = remote.then(|| arguments.login.wanted().login()).transpose().map_err(Plugin::usage)?;
    let mut facts = match &login {
        Some(login) => {
            run::read(login, &needs, &settings, Limits::together(arguments.timeout())).map_err(|failure| {
                let answer = run::failed(&failure, login, arguments.auth_state);
                arguments.shown.plugin(&answer).of_server(&login.address)
            })?
        }
        None => Facts::default(),
    };
    let check = arguments.check.as_deref().unwrap_or_default();
    if needs.iter().any(Need::is_local) {
        let looked_at = local::Scope {
            applet: "check_my",
            name: settings.name.as_deref(),
            owner: local::Owner::default(),
            logged_within: settings.logged_within(),
            server: login.as_ref().map(|login| &login.address),
            password: arguments.login.password.as_ref().map(Secret::expose),
        };
        local::read(&mut facts, &needs, &looked_at, begun, arguments.timeout());
    }
    let exchanged = match &login {
        Some(login) => {
            // Services that ask for something else keep other counters.
            let (name, schema) = (settings.name.as_deref(), settings.schema.as_deref());
            let tag = format!("{}\n{}\n{}", arguments.tag, name.unwrap_or_default(), schema.unwrap_or_default());
            let store = Store::new(arguments.state_dir.as_deref(), &login.address.to_string(), check, &tag);
            run::before(&store, &needs, (&facts, &settings), None)
        }
        None => Exchanged::default(),
    };
    let input = Input { facts: &facts, before: exchanged.before.as_ref(), settings: &settings };
    let answers = asked.iter().zip(thresholds).filter_map(|(check, thresholds)| {
        let found = run::followed((check.measure)(&input), &exchanged);
        // In a roll-up nobody misses what this server does not have.
        let missed = single || !matches!(found, Err(Cannot::NotHere(_)));
        missed.then(|| (check.name, judge(found, &thresholds)))
    });
    let mut answers: Vec<_> = answers.collect();
    let answer = match (single, answers.len()) {
        (true, 1) => answers.remove(0).1,
        _ => roll_up(answers.clone()),
    };
    let answer = run::noted(answer, &facts, &exchanged);
    let plugin = match &login {
        Some(login) => arguments.shown.plugin(&run::hinted(answer, login)).of_server(&login.address),
        None => arguments.shown.plugin(&answer),
    };
    // What is left is the parts of a roll-up.
    Ok(plugin.of_parts(answers))
}
