//! The output of a plugin with `--output json`: one object on one line. Its shape is an interface, like that of
//! [`json`](super::json).

use serde::{Deserialize, Serialize};

use crate::check::Answer;
use crate::reading::{Reading, number};
use crate::text::clean::one_line;

/// The longest sentence, or further line. No monitoring system limits it here.
const TEXT: usize = 4_000;

/// The result of a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginReport {
    /// The name of the check, or of a plugin that has only one check; `None` if the command line names no check.
    pub check: Option<String>,
    /// The server that was asked, if one was.
    pub server: Option<String>,
    /// The answer.
    pub answer: Answer,
    /// The answers of a roll-up, each with the name of its check.
    pub parts: Vec<(&'static str, Answer)>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerJson {
    /// The name of the check; null if the command line was not understood.
    pub check: Option<String>,
    /// `OK`, `WARNING`, `CRITICAL` or `UNKNOWN`; the exit code says the same.
    pub outcome: String,
    /// The sentence.
    pub text: String,
    /// The address that was asked; null if no server was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server: Option<String>,
    /// The values, the judged one first.
    pub readings: Vec<ReadingJson>,
    /// What `-v` would print.
    pub details: Vec<String>,
    /// For a roll-up: the answer of each check.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub checks: Option<Vec<AnswerJson>>,
}

/// A value, as in perfdata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadingJson {
    /// Its label.
    pub label: String,
    /// The value in its base unit, with the decimals that perfdata has.
    pub value: f64,
    /// `s`, `B`, `%`, `c` for a count that only grows, or nothing.
    pub unit: String,
    /// The range outside of which it is WARNING.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub warning: Option<String>,
    /// The range outside of which it is CRITICAL.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub critical: Option<String>,
    /// The smallest possible value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub min: Option<f64>,
    /// The largest possible value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max: Option<f64>,
}

/// Builds the wire form of a report.
pub fn report(report: &PluginReport) -> AnswerJson {
    let part = |(name, answer): &(&str, Answer)| of(Some((*name).to_owned()), None, answer);
    let parts: Vec<AnswerJson> = report.parts.iter().map(part).collect();
    AnswerJson {
        checks: (!parts.is_empty()).then_some(parts),
        ..of(report.check.clone(), report.server.clone(), &report.answer)
    }
}

fn of(check: Option<String>, server: Option<String>, answer: &Answer) -> AnswerJson {
    AnswerJson {
        check,
        outcome: answer.outcome.word().to_owned(),
        text: one_line(&answer.text, TEXT),
        server,
        readings: answer.readings.iter().filter(|reading| reading.value.is_finite()).map(reading).collect(),
        details: answer.details.iter().map(|detail| one_line(detail, TEXT)).collect(),
        checks: None,
    }
}

fn reading(reading: &Reading) -> ReadingJson {
    // As in perfdata, where 0.1 + 0.2 is 0.3.
    let rounded = |value: f64| number(value).parse().unwrap_or(value);
    let value = match reading.decimals {
        Some(decimals) => format!("{:.decimals$}", reading.value).parse().unwrap_or(reading.value),
        None => rounded(reading.value),
    };
    let text = |range: &Option<crate::reading::range::Range>| range.as_ref().map(ToString::to_string);
    ReadingJson {
        label: reading.label.clone().into_owned(),
        value,
        unit: reading.unit.symbol().to_owned(),
        warning: text(&reading.thresholds.warning),
        critical: text(&reading.thresholds.critical),
        min: reading.min.map(rounded),
        max: reading.max.map(rounded),
    }
}
