//! `healthd logs`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::source::SourceArgs;

/// `healthd logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// What to do with the logs.
    #[command(subcommand)]
    pub(crate) action: LogsAction,
}

/// What to do with the logs.
#[derive(Debug, Subcommand)]
pub(crate) enum LogsAction {
    /// Show what was counted: all counters, or one of them as bars
    #[command(
        after_help = "Asks the running healthd. Into a pipe, each line is a time in UTC and a count, or `-` where \
        nothing was collected.\n\
        Exit codes: 0 shown, 1 healthd does not answer or refuses.\n\n\
        Examples:\n  healthd logs show\n  healthd logs show mail_sent --since 2h\n  \
        healthd logs show mail_sent --label status=deferred --since 7d\n  healthd logs show mail_sent --json | jq ."
    )]
    Show(ShowArgs),
    /// Try a counter on a file: what matches, what nearly matches, and how fast
    #[command(after_help = "Changes nothing. The counter is one of the configuration; healthd need not run. \
        A compressed file (.gz) is read as it is.\n\n\
        Example: healthd logs test-counter mail_sent /var/log/mail.log")]
    TestCounter {
        /// Where the configuration is.
        #[command(flatten)]
        source: SourceArgs,
        /// The counter
        name: String,
        /// The file
        file: PathBuf,
    },
    /// Count old files, each line once, however often you run it
    #[command(
        after_help = "The files are older generations of a configured log, also compressed (.gz). Lines that were \
        counted already are not counted again. healthd may run meanwhile.\n\n\
        Examples:\n  healthd logs backfill /var/log/mail.log.*.gz\n  \
        healthd logs backfill --log /var/log/mail.log /backup/mx1/mail.log.gz"
    )]
    Backfill {
        /// Where the configuration is.
        #[command(flatten)]
        source: SourceArgs,
        /// The log that the files belong to, as in the configuration [default: the only one]
        #[arg(long, value_name = "LOG")]
        log: Option<String>,
        /// The files, in any order
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// `healthd logs show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Where the daemon is.
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// The counter [default: the only one, or an overview of all]
    pub(crate) counter: Option<String>,
    /// Begin this long ago, such as 90m or 7d: up to 3 hours a bar is a minute, beyond that an hour
    #[arg(long, value_parser = a_minute_or_more, value_name = "TIME", default_value = "24h")]
    pub(crate) since: Duration,
    /// Only lines with this label, as NAME=VALUE; can be repeated
    #[arg(long = "label", value_parser = label, value_name = "NAME=VALUE", requires = "counter")]
    pub(crate) labels: Vec<(String, String)>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The longest time that is shown: hours are kept two years.
const LONGEST: Duration = Duration::from_secs(650 * 86_400);

fn a_minute_or_more(text: &str) -> Result<Duration, String> {
    match healthd_core::text::duration::parse(text) {
        Ok(time) if time < Duration::from_secs(60) => Err("at least 1 minute can be shown".to_owned()),
        Ok(time) if time > LONGEST => Err("at most 650 days can be shown".to_owned()),
        other => other.map_err(|error| error.to_string()),
    }
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, such as status=deferred")?;
    Ok((name.to_owned(), value.to_owned()))
}
