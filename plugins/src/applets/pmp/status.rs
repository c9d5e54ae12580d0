//! `pmp-check-mysql-status`: any status or system variable, or a ratio of two, compared with a number or a text.

use std::thread;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use healthd_core::check::expression::{Of, Operator, variable};
use healthd_core::check::{Answer, Cannot, Expression, Finding, Input, Settings};
use healthd_core::checks;
use healthd_core::facts::{Facts, StatusVariables, Values};
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::{Range, Thresholds};
use healthd_core::reading::{Reading, Unit, number};
use healthd_core::text::clean::one_line;

use super::common::{CommonArgs, PmpApplet, notes};
use crate::applets::options::InvalidValue;
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-mysql-status";
const EXAMPLES: &str = "  pmp-check-mysql-status -H db1 -x Uptime -C '<' -w 600
  pmp-check-mysql-status -H db1 -x Open_files -o / -y open_files_limit -w 0.8";

/// Compare a status or system variable, or a calculation of two, with -w and -c.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// The variable
    #[arg(short = 'x', value_name = "VAR1", value_parser = variable)]
    first: String,
    /// Operator between the two variables: / * + -
    #[arg(short = 'o', value_name = "OPERATOR", value_parser = operator, allow_hyphen_values = true)]
    #[arg(requires = "second")]
    operator: Option<Operator>,
    /// The second variable
    #[arg(short = 'y', value_name = "VAR2", value_parser = variable, requires = "operator")]
    second: Option<String>,
    /// Compare a percentage (pct) or texts (str)
    #[arg(short = 'T', value_name = "TRANSFORM")]
    transform: Option<Transform>,
    /// Operator that compares the value with -c and -w
    #[arg(short = 'C', value_name = "COMPARE", default_value = ">=", value_parser = comparison)]
    comparison: Comparison,
    /// Compare the growth of the status variables in this many seconds
    #[arg(short = 'I', value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=50))]
    interval: Option<u64>,
    #[command(flatten)]
    common: CommonArgs,
}

/// The conversion of the value before it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Transform {
    /// Times 100
    Pct,
    /// A text
    Str,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    AtLeast,
    Above,
    Below,
    AtMost,
}

fn comparison(text: &str) -> Result<Comparison, InvalidValue> {
    Ok(match text {
        "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        ">=" => Comparison::AtLeast,
        ">" => Comparison::Above,
        "<" => Comparison::Below,
        "<=" => Comparison::AtMost,
        _ => return Err(InvalidValue("one of == != >= > < <=")),
    })
}

fn operator(text: &str) -> Result<Operator, InvalidValue> {
    let mut signs = text.chars();
    match (signs.next().and_then(Operator::of), signs.next()) {
        (Some(operator), None) => Ok(operator),
        _ => Err(InvalidValue("one of / * + -")),
    }
}

impl Comparison {
    fn holds<T: PartialOrd + ?Sized>(self, value: &T, with: &T) -> bool {
        match self {
            Comparison::Equal => value == with,
            Comparison::NotEqual => value != with,
            Comparison::AtLeast => value >= with,
            Comparison::Above => value > with,
            Comparison::Below => value < with,
            Comparison::AtMost => value <= with,
        }
    }

    /// The range of perfdata for this limit: the good values, but for the limit itself. If higher is worse it is the
    /// plain number of the original plugin, which graphs expect.
    fn range(self, limit: f64) -> Option<Range> {
        let limit = number(limit);
        let text = match self {
            Comparison::Equal => format!("@{limit}:{limit}"),
            Comparison::NotEqual => format!("{limit}:{limit}"),
            Comparison::AtLeast | Comparison::Above if limit.starts_with('-') => format!("~:{limit}"),
            Comparison::AtLeast | Comparison::Above => limit,
            Comparison::Below | Comparison::AtMost => format!("{limit}:"),
        };
        text.parse().ok()
    }
}

impl PmpApplet for Arguments {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        let expression = self.expression()?;
        let limits = self.limits()?;
        let settings = Settings { expression: Some(expression), ..Settings::default() };
        let login = self.common.login()?;
        let mut facts = self.common.facts_of(&login, checks::STATUS.needs, &settings)?;
        if let Some(seconds) = self.interval {
            thread::sleep(Duration::from_secs(seconds));
            let later = self.common.facts_of(&login, checks::STATUS.needs, &settings)?;
            facts = grown(&facts, later);
        }
        Ok(self
            .judge(&facts, &settings, &limits)
            .unwrap_or_else(|cannot| Answer::plain(Outcome::Unknown, cannot.to_string())))
    }
}

/// A limit: a text, or also a number.
struct Limit {
    outcome: Outcome,
    text: String,
    number: Option<f64>,
}

impl Arguments {
    fn expression(&self) -> Result<Expression, Plugin> {
        let percent = self.transform == Some(Transform::Pct);
        let of = match (self.operator, &self.second) {
            (Some(operator), Some(second)) => Of::With { operator, second: second.clone(), percent },
            _ if percent => return Err(Plugin::usage("-T pct needs -o and -y")),
            _ => Of::Number,
        };
        Ok(Expression { first: self.first.clone(), of })
    }

    /// The limits of the command line, CRITICAL first.
    fn limits(&self) -> Result<Vec<Limit>, Plugin> {
        let given =
            [("-c", Outcome::Critical, self.common.critical()), ("-w", Outcome::Warning, self.common.warning())];
        let mut limits = Vec::new();
        for (option, outcome, text) in given {
            let Some(text) = text else { continue };
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            if number.is_none() && self.transform != Some(Transform::Str) {
                let text = one_line(text, 40);
                return Err(Plugin::usage(format!("{option} `{text}` is not a number; -T str compares texts")));
            }
            limits.push(Limit { outcome, text: text.to_owned(), number });
        }
        if limits.is_empty() { Err(Plugin::usage("no limit: add -w, -c or both")) } else { Ok(limits) }
    }

    fn judge(&self, facts: &Facts, settings: &Settings, limits: &[Limit]) -> Result<Answer, Cannot> {
        let input = Input { facts, before: None, settings };
        let worst = |holds: &dyn Fn(&Limit) -> bool| {
            limits.iter().find(|limit| holds(limit)).map_or(Outcome::Ok, |limit| limit.outcome)
        };
        if self.transform == Some(Transform::Str) {
            let text = input.named(&self.first)?.text;
            let outcome = worst(&|limit| self.comparison.holds(text, &limit.text));
            return Ok(Answer::plain(outcome, format!("{} is `{}`", self.first, one_line(text, 80))));
        }
        let found = match self.divided_by_zero(&input)? {
            Some(label) => Finding::new(format!("{label} is 0"), vec![Reading::new(label, 0.0, Unit::None)]),
            None => (checks::STATUS.measure)(&input)?,
        };
        let value = found.value.unwrap_or_default();
        let outcome = worst(&|limit| limit.number.is_some_and(|limit| self.comparison.holds(&value, &limit)));
        let of = |outcome| limits.iter().find(|limit| limit.outcome == outcome)?.number;
        let range = |outcome| of(outcome).and_then(|limit| self.comparison.range(limit));
        let thresholds = Thresholds { warning: range(Outcome::Warning), critical: range(Outcome::Critical) };
        let percent = self.transform == Some(Transform::Pct);
        let shown = found.readings.into_iter().map(|reading| Reading {
            unit: Unit::None,
            thresholds: thresholds.clone(),
            min: (value >= 0.0).then_some(0.0),
            max: percent.then_some(100.0),
            // As the original plugin: six decimals unless the value is an integer.
            decimals: (value.fract() != 0.0).then_some(6),
            ..reading
        });
        Ok(Answer { readings: shown.collect(), ..Answer::plain(outcome, found.text) })
    }
}

impl Arguments {
    /// The label of a division by 0. It is 0 in the original plugin; our own check gives no value.
    fn divided_by_zero(&self, input: &Input<'_>) -> Result<Option<String>, Cannot> {
        let number = |name: &str| Ok(input.named(name)?.number);
        Ok(match (self.operator, &self.second) {
            (Some(Operator::Divide), Some(second))
                if number(second)? == Some(0.0) && number(&self.first)?.is_some() =>
            {
                Some(format!("{}/{second}", self.first))
            }
            _ => None,
        })
    }
}

/// The growth of every numeric status variable; the system variables stay as they are.
fn grown(earlier: &Facts, later: Facts) -> Facts {
    let (Some(before), Some(now)) = (earlier.value::<StatusVariables>(), later.value::<StatusVariables>()) else {
        return later;
    };
    let growth = |name: &str| Some(now.number(name)? - before.number(name)?);
    let all = now.iter().map(|(name, text)| {
        let grown = growth(name).map_or_else(|| text.to_owned(), |growth| growth.to_string());
        (name.to_owned(), grown)
    });
    let grown = all.collect::<Values>();
    later.with::<StatusVariables>(Ok(grown))
}

#[cfg(test)]
mod tests {
    use healthd_core::facts::SystemVariables;

    use super::*;

    fn facts(uptime: &str) -> Facts {
        let status =
            [("Threads_connected", "50"), ("Uptime", uptime), ("Ssl_cipher", ""), ("Ssl_session_cache_mode", "SERVER")];
        let variables = [
            ("max_connections", "151"),
            ("slave_exec_mode", "IDEMPOTENT"),
            ("version", "8.0.36"),
            ("ssl_session_cache_mode", "ON"),
        ];
        Facts::default()
            .with::<StatusVariables>(Ok(status.into_iter().collect()))
            .with::<SystemVariables>(Ok(variables.into_iter().collect()))
    }

    fn answer(words: &[&str], facts: &Facts) -> Result<(Outcome, Option<String>), String> {
        let arguments = Arguments::try_parse_from([NAME].iter().chain(words)).map_err(|error| error.to_string())?;
        let settings =
            Settings { expression: Some(arguments.expression().map_err(|p| p.text)?), ..Settings::default() };
        let limits = arguments.limits().map_err(|plugin| plugin.text)?;
        let answer = arguments.judge(facts, &settings, &limits).map_err(|cannot| cannot.to_string())?;
        Ok((answer.outcome, answer.readings.first().and_then(Reading::perfdata)))
    }

    #[test]
    fn a_value_is_compared_as_it_is_asked_for_and_perfdata_says_the_same() {
        use Outcome::{Critical, Ok as Fine, Warning};
        for (words, outcome, perfdata) in [
            (&["-x", "Threads_connected", "-w", "50", "-c", "60"][..], Warning, Some("Threads_connected=50;50;60;0")),
            (&["-x", "Threads_connected", "-w", "50", "-C", ">"], Fine, Some("Threads_connected=50;50;;0")),
            (
                &["-x", "Threads_connected", "-w", "60", "-c", "51", "-C", "<"],
                Critical,
                Some("Threads_connected=50;60:;51:;0"),
            ),
            (
                &["-x", "Threads_connected", "-o", "/", "-y", "max_connections", "-T", "pct", "-w", "80"],
                Fine,
                Some("Threads_connected/max_connections=33.112583;80;;0;100"),
            ),
            (
                &["-x", "max_connections", "-o", "-", "-y", "Threads_connected", "-c", "101"],
                Critical,
                Some("max_connections-Threads_connected=101;;101;0"),
            ),
            (&["-x", "max_connections", "-C", "!=", "-w", "151"], Fine, Some("max_connections=151;151:151;;0")),
            (&["-x", "max_connections", "-C", "==", "-c", "151"], Critical, Some("max_connections=151;;@151:151;0")),
            (&["-x", "slave_exec_mode", "-C", "==", "-T", "str", "-w", "IDEMPOTENT"], Warning, None),
            (&["-x", "Ssl_session_cache_mode", "-C", "==", "-T", "str", "-w", "SERVER"], Warning, None),
            (&["-x", "ssl_session_cache_mode", "-C", "==", "-T", "str", "-w", "ON"], Warning, None),
            (&["-x", "slave_exec_mode", "-C", "!=", "-T", "str", "-w", "IDEMPOTENT"], Fine, None),
            // The Percona plugin ends with a syntax error of awk here, and WARNING.
            (&["-x", "version", "-C", "!=", "-T", "str", "-c", "8.0.36"], Fine, None),
        ] {
            let expected = Ok((outcome, perfdata.map(str::to_owned)));
            assert_eq!(answer(words, &facts("100")), expected, "{words:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (words, why) in [
            (&["-x", "Uptime"][..], "no limit: add -w"),
            (&["-w", "1"], "-x"),
            (&["-x", "Uptime", "-w", "abc"], "`abc` is not a number"),
            (&["-x", "Uptime", "-w", "1", "-o", "/"], "-y"),
            (&["-x", "Uptime", "-w", "1", "-y", "Uptime"], "-o"),
            (&["-x", "Uptime", "-w", "1", "-o", "%", "-y", "Uptime"], "write one of / * + -"),
            (&["-x", "Uptime", "-w", "1", "-C", "=>"], "write one of =="),
            (&["-x", "Uptime", "-w", "1", "-T", "pct"], "-T pct needs -o and -y"),
            (&["-x", "no_such", "-w", "1"], "this server has no variable no_such"),
            (&["-x", "version", "-w", "1"], "which is not a number"),
            (&["-x", "Ssl_session_cache_mode", "-w", "1"], "is `SERVER`, which is not a number"),
            (&["-x", "a' OR '1", "-w", "1"], "expected VARIABLE"),
            (&["-x", "Uptime", "-w", "1", "-I", "0"], "0 is not in 1..=50"),
            (&["-x", "Uptime", "-w", "1", "-I", "51"], "51 is not in 1..=50"),
        ] {
            let found = answer(words, &facts("100")).expect_err("refused");
            assert!(found.contains(why), "{words:?}: {found}");
        }
    }

    #[test]
    fn an_interval_compares_the_growth_of_the_status_and_leaves_the_system_variables() {
        let grown = grown(&facts("100"), facts("105"));
        for (words, value) in [
            (&["-x", "Uptime", "-w", "9"][..], "Uptime=5;9;;0"),
            (
                &["-x", "max_connections", "-o", "/", "-y", "Uptime", "-w", "99"],
                "max_connections/Uptime=30.200000;99;;0",
            ),
            (&["-x", "Threads_connected", "-w", "9"], "Threads_connected=0;9;;0"),
        ] {
            assert_eq!(answer(words, &grown), Ok((Outcome::Ok, Some(value.to_owned()))), "{words:?}");
        }
    }
}
