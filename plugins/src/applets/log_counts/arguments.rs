//! The options of the checks of counters, and what they ask.

use std::time::Duration;

use clap::Args;
use healthd_core::reading::range::Thresholds;
use healthd_core::samples::labels::Labels;
use healthd_core::samples::volume::{RatioLimits, VolumeLimits};

use crate::applets::options::{self, Defaults, InvalidValue};
use crate::applets::shared_args::{OutputArgs, ThresholdArgs, TimeoutArgs};
use crate::daemon::{Counter, CounterQuery, Daemon};
use crate::output::Plugin;

/// The options of the checks of counters.
#[derive(Debug, Clone, Args)]
pub(in crate::applets) struct CountArgs {
    #[command(flatten)]
    thresholds: ThresholdArgs,
    /// The counter [default: the only one that is configured]
    #[arg(long, value_name = "NAME")]
    counter: Option<String>,
    /// The last complete minutes: 10m, 60m, 24h
    #[arg(long, value_name = "TIME", default_value = "60m", value_parser = whole_minutes)]
    window: Duration,
    /// Alert with WARNING if the count is outside of this range in percent of what is usual: 30%:300%.
    /// Usual is the median of the same window in the last 4 weeks, if at least 3 of them were
    /// collected and 50 were counted
    #[arg(long, value_name = "RANGE", conflicts_with = "ratio")]
    baseline: Option<String>,
    /// The same with CRITICAL
    #[arg(long, value_name = "RANGE", conflicts_with = "ratio")]
    baseline_critical: Option<String>,
    /// Alert with CRITICAL if nothing was counted for this long
    #[arg(long, value_name = "TIME", value_parser = options::time, conflicts_with = "ratio")]
    silence: Option<Duration>,
    /// Judge one counter in percent of another: PART/WHOLE, or the name of a `[[ratio]]`
    #[arg(long, value_name = "PART/WHOLE", conflicts_with = "counter")]
    ratio: Option<String>,
    /// With --ratio: too few of the whole to judge, which is OK [default: that of the `[[ratio]]`, or 100]
    #[arg(long, value_name = "NUMBER", requires = "ratio")]
    min: Option<u64>,
    /// Only what this host has logged: short for --label host=NAME
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Only what has this label (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = label)]
    label: Vec<(String, String)>,
    /// Ask the healthd at this URL or socket [default: that of this machine]
    #[arg(long, value_name = "URL", num_args = 0..=1, default_value = "", default_missing_value = "")]
    #[arg(hide_default_value = true)]
    pub(super) daemon: Daemon,
    #[command(flatten)]
    pub(super) timeout: TimeoutArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// What is asked, and what the answer is held against.
#[derive(Debug)]
pub(super) enum Question {
    /// A counter.
    Count { query: CounterQuery, limits: VolumeLimits },
    /// Two of them.
    Ratio { query: CounterQuery, limits: RatioLimits },
}

impl Question {
    pub(super) fn query(&self) -> &CounterQuery {
        match self {
            Question::Count { query, .. } | Question::Ratio { query, .. } => query,
        }
    }
}

impl CountArgs {
    /// What the options ask.
    ///
    /// # Errors
    /// One of them is invalid.
    pub(super) fn question(&self) -> Result<Question, Plugin> {
        let thresholds = self.thresholds.over(Defaults::default())?;
        let of = |counter| -> Result<CounterQuery, Plugin> {
            Ok(CounterQuery { counter, window: self.window, labels: self.labels()? })
        };
        let named = |name: &str| match name {
            "" => Err(Plugin::usage("the name of the counter is empty")),
            name => Ok(name.to_owned()),
        };
        Ok(match (&self.ratio, &self.counter) {
            (Some(ratio), _) => Question::Ratio {
                query: of(Counter::Ratio(named(ratio)?))?,
                limits: RatioLimits { share: thresholds, min: self.min },
            },
            (None, counter) => {
                let counter = counter.as_deref().map(named).transpose()?.map_or(Counter::Only, Counter::Named);
                let (baseline, silence) = (self.baseline()?, self.silence);
                let limits = VolumeLimits { count: thresholds, baseline, silence };
                Question::Count { query: of(counter)?, limits }
            }
        })
    }

    fn labels(&self) -> Result<Labels, Plugin> {
        let host = self.host.clone().map(|host| ("host".to_owned(), host));
        let pairs: Vec<(String, String)> = host.into_iter().chain(self.label.iter().cloned()).collect();
        let labels: Labels = pairs.iter().cloned().collect();
        if labels.iter().count() < pairs.len() {
            return Err(Plugin::usage("a label is there twice: a series has one value of each"));
        }
        Ok(labels)
    }

    fn baseline(&self) -> Result<Thresholds, Plugin> {
        let range = |option: &str, text: &Option<String>| match text.as_deref() {
            None | Some("") => Ok(None),
            // 30%:300% and 30:300 are the same.
            Some(text) => text
                .replace('%', "")
                .parse()
                .map(Some)
                .map_err(|error| Plugin::usage(format!("{option} {error}, in percent of what is usual"))),
        };
        Ok(Thresholds {
            warning: range("--baseline", &self.baseline)?,
            critical: range("--baseline-critical", &self.baseline_critical)?,
        })
    }
}

/// Parses a window.
fn whole_minutes(text: &str) -> Result<Duration, InvalidValue> {
    let time = options::time(text).ok().filter(|time| time.as_secs().is_multiple_of(60) && time.subsec_nanos() == 0);
    time.ok_or(InvalidValue("whole minutes: 10m, 60m, 24h"))
}

/// Parses a label.
fn label(text: &str) -> Result<(String, String), InvalidValue> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or(InvalidValue("NAME=VALUE, such as status=sent"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use healthd_core::reading::outcome::Outcome;

    use super::*;

    #[derive(Debug, Parser)]
    struct Bare {
        #[command(flatten)]
        counts: CountArgs,
    }

    fn question(line: &str) -> Result<Question, String> {
        let words = ["applet"].into_iter().chain(line.split_whitespace());
        let parsed = options::parse::<Bare>(words.map(Into::into).collect());
        parsed.and_then(|bare| bare.counts.question()).map_err(|plugin| {
            assert_eq!(plugin.outcome, Outcome::Unknown);
            plugin.text
        })
    }

    #[test]
    fn a_command_line_is_a_question() {
        for (line, counter, seconds, labels) in [
            ("", Counter::Only, 3_600, ""),
            ("--counter mail_sent --window 10m", Counter::Named("mail_sent".to_owned()), 600, ""),
            ("--window 600", Counter::Only, 600, ""),
            ("--host mx1 --label status=sent", Counter::Only, 3_600, "host=mx1 status=sent"),
            ("--label url=/a=b", Counter::Only, 3_600, "url=/a=b"),
            ("--label relay=", Counter::Only, 3_600, "relay="),
            ("--ratio a/b --min 5 -w 1", Counter::Ratio("a/b".to_owned()), 3_600, ""),
        ] {
            let question = question(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            let query = question.query();
            assert_eq!(
                (&query.counter, query.window.as_secs(), &*query.labels.to_string()),
                (&counter, seconds, labels)
            );
        }
    }

    #[test]
    fn the_limits_are_those_of_the_command_line() {
        let limits = |line: &str| match question(line) {
            Ok(Question::Count { limits, .. }) => limits,
            other => panic!("{line}: {other:?}"),
        };
        // The two numbers of the script of 2010, and numbers as Nagios has them.
        for line in ["-w :100 -c :500", "-w 100 -c 500", "-w 0:100 -c 0:500"] {
            let count = limits(line).count;
            let judged = [0.0, 100.0, 101.0, 500.0, 501.0].map(|value| count.judge(value));
            let (ok, warning) = (Outcome::Ok, Outcome::Warning);
            assert_eq!(judged, [ok, ok, warning, warning, Outcome::Critical], "{line}");
        }
        let baseline = limits("--baseline 30%:300% --baseline-critical 5:").baseline;
        assert_eq!(
            [29.0, 300.0, 301.0, 4.0].map(|value| baseline.judge(value)),
            [Outcome::Warning, Outcome::Ok, Outcome::Warning, Outcome::Critical]
        );
        assert_eq!(limits("--silence 30m").silence, Some(Duration::from_secs(1_800)));
        assert_eq!(limits("--warning= --critical=").count, Thresholds::default());
    }

    #[test]
    fn what_is_not_meant_is_refused() {
        for (line, part) in [
            ("--window 90s", "whole minutes"),
            ("--window 0", "whole minutes"),
            ("--window day", "whole minutes"),
            ("-w abc", "-w `abc` is not a range"),
            ("--baseline half", "--baseline `half` is not a range"),
            ("--baseline 30%:300% --ratio a/b", "cannot be used with"),
            ("--counter a --ratio a/b", "cannot be used with"),
            ("--min 5", "--ratio"),
            ("--label status", "NAME=VALUE"),
            ("--label =x", "NAME=VALUE"),
            ("--host a --label host=b", "twice"),
            ("--counter= ", "is empty"),
            ("--daemon https://db1", "without TLS"),
            ("100 500", "unexpected argument"),
        ] {
            let error = question(line).expect_err(line);
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
