//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use healthd_core::verdict::role::Role;
use healthd_mysql::login::address::{Address, parse_port};

use crate::witness::Witness;

const EXAMPLES: &str = "\
Examples:
  healthd                                     serve 127.0.0.1:3306 with the credentials of ~/.my.cnf
  healthd serve --instance m0=10.0.0.5:3306   serve one named server
  healthd check 3306 --role reader            why is it in, or out? every gate with value and limit
  healthd maintenance on m0 --for 30m --reason 'new kernel'
  curl 'http://127.0.0.1:31337/mysqlchk/?port=3306'

Exit codes: 0 success, 1 a failure at run time, 2 wrong usage or configuration; of `check`: 0 up, 1 drain, 2 down, 3 unknown.";

/// Tells HAProxy, monitoring and people the truth about the MySQL and MariaDB servers of this node.
#[derive(Debug, Parser)]
#[command(name = "healthd", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    /// What to do; without it: `serve`.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// The options of `serve`.
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the daemon (the default)
    Serve(ServeArgs),
    /// Say whether a server may be used now, and show every gate with value and limit
    #[command(after_help = "Asks the running healthd; without one it probes by itself.\n\
        Exit codes: 0 up, 1 drain, 2 down, 3 unknown or usage. With several servers: the worst.\n\n\
        Examples:\n  healthd check\n  healthd check m0 --role reader --max-lag 5s\n  healthd check 3306 --json | jq .")]
    Check(CheckArgs),
    /// Take a server out for a while, or back in
    #[command(after_help = "Examples:\n  healthd maintenance on m0 --for 30m --reason 'new kernel'\n  \
        healthd maintenance on m1 --drain\n  healthd maintenance off\n  healthd maintenance list")]
    Maintenance(MaintenanceArgs),
    /// Hand the writer role from this node to the other one
    #[command(
        after_help = "The holder answers 503 until HAProxy has taken it out, tells its last commit, and the other \
        node takes over.\nNothing is lost; if it does not work within 10 s, the role stays here.\n\n\
        Example: healthd switchover m0"
    )]
    Switchover(WriterArgs),
    /// Get the writer role back on this node
    #[command(after_help = "Example: healthd failback m0")]
    Failback(WriterArgs),
    /// Take the writer role from a node that is dead
    #[command(
        after_help = "With two nodes nobody can tell a dead node from one that is cut off: that word is yours.\n\n\
        Example: healthd takeover m0 --peer-is-dead"
    )]
    Takeover {
        /// Which server.
        #[command(flatten)]
        args: WriterArgs,
        /// You have made sure that the other node serves nobody
        #[arg(long, required = true)]
        peer_is_dead: bool,
    },
    /// Give up transactions that are missing here, or keep what is too much
    #[command(after_help = "Example: healthd accept-loss m0")]
    AcceptLoss(WriterArgs),
    /// Forget what this node was seen to have received
    Mark {
        /// drop
        #[command(subcommand)]
        action: MarkAction,
    },
    /// Stop waiting for a HAProxy that is gone
    Witness {
        /// remove
        #[command(subcommand)]
        action: WitnessAction,
    },
    /// Find the traps in a HAProxy configuration: what can serve old data or write two masters, and what is slow
    #[command(after_help = "Several files are one configuration, as with `haproxy -f A -f B`.\n\
        A comment `# healthd-lint: accept RULE why` accepts a rule in the section of the line that follows it.\n\
        Exit codes: 0 nothing found, 1 findings, 2 not readable or not a HAProxy configuration.\n\n\
        Examples:\n  healthd lint /etc/haproxy/haproxy.cfg\n  healthd lint --rules")]
    Lint(LintArgs),
    /// Check or show the configuration
    Config(ConfigArgs),
    /// Print a completion script: healthd completions bash > /etc/bash_completion.d/healthd
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a directory
    Man {
        /// The directory, such as /usr/local/share/man/man1
        dir: PathBuf,
    },
}

/// Where the configuration comes from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SourceArgs {
    /// Configuration file [default: /etc/healthd/healthd.toml, if it exists]
    #[arg(long, value_name = "FILE", env = "HEALTHD_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// A server to watch, instead of those of the file: PORT, NAME=HOST:PORT or NAME=unix:PATH; can be repeated
    #[arg(long = "instance", value_name = "INSTANCE")]
    pub(crate) instances: Vec<InstanceArg>,
    /// MySQL option file with the credentials, instead of the usual ones
    #[arg(long, value_name = "FILE")]
    pub(crate) defaults_file: Option<PathBuf>,
    /// Where maintenance and the sockets are kept
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

/// `healthd serve`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Where to listen.
    #[command(flatten)]
    pub(crate) listen: ListenArgs,
    /// The log.
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// Where the daemon listens.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ListenArgs {
    /// Address for HTTP checks, pages and metrics; can be repeated [default: 0.0.0.0:31337]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Vec<SocketAddr>,
    /// Address for HAProxy's agent-check; can be repeated [default: 0.0.0.0:31338]
    #[arg(long, value_name = "ADDR")]
    pub(crate) agent_listen: Vec<SocketAddr>,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct LogArgs {
    /// How events are written to stderr
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
    /// The least important events to write: error, warn, info, debug
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "HEALTHD_LOG")]
    pub(crate) log_level: tracing::Level,
}

/// How events are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// `healthd check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Name or port of the server; without it: all
    pub(crate) instance: Option<String>,
    /// What the server is to be used for [default: the instance's default_role]
    #[arg(long, value_parser = Role::from_str, value_name = "ROLE")]
    pub(crate) role: Option<Role>,
    /// The lag a reader may have, such as 10s [default: the instance's max_lag]
    #[arg(long, value_parser = healthd_core::text::duration::parse, value_name = "TIME")]
    pub(crate) max_lag: Option<Duration>,
    /// JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

/// What the commands of the writer role have in common.
#[derive(Debug, Args)]
pub(crate) struct WriterArgs {
    /// Where the daemon is.
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Name or port of the server
    pub(crate) instance: String,
    /// Do not ask; for scripts
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// `healthd mark`.
#[derive(Debug, Subcommand)]
pub(crate) enum MarkAction {
    /// After RESET MASTER, or when another server has taken the place of the one before
    #[command(after_help = "Example: healthd mark drop m0")]
    Drop(WriterArgs),
}

/// `healthd witness`.
#[derive(Debug, Subcommand)]
pub(crate) enum WitnessAction {
    /// A HAProxy that sends no clients any more
    #[command(after_help = "Example: healthd witness remove m0 10.0.0.11")]
    Remove {
        /// Which server.
        #[command(flatten)]
        args: WriterArgs,
        /// Its address, or its name, as in `[witness]`
        witness: Witness,
    },
}

/// `healthd maintenance`.
#[derive(Debug, Args)]
pub(crate) struct MaintenanceArgs {
    /// on, off or list
    #[command(subcommand)]
    pub(crate) action: MaintenanceAction,
}

/// What to do with maintenance.
#[derive(Debug, Subcommand)]
pub(crate) enum MaintenanceAction {
    /// Take a server out
    On {
        /// Where the daemon is.
        #[command(flatten)]
        source: SourceArgs,
        /// Name or port of the server; without it: all
        instance: Option<String>,
        /// Readers finish what they do (404, agent `drain`) instead of being down
        #[arg(long)]
        drain: bool,
        /// End by itself after this time, such as 30m
        #[arg(long = "for", value_parser = a_second_or_more, value_name = "TIME")]
        lasting: Option<Duration>,
        /// Why, for those who see the server down
        #[arg(long, default_value = "", value_name = "TEXT")]
        reason: String,
    },
    /// Take a server back in
    Off {
        /// Where the daemon is.
        #[command(flatten)]
        source: SourceArgs,
        /// Name or port of the server; without it: all
        instance: Option<String>,
    },
    /// Show who took what out, why, and until when
    List {
        /// Where the daemon is.
        #[command(flatten)]
        source: SourceArgs,
    },
}

fn a_second_or_more(text: &str) -> Result<Duration, String> {
    match healthd_core::text::duration::parse(text) {
        Ok(time) if time < Duration::from_secs(1) => Err("a maintenance lasts a second or more".to_owned()),
        other => other.map_err(|error| error.to_string()),
    }
}

/// `healthd lint`.
#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// HAProxy's files
    #[arg(value_name = "FILE", required_unless_present = "rules")]
    pub(crate) files: Vec<PathBuf>,
    /// List the rules instead
    #[arg(long, conflicts_with_all = ["files", "json"])]
    pub(crate) rules: bool,
    /// JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `healthd config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// check or show
    #[command(subcommand)]
    pub(crate) action: ConfigAction,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Exit 0 if it is good, else 2 with file, line and column
    Check(SourceArgs),
    /// Print what is in force, defaults included, secrets never
    Show(SourceArgs),
}

/// An instance of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstanceArg {
    /// Its name; a bare port's is the port.
    pub(crate) name: String,
    /// Its address.
    pub(crate) address: Address,
}

impl FromStr for InstanceArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(port) = parse_port(text) {
            let address = Address::Tcp { host: "127.0.0.1".to_owned(), port };
            return Ok(InstanceArg { name: text.to_owned(), address });
        }
        let (name, address) = text.split_once('=').ok_or("write PORT, NAME=HOST:PORT or NAME=unix:PATH")?;
        crate::config::check_name(name)?;
        let address = address.parse().map_err(|error| format!("{error}"))?;
        Ok(InstanceArg { name: name.to_owned(), address })
    }
}
