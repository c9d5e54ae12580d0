//! The checks of what healthd counts in logs: `check_mail_volume`, `check_maillogs`, `check_log_counter`.
//!
//! They ask healthd, which has counted already, and judge the answer here, by limits of this machine.

mod arguments;

use std::ffi::OsString;

use clap::Parser;
use healthd_core::check::Answer;
use healthd_core::samples::volume::{Noun, judge, judge_ratio, not_known, ratio_not_known};

use super::options;
use crate::daemon::{self, Counter};
use crate::output::Plugin;
use arguments::{CountArgs, Question};

/// A name under which counters are checked.
pub(super) trait CountApplet: Parser {
    /// The name.
    const NAME: &'static str;
    /// What stands before the outcome.
    const TITLE: &'static str;
    /// What is counted.
    const NOUN: Noun;

    fn into_args(self) -> CountArgs;
}

const MAIL_EXAMPLES: &str = "\
Examples:
  check_mail_volume -w 100:5000 -c 10:20000
  check_mail_volume --counter mail_sent --window 10m -c 1:
  check_mail_volume --counter mail_sent --host mx1 --silence 30m
  check_mail_volume --baseline 30%:300% --baseline-critical 5%:
  check_mail_volume --ratio mail_bounced/mail_delivered -w 5 -c 20
  check_mail_volume --daemon http://mx1:31337 -c 10: -v

The window is the last complete minutes. Limits below the count apply once 90 %
of it were collected; before that it is UNKNOWN, unless there are too many.
Ranges: 100:5000 (alert below 100 and above 5000), 10: (below 10), :10 or 10
(above 10). Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.";

const MAILLOGS_EXAMPLES: &str = "\
Examples:
  check_maillogs -w :1000 -c :5000            too many, as in the script of 2010
  check_maillogs -w 100:1000 -c 10:5000       too few as well

Another name of check_mail_volume: the same options and the same answers.";

const COUNTER_EXAMPLES: &str = "\
Examples:
  check_log_counter --counter http_5xx -w 10 -c 100 --window 5m
  check_log_counter --counter backup_done -c 1: --window 26h
  check_log_counter --ratio http_5xx/http_requests -w 1 -c 5 --min 200
  check_log_counter --ratio http_5xx_share --label server=shop -c 5

The window is the last complete minutes. Limits below the count apply once 90 %
of it were collected; before that it is UNKNOWN, unless there are too many.
Ranges: 10 (alert above 10), 1: (below 1), 10:20 (outside), @10:20 (inside).
Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.";

/// Check how many messages healthd counted in the mail log: too few, too many, or none for too long.
#[derive(Debug, Parser)]
#[command(name = "check_mail_volume", version, after_help = MAIL_EXAMPLES, max_term_width = 80)]
pub(super) struct MailVolume {
    #[command(flatten)]
    counts: CountArgs,
}

/// Check how many messages healthd counted in the mail log: too few, too many, or none for too long.
#[derive(Debug, Parser)]
#[command(name = "check_maillogs", version, after_help = MAILLOGS_EXAMPLES, max_term_width = 80)]
pub(super) struct MailLogs {
    #[command(flatten)]
    counts: CountArgs,
}

/// Check how many lines of a log healthd counted: too few, too many, none for too long, or too large a share.
#[derive(Debug, Parser)]
#[command(name = "check_log_counter", version, after_help = COUNTER_EXAMPLES, max_term_width = 80)]
pub(super) struct LogCounter {
    #[command(flatten)]
    counts: CountArgs,
}

impl CountApplet for MailVolume {
    const NAME: &'static str = "check_mail_volume";
    const TITLE: &'static str = "MAIL VOLUME";
    const NOUN: Noun = Noun::Messages;

    fn into_args(self) -> CountArgs {
        self.counts
    }
}

impl CountApplet for MailLogs {
    const NAME: &'static str = "check_maillogs";
    const TITLE: &'static str = "MAILLOGS";
    const NOUN: Noun = Noun::Messages;

    fn into_args(self) -> CountArgs {
        self.counts
    }
}

impl CountApplet for LogCounter {
    const NAME: &'static str = "check_log_counter";
    const TITLE: &'static str = "LOG COUNTER";
    const NOUN: Noun = Noun::Matches;

    fn into_args(self) -> CountArgs {
        self.counts
    }
}

pub(super) fn command<A: CountApplet>() -> clap::Command {
    A::command()
}

pub(super) fn run<A: CountApplet>(arguments: Vec<OsString>) -> Plugin {
    let arguments = match options::parse::<A>(arguments) {
        Ok(arguments) => arguments.into_args(),
        Err(plugin) => return plugin,
    };
    let question = match arguments.question() {
        Ok(question) => question,
        Err(plugin) => return arguments.output.of(plugin).of_check(A::NAME, A::NAME.to_owned()),
    };
    let subject = match &question.query().counter {
        Counter::Only => String::new(),
        Counter::Named(name) | Counter::Ratio(name) => format!(" {name}"),
    };
    let answer = answer(&arguments, &question, A::NOUN);
    let plugin = arguments.output.plugin(&answer).of_check(A::NAME, format!("{}{subject}", A::NAME));
    let text = format!("{} {}", A::TITLE, plugin.text);
    plugin.in_words(text)
}

fn answer(arguments: &CountArgs, question: &Question, noun: Noun) -> Answer {
    let (of, within) = (&arguments.daemon, arguments.timeout.timeout);
    match question {
        Question::Count { query, limits } => match daemon::window(of, query, within) {
            Ok(window) => judge(&window, limits, noun),
            Err(error) => not_known(limits, noun, &error.to_string()),
        },
        Question::Ratio { query, limits } => match daemon::ratio(of, query, within) {
            Ok(ratio) => judge_ratio(&ratio, limits),
            Err(error) => ratio_not_known(limits, &error.to_string()),
        },
    }
}
