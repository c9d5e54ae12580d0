//! Options that have the same meaning in several applets.

use std::time::Duration;

use clap::Args;
use healthd_core::check::Answer;
use healthd_core::reading::range::Thresholds;

use super::options::{self, Defaults};
use crate::output::{Format, Plugin};

/// `-w` and `-c`.
#[derive(Debug, Clone, Args)]
pub(super) struct ThresholdArgs {
    /// Alert with WARNING outside of this range; empty for none
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    warning: Option<String>,
    /// Alert with CRITICAL outside of this range; empty for none
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    critical: Option<String>,
}

impl ThresholdArgs {
    /// The ranges of the command line, or else these defaults.
    ///
    /// # Errors
    /// One of them is not a range.
    pub(super) fn over(&self, defaults: Defaults) -> Result<Thresholds, Plugin> {
        options::thresholds(self.warning.as_deref(), self.critical.as_deref(), defaults)
    }

    /// Whether the command line has one of them.
    pub(super) fn is_given(&self) -> bool {
        self.warning.is_some() || self.critical.is_some()
    }
}

/// `-v` and `--output`.
#[derive(Debug, Clone, Args)]
pub(super) struct OutputArgs {
    /// Print further lines: each channel, each offender, hints
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Set the format: nagios, json (one object on one line) or checkmk (a local check)
    // Listing each value with its meaning would double the length of every help.
    #[arg(long, value_name = "FORMAT", default_value = "nagios", hide_possible_values = true)]
    output: Format,
}

impl OutputArgs {
    /// An answer in this format, with its details after `-v`.
    pub(super) fn plugin(&self, answer: &Answer) -> Plugin {
        self.of(Plugin::answer(answer, self.verbose > 0))
    }

    /// Whether the format is JSON.
    pub(super) fn is_json(&self) -> bool {
        self.output == Format::Json
    }

    /// An answer in this format.
    pub(super) fn of(&self, plugin: Plugin) -> Plugin {
        plugin.shown_as(self.output)
    }
}

/// `--timeout` of a check.
#[derive(Debug, Clone, Args)]
pub(super) struct TimeoutArgs {
    /// Overall timeout (check_nrpe gives up after 10 s)
    #[arg(short, long, value_name = "TIME", default_value = "9", value_parser = options::time)]
    pub(super) timeout: Duration,
}

/// `--timeout` of a statement of the user.
#[derive(Debug, Clone, Args)]
pub(super) struct StatementTimeoutArgs {
    /// Overall timeout; connect and login may take at most 9 s of it [default: 59]
    #[arg(short, long, value_name = "TIME", value_parser = options::time)]
    pub(super) timeout: Option<Duration>,
}
