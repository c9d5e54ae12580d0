//! `check_mysql` of the Monitoring Plugins: its options, its labels, its outcomes.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, Parser};
use healthd_core::check::{Answer, Cannot, Input, Settings};
use healthd_core::facts::{Channels, Fact as _, Facts, Need};
use healthd_core::observed::channel::{Applier, Channel, Receiver};
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_core::reading::{Reading, Unit, number};
use healthd_mysql::connection::limits::Limits;
use healthd_mysql::login::credentials::TlsMode;

use super::options::Defaults;
use super::original_login::{OriginalLoginArgs, failed};
use super::shared_args::{OutputArgs, ThresholdArgs, TimeoutArgs};
use super::{extra_opts, options};
use crate::asking::login::TlsRequest;
use crate::asking::run;
use crate::output::Plugin;

pub(super) const NAME: &str = "check_mysql";

const NOTES: &str = "\
Examples:
  check_mysql -H db1 -u monitor -f /etc/healthd/monitoring.cnf
  check_mysql -H db1 --extra-opts=mysql@/etc/nagios/plugins.ini
  check_mysql -H db2 -S -w 10 -c 60 -v
  check_mysql -H db1 -n                        also OK if the login is refused

With -S, a stopped thread or an unknown lag of any channel is CRITICAL, and a
server without a replication source is WARNING. -w and -c are ranges for the
lag in seconds: 10 (alert above 10), @10:20 (inside).
Takes the options of check_mysql of the Monitoring Plugins, 2.3 and 3.x.
Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.";

/// The perfdata of the original plugin, in its order: graphs may depend on the position. A server without a query cache
/// has none of its labels.
const SHOWN: [(&str, Unit); 15] = [
    ("Connections", Unit::Counter),
    ("Open_files", Unit::None),
    ("Open_tables", Unit::None),
    ("Qcache_free_memory", Unit::None),
    ("Qcache_hits", Unit::Counter),
    ("Qcache_inserts", Unit::Counter),
    ("Qcache_lowmem_prunes", Unit::Counter),
    ("Qcache_not_cached", Unit::Counter),
    ("Qcache_queries_in_cache", Unit::None),
    ("Queries", Unit::Counter),
    ("Questions", Unit::Counter),
    ("Table_locks_waited", Unit::Counter),
    ("Threads_connected", Unit::None),
    ("Threads_running", Unit::None),
    ("Uptime", Unit::Counter),
];
const STATUS: Need = Need::Status(&[
    "Connections",
    "Open_files",
    "Open_tables",
    "Opened_tables",
    "Qcache_free_memory",
    "Qcache_hits",
    "Qcache_inserts",
    "Qcache_lowmem_prunes",
    "Qcache_not_cached",
    "Qcache_queries_in_cache",
    "Queries",
    "Questions",
    "Slow_queries",
    "Table_locks_waited",
    "Threads_connected",
    "Threads_running",
    "Uptime",
]);

/// Check that a MySQL or MariaDB server answers, or that its replication runs.
#[derive(Debug, Parser)]
#[command(
    name = NAME, version, after_help = NOTES, infer_long_args = true, args_override_self = true, max_term_width = 80
)]
struct Arguments {
    /// Accept a refused login: OK if the server speaks the protocol
    #[arg(short = 'n', long)]
    ignore_auth: bool,
    /// Check the replication of this server, on all channels
    #[arg(short = 'S', long = "check-slave", visible_alias = "check-replica")]
    check_replica: bool,
    #[command(flatten)]
    thresholds: ThresholdArgs,
    #[command(flatten)]
    timeout: TimeoutArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Require TLS; the options below need this one
    #[arg(short = 'l', long, help_heading = "TLS")]
    ssl: bool,
    /// CA certificate to verify the server's certificate; without it nothing is verified
    #[arg(short = 'C', long, value_name = "FILE", help_heading = "TLS")]
    ca_cert: Option<PathBuf>,
    /// Directory of CA certificates
    #[arg(short = 'D', long, value_name = "DIR", help_heading = "TLS")]
    ca_dir: Option<PathBuf>,
    /// The client's certificate; without -k the file must contain its key too
    #[arg(short = 'a', long, value_name = "FILE", help_heading = "TLS")]
    cert: Option<PathBuf>,
    /// The key of the client's certificate
    #[arg(short = 'k', long, value_name = "FILE", help_heading = "TLS")]
    key: Option<PathBuf>,
    /// Accept and ignore a list of ciphers: only secure ones of TLS 1.2 and 1.3 are used
    #[arg(short = 'L', long, value_name = "LIST", help_heading = "TLS")]
    ciphers: Option<String>,
    #[command(flatten)]
    login: OriginalLoginArgs,
    /// Server and login by position
    #[arg(value_names = ["HOST", "USER", "PASSWORD", "DATABASE", "PORT"], num_args = 0..=5)]
    words: Vec<String>,
    /// Accept the option of 3.x; there is one format
    #[arg(long, value_name = "FORMAT", hide = true)]
    output_format: Option<String>,
}

impl Arguments {
    /// TLS by -l and the options below it. Files without -l apply if an option file has an `ssl-mode`.
    fn tls(&self) -> TlsRequest {
        let ca = self.ca_cert.clone().or_else(|| self.ca_dir.clone());
        let mode = match (self.ssl, &ca) {
            (false, _) => None,
            (true, None) => Some(TlsMode::Required),
            (true, Some(_)) => Some(TlsMode::VerifyCa),
        };
        TlsRequest { mode, ca, cert: self.cert.clone(), key: self.key.clone() }
    }
}

pub(super) fn command() -> clap::Command {
    Arguments::command()
}

pub(super) fn run(arguments: Vec<OsString>) -> Plugin {
    let mut arguments: Arguments = match extra_opts::expand(arguments, NAME).and_then(options::parse) {
        Ok(arguments) => arguments,
        Err(plugin) => return plugin,
    };
    let words = std::mem::take(&mut arguments.words);
    let plugin = arguments.login.fill(words).and_then(|()| ask(&arguments)).unwrap_or_else(|plugin| plugin);
    arguments.output.of(plugin).of_check(NAME, NAME.to_owned())
}

fn ask(arguments: &Arguments) -> Result<Plugin, Plugin> {
    let thresholds = arguments.thresholds.over(Defaults::default())?;
    let mut login = arguments.login.login(arguments.tls())?;
    // One file may contain both certificate and key.
    let tls = &mut login.credentials.tls;
    tls.key = tls.key.take().or_else(|| tls.cert.clone());
    tls.cert = tls.cert.take().or_else(|| tls.key.clone());
    let needs: &[Need] = if arguments.check_replica { &[STATUS, Channels::NEED] } else { &[STATUS] };
    let refused_login = if arguments.ignore_auth { Outcome::Ok } else { Outcome::Critical };
    let answer = match run::read(&login, needs, &Settings::default(), Limits::together(arguments.timeout.timeout)) {
        Ok(facts) => run::hinted(judge(&facts, arguments.check_replica, &thresholds), &login),
        Err(failure) => failed(&failure, &login, refused_login),
    };
    Ok(arguments.output.plugin(&answer).of_server(&login.address))
}

fn judge(facts: &Facts, check_replica: bool, thresholds: &Thresholds) -> Answer {
    let settings = Settings::default();
    let input = Input { facts, before: None, settings: &settings };
    let answer = status(&input).and_then(|alive| {
        if check_replica { Ok(replication(alive, &input.channels()?, thresholds)) } else { Ok(alive) }
    });
    answer.unwrap_or_else(|cannot| Answer::plain(cannot.outcome(), cannot.to_string()))
}

/// The line of the original plugin with its perfdata.
fn status(input: &Input<'_>) -> Result<Answer, Cannot> {
    let values = input.status_values()?;
    let (uptime, questions) = (input.status("Uptime")?, input.status("Questions")?);
    let text = format!(
        "uptime {}, threads {}, questions {}, slow queries {}, opens {}, open tables {}, queries per second {}",
        number(uptime),
        number(input.status("Threads_connected")?),
        number(questions),
        number(input.status("Slow_queries")?),
        number(input.status("Opened_tables")?),
        number(input.status("Open_tables")?),
        number(questions / uptime.max(1.0)),
    );
    let shown = SHOWN.iter().filter_map(|(name, unit)| Some(Reading::new(*name, values.number(name)?, *unit)));
    Ok(Answer { readings: shown.collect(), ..Answer::plain(Outcome::Ok, text) })
}

/// Judges the worst channel. A stopped thread is CRITICAL whatever the thresholds are.
fn replication(alive: Answer, channels: &[&Channel], thresholds: &Thresholds) -> Answer {
    let details = channels.iter().map(|channel| describe(channel)).collect();
    let broken = channels.iter().find(|channel| channel.fault().is_some());
    let behind = |channel: &&&Channel| channel.lag.unwrap_or_default();
    let (worst, outcome) = match (broken, channels.iter().max_by_key(behind)) {
        (Some(broken), _) => (broken, Outcome::Critical),
        (None, Some(slowest)) => (slowest, thresholds.judge(slowest.lag.unwrap_or_default().as_secs_f64())),
        (None, None) => return Answer::plain(Outcome::Warning, "this server is not a replica"),
    };
    let mut readings = Vec::new();
    if let (None, Some(lag)) = (broken, worst.lag) {
        let lag = Reading::new("seconds behind master", lag.as_secs_f64(), Unit::Seconds);
        readings = alive.readings;
        readings.push(Reading { thresholds: thresholds.clone(), ..lag });
    }
    // The fault comes first: a line may be truncated.
    let text = match outcome {
        Outcome::Ok => format!("{}; {}", alive.text, describe(worst)),
        _ => describe(worst),
    };
    Answer { outcome, text, readings, details }
}

/// A channel in one line, in the words of the original plugin. The server's error texts have lost their quotes already.
fn describe(channel: &Channel) -> String {
    let of = match &*channel.name {
        "" => format!("replica of {}", channel.source),
        name => format!("replica of {} (channel {name})", channel.source),
    };
    let io = match channel.receiver {
        Receiver::Running => "Yes",
        Receiver::Connecting => "Connecting",
        Receiver::Stopped => "No",
    };
    let sql = if channel.applier == Applier::Running { "Yes" } else { "No" };
    let lag = channel.lag.map_or_else(|| "unknown".to_owned(), |lag| number(lag.as_secs_f64()));
    let errors = [("IO", &channel.receiver_error), ("SQL", &channel.applier_error)];
    let errors = errors.into_iter().filter_map(|(thread, error)| Some((thread, error.as_ref()?)));
    let errors: String =
        errors.map(|(thread, error)| format!(", {thread} error {}: {}", error.code, error.text)).collect();
    format!("{of}: IO {io}, SQL {sql}, seconds behind {lag}{errors}")
}

#[cfg(test)]
mod tests;
