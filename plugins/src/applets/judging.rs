//! The options that mean the same in several applets, with their words in one place.

use std::time::Duration;

use clap::Args;
use healthd_core::check::Answer;
use healthd_core::reading::range::Thresholds;

use super::options;
use crate::output::{Format, Plugin};

/// By what a value is judged.
#[derive(Debug, Clone, Args)]
pub(super) struct Judging {
    /// Alert with WARNING outside of this range; empty for none
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    warning: Option<String>,
    /// Alert with CRITICAL outside of this range; empty for none
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    critical: Option<String>,
}

impl Judging {
    /// The ranges of the command line over these defaults (WARNING, CRITICAL).
    ///
    /// # Errors
    /// A line that says which one is no range.
    pub(super) fn over(&self, defaults: (&str, &str)) -> Result<Thresholds, Plugin> {
        options::thresholds((self.warning.as_deref(), self.critical.as_deref()), defaults)
    }

    /// Whether one of them is given.
    pub(super) fn is_given(&self) -> bool {
        self.warning.is_some() || self.critical.is_some()
    }
}

/// How an answer is shown.
#[derive(Debug, Clone, Args)]
pub(super) struct Shown {
    /// Further lines: each channel, each offender, hints
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Print it as nagios, json (one object on one line) or checkmk (a local check)
    // Shown, the meaning of its values would make every help twice as long.
    #[arg(long, value_name = "FORMAT", default_value = "nagios", hide_possible_values = true)]
    output: Format,
}

impl Shown {
    /// The line of an answer, and what else is wanted.
    pub(super) fn plugin(&self, answer: &Answer) -> Plugin {
        self.of(Plugin::answer(answer, self.verbose > 0))
    }

    /// Whether the reader is a program that reads everything.
    pub(super) fn is_json(&self) -> bool {
        self.output == Format::Json
    }

    /// A plugin that has answered, for this reader.
    pub(super) fn of(&self, plugin: Plugin) -> Plugin {
        plugin.shown_as(self.output)
    }
}

/// The time of a check of ours.
#[derive(Debug, Clone, Args)]
pub(super) struct Deadline {
    /// For everything together; check_nrpe waits for 10 s
    #[arg(short, long, value_name = "TIME", default_value = "9", value_parser = options::time)]
    pub(super) timeout: Duration,
}

/// The time of a statement of somebody's own.
#[derive(Debug, Clone, Args)]
pub(super) struct DeadlineOfStatement {
    /// For everything together; 9 s of it at most for connect and login [default: 59]
    #[arg(short, long, value_name = "TIME", value_parser = options::time)]
    pub(super) timeout: Option<Duration>,
}
