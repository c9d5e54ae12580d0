//! A report for people and for programs, and the list of rules.

use std::fmt::{self, Write as _};

use healthd_core::render::table::Paint;
use serde::Serialize;

use crate::lint::{LintReport, Pitfall};
use crate::rule::{Rule, RuleEntry, Severity};

/// A pitfall in JSON.
#[derive(Debug, Serialize)]
struct PitfallJson<'a> {
    file: &'a str,
    line: usize,
    rule: &'static str,
    severity: String,
    section: &'a str,
    what: &'a str,
    reason: &'static str,
    fix: &'a str,
}

impl<'a> PitfallJson<'a> {
    fn new(pitfall: &'a Pitfall) -> PitfallJson<'a> {
        let Pitfall { rule, file, line, section, what, fix } = pitfall;
        let RuleEntry { name, severity, reason, .. } = rule.entry();
        PitfallJson { file, line: *line, rule: name, severity: severity.to_string(), section, what, reason, fix }
    }
}

/// The report as text: for each pitfall its place, rule and servers, then the reason, then the fix.
pub fn text(report: &LintReport, paint: Paint) -> String {
    let mut text = String::new();
    for pitfall in &report.pitfalls {
        write_pitfall(&mut text, pitfall, paint).expect("writing to a String cannot fail");
    }
    text.push_str(&summary(report));
    text
}

fn write_pitfall(text: &mut String, pitfall: &Pitfall, paint: Paint) -> fmt::Result {
    let Pitfall { rule, file, line, section, what, fix } = pitfall;
    let RuleEntry { name, severity, reason, .. } = rule.entry();
    write!(text, "{file}:{line}: {} {name}", painted(severity, paint))?;
    for (before, part) in [(" in ", section), (": ", what)] {
        if !part.is_empty() {
            write!(text, "{before}{part}")?;
        }
    }
    writeln!(text, "\n    {reason}\n    fix: {fix}")
}

fn painted(severity: Severity, paint: Paint) -> String {
    match (paint, severity) {
        (Paint::Plain, severity) => severity.to_string(),
        (Paint::Color, Severity::Error) => format!("\u{1b}[1;31m{severity}\u{1b}[0m"),
        (Paint::Color, Severity::Warning) => format!("\u{1b}[1;33m{severity}\u{1b}[0m"),
    }
}

fn summary(report: &LintReport) -> String {
    let LintReport { pools, pitfalls, accepted } = report;
    let count = |severity| pitfalls.iter().filter(|pitfall| pitfall.rule.entry().severity == severity).count();
    let counted = |number: usize, word: Severity| match number {
        1 => format!("1 {word}"),
        number => format!("{number} {word}s"),
    };
    let summary = match (count(Severity::Error), count(Severity::Warning)) {
        // A file without a pool must not look as if it had passed.
        (0, 0) if pools.is_empty() => "no section with MySQL or MariaDB servers in mode tcp".to_owned(),
        (0, 0) => format!("no pitfalls found in {}", pools.join(", ")),
        (errors, warnings) => {
            format!("{}, {}", counted(errors, Severity::Error), counted(warnings, Severity::Warning))
        }
    };
    match accepted {
        0 => format!("{summary}\n"),
        accepted => format!("{summary} ({accepted} accepted)\n"),
    }
}

/// The pitfalls as a JSON array.
pub fn json(report: &LintReport) -> String {
    let pitfalls: Vec<_> = report.pitfalls.iter().map(PitfallJson::new).collect();
    let json = serde_json::to_string_pretty(&pitfalls).expect("pitfalls are plain values");
    format!("{json}\n")
}

/// Every rule as text.
pub fn rules(paint: Paint) -> String {
    let rule = |rule: &Rule| {
        let RuleEntry { name, severity, reason, fix } = rule.entry();
        format!("{} {name}\n    {reason}\n    fix: {fix}\n", painted(severity, paint))
    };
    Rule::ALL.iter().map(rule).collect()
}
