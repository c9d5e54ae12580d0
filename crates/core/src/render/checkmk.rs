//! A line of a local check of Checkmk: `0 "name" metric=value;warn;crit;min;max text`
//! (<https://docs.checkmk.com/latest/en/localchecks.html>).

use super::answered::PluginReport;
use crate::reading::range::Range;
use crate::reading::{Reading, number};
use crate::text::clean::one_line;

/// The name of a service.
const NAME: usize = 100;
/// The text, and a further line.
const TEXT: usize = 600;

/// Renders a report as the service of this name. The state is that of the report: the limits are for the graphs.
///
/// ```text
/// 1 "check_my threads-running" threads_running=30;20;50;0 30 threads running
/// ```
pub fn local(name: &str, report: &PluginReport, verbose: bool) -> String {
    let answer = &report.answer;
    let values: Vec<String> = answer.readings.iter().filter(|reading| reading.value.is_finite()).map(value).collect();
    let values = if values.is_empty() { "-".to_owned() } else { values.join("|") };
    let mut text = one_line(&answer.text, TEXT);
    for detail in answer.details.iter().filter(|_| verbose) {
        // `\
        // ` begins a line of the details in Checkmk.
        text.push_str("\\n");
        text.push_str(&one_line(detail, TEXT));
    }
    let name = one_line(name, NAME).replace('"', "'");
    format!("{} \"{name}\" {values} {text}", answer.outcome.code())
}

/// `name=value;warn;crit;min;max`, without a unit and without semicolons at the end.
fn value(reading: &Reading) -> String {
    let label: String =
        reading.label.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect();
    let limit = |limit: Option<f64>| limit.map(number).unwrap_or_default();
    let range = |range: &Option<Range>| range.as_ref().and_then(Range::fine).map(levels).unwrap_or_default();
    let parts = [
        number(reading.value),
        range(&reading.thresholds.warning),
        range(&reading.thresholds.critical),
        limit(reading.min),
        limit(reading.max),
    ];
    format!("{label}={}", parts.join(";").trim_end_matches(';'))
}

/// An upper limit, or `lower:upper`. A lower limit of 0 is left out if the value cannot be below 0.
fn levels((lower, upper): (f64, f64)) -> String {
    let limit = |limit: f64| if limit.is_finite() { number(limit) } else { String::new() };
    match (lower, limit(upper)) {
        (lower, upper) if lower == 0.0 || lower == f64::NEG_INFINITY => upper,
        (lower, upper) => format!("{}:{upper}", limit(lower)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Answer;
    use crate::reading::Unit;
    use crate::reading::outcome::Outcome;
    use crate::reading::range::Thresholds;

    #[test]
    fn a_service_has_its_state_its_values_and_one_line_of_text() {
        let thresholds = |warning: &str, critical: &str| Thresholds {
            warning: warning.parse().ok(),
            critical: critical.parse().ok(),
        };
        let reading = |label: &'static str, warning: &str, critical: &str| Reading {
            thresholds: thresholds(warning, critical),
            ..Reading::new(label, 3.5, Unit::Seconds)
        };
        for (readings, values) in [
            (vec![], "-"),
            (vec![reading("lag", "10", "~:20").between(0.0, None)], "lag=3.5;10;20;0"),
            (vec![reading("lag", "5:", "1:20.5")], "lag=3.5;5:;1:20.5"),
            (vec![reading("lag", "@10:20", "10")], "lag=3.5;;10"),
            (vec![reading("a b=|c", "", ""), reading("d", "", "")], "a_b__c=3.5|d=3.5"),
            (vec![Reading::new("lag", f64::NAN, Unit::None)], "-"),
        ] {
            let answer = Answer {
                readings,
                details: vec!["more\nof it".to_owned()],
                ..Answer::plain(Outcome::Warning, "two\nlines | of a server")
            };
            let report = PluginReport { check: None, server: None, answer, parts: Vec::new() };
            let text = "two lines / of a server";
            assert_eq!(local("a \"b\"", &report, false), format!("1 \"a 'b'\" {values} {text}"));
            assert_eq!(local("a", &report, true), format!("1 \"a\" {values} {text}\\nmore of it"));
        }
    }
}
