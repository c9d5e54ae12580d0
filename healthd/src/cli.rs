//! The command line.

mod logs;
mod source;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use healthd_core::verdict::role::Role;

use crate::witness::Witness;
pub(crate) use logs::{LogsAction, LogsArgs, ShowArgs};
pub(crate) use source::{InstanceArg, SourceArgs};

const EXAMPLES: &str = "\
Examples:
  healthd                                     Watch 127.0.0.1:3306, log in with ~/.my.cnf
  healthd serve --instance m0=10.0.0.5:3306   Watch one named server
  healthd check 3306 --role reader            Show why a server is up or down, gate by gate
  healthd maintenance on m0 --for 30m --reason 'new kernel'
  curl 'http://127.0.0.1:31337/mysqlchk/?port=3306'

Exit codes:
  0 success, 1 failure at run time, 2 wrong usage or configuration
  check: 0 up, 1 drain, 2 down, 3 unknown";

/// Report the health of MySQL and MariaDB servers to HAProxy, monitoring and people.
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
    /// Show whether a server may be used now, and each gate with its value and limit
    #[command(after_help = "Asks the running healthd. If none is running, probes the server directly.\n\
        Exit codes: 0 up, 1 drain, 2 down, 3 unknown or wrong usage. With several servers: that of the worst.\n\n\
        Examples:\n  healthd check\n  healthd check m0 --role reader --max-lag 5s\n  healthd check 3306 --json | jq .")]
    Check(CheckArgs),
    /// Put a server into maintenance, or end it
    #[command(after_help = "Examples:\n  healthd maintenance on m0 --for 30m --reason 'new kernel'\n  \
        healthd maintenance on m1 --drain\n  healthd maintenance off\n  healthd maintenance list")]
    Maintenance(MaintenanceArgs),
    /// Hand the writer role from this node to the other node
    #[command(after_help = "This node answers 503 until HAProxy has marked it down. It then reports its last commit, \
        and the other node takes over.\n\
        No transaction is lost. If the other node has not taken over within 10 s, the role stays here.\n\n\
        Example: healthd switchover m0")]
    Switchover(WriterArgs),
    /// Take the writer role back from the other node
    #[command(after_help = "Run it on the node that should take over. No transaction is lost.\n\n\
        Example: healthd failback m0")]
    Failback(WriterArgs),
    /// Take the writer role from a dead node
    #[command(after_help = "With two nodes, healthd cannot tell a dead node from one that the network has cut off.\n\
        You must confirm that the other node is down: if it still serves clients, two servers take writes.\n\n\
        Example: healthd takeover m0 --peer-is-dead")]
    Takeover {
        /// Which server.
        #[command(flatten)]
        args: WriterArgs,
        /// Confirm that the other node no longer serves clients
        #[arg(long, required = true)]
        peer_is_dead: bool,
    },
    /// Accept that transactions are missing, or keep errant ones
    #[command(after_help = "Lists these transactions first, then asks for confirmation.\n\n\
        Example: healthd accept-loss m0")]
    AcceptLoss(WriterArgs),
    /// Forget the high-water mark, the newest position that this node was seen to have received
    Mark {
        /// What to do with the mark.
        #[command(subcommand)]
        action: MarkAction,
    },
    /// Remove a HAProxy that is gone, so that healthd no longer waits for its checks
    Witness {
        /// What to do with the witness.
        #[command(subcommand)]
        action: WitnessAction,
    },
    /// Find pitfalls in a HAProxy configuration: stale reads, writes to two masters, slow failover
    #[command(after_help = "Several files form one configuration, as with `haproxy -f A -f B`.\n\
        The comment `# healthd-lint: accept RULE why` accepts RULE in the section of the next line.\n\
        Exit codes: 0 no findings, 1 findings, 2 a file cannot be read or is not a HAProxy configuration.\n\n\
        Examples:\n  healthd lint /etc/haproxy/haproxy.cfg\n  healthd lint --rules")]
    Lint(LintArgs),
    /// Show counts of log lines, test a counter, or count old files
    Logs(LogsArgs),
    /// Check or show the configuration
    Config(ConfigArgs),
    /// Print a shell completion script, such as: healthd completions bash > /etc/bash_completion.d/healthd
    Completions {
        /// Print the script for this shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a directory
    Man {
        /// Write them here, such as /usr/local/share/man/man1
        dir: PathBuf,
    },
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
    /// Listen on this address for HTTP checks, pages and metrics; can be repeated [default: 0.0.0.0:31337]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Vec<SocketAddr>,
    /// Listen on this address for HAProxy's agent-check; can be repeated [default: 0.0.0.0:31338]
    #[arg(long, value_name = "ADDR")]
    pub(crate) agent_listen: Vec<SocketAddr>,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct LogArgs {
    /// Write events to stderr in this format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
    /// Write events of this level and above: error, warn, info, debug
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "HEALTHD_LOG")]
    pub(crate) log_level: tracing::Level,
}

/// How events are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line per event, for people
    #[default]
    Text,
    /// One JSON object per line
    Json,
}

/// `healthd check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Name or port of the server [default: all servers]
    pub(crate) instance: Option<String>,
    /// Check for this use: any, reader, writer or galera [default: the instance's default_role]
    #[arg(long, value_parser = Role::from_str, value_name = "ROLE")]
    pub(crate) role: Option<Role>,
    /// Allow a reader this much lag, such as 10s [default: the instance's max_lag]
    #[arg(long, value_parser = healthd_core::text::duration::parse, value_name = "TIME")]
    pub(crate) max_lag: Option<Duration>,
    /// Print JSON instead of a table
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
    /// Do not ask for confirmation (for scripts)
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// `healthd mark`.
#[derive(Debug, Subcommand)]
pub(crate) enum MarkAction {
    /// Forget the mark: after RESET MASTER, or when a different server now runs in this place
    #[command(after_help = "Example: healthd mark drop m0")]
    Drop(WriterArgs),
}

/// `healthd witness`.
#[derive(Debug, Subcommand)]
pub(crate) enum WitnessAction {
    /// Remove a HAProxy that no longer sends clients
    #[command(after_help = "Example: healthd witness remove m0 10.0.0.11")]
    Remove {
        /// Which server.
        #[command(flatten)]
        args: WriterArgs,
        /// Address or name of the HAProxy, as in `[witness]`
        witness: Witness,
    },
}

/// `healthd maintenance`.
#[derive(Debug, Args)]
pub(crate) struct MaintenanceArgs {
    /// What to do with maintenance.
    #[command(subcommand)]
    pub(crate) action: MaintenanceAction,
}

/// What to do with maintenance.
#[derive(Debug, Subcommand)]
pub(crate) enum MaintenanceAction {
    /// Put a server into maintenance
    On {
        /// Where the daemon is.
        #[command(flatten)]
        source: SourceArgs,
        /// Name or port of the server [default: all servers]
        instance: Option<String>,
        /// Drain readers instead of taking them down: open sessions finish, new ones go elsewhere (404, agent `drain`)
        #[arg(long)]
        drain: bool,
        /// End the maintenance after this time, such as 30m
        #[arg(long = "for", value_parser = a_second_or_more, value_name = "TIME")]
        lasting: Option<Duration>,
        /// Show this reason wherever the server is reported down
        #[arg(long, default_value = "", value_name = "TEXT")]
        reason: String,
    },
    /// End the maintenance of a server
    Off {
        /// Where the daemon is.
        #[command(flatten)]
        source: SourceArgs,
        /// Name or port of the server [default: all servers]
        instance: Option<String>,
    },
    /// List the servers in maintenance: who put them there, why, and until when
    List {
        /// Where the daemon is.
        #[command(flatten)]
        source: SourceArgs,
    },
}

fn a_second_or_more(text: &str) -> Result<Duration, String> {
    match healthd_core::text::duration::parse(text) {
        Ok(time) if time < Duration::from_secs(1) => Err("maintenance must last at least 1 second".to_owned()),
        other => other.map_err(|error| error.to_string()),
    }
}

/// `healthd lint`.
#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// HAProxy configuration files
    #[arg(value_name = "FILE", required_unless_present = "rules")]
    pub(crate) files: Vec<PathBuf>,
    /// List the rules instead
    #[arg(long, conflicts_with_all = ["files", "json"])]
    pub(crate) rules: bool,
    /// Print JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// `healthd config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// What to do with the configuration.
    #[command(subcommand)]
    pub(crate) action: ConfigAction,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Check the configuration: exit 0 if it is valid, else 2 with file, line and column
    Check(SourceArgs),
    /// Print the configuration in effect, with defaults and without secrets
    Show(SourceArgs),
}
