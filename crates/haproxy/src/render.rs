//! Findings and rules for people, and findings for programs.

use std::fmt::{self, Write as _};

use healthd_core::render::table::Paint;
use serde::Serialize;

use super::rule::{Rule, Severity};
use super::{Finding, Linted};

/// A finding in JSON.
#[derive(Debug, Serialize)]
struct FindingJson<'a> {
    file: &'a str,
    line: usize,
    rule: &'static str,
    severity: String,
    section: &'a str,
    what: &'a str,
    reason: &'static str,
    mend: &'a str,
}

/// The findings as text: place, rule and what; then why; then the mend.
pub fn text(linted: &Linted, paint: Paint) -> String {
    let mut text = String::new();
    for finding in &linted.findings {
        write_finding(&mut text, finding, paint).expect("writing to a String cannot fail");
    }
    text.push_str(&summary(linted));
    text
}

fn write_finding(text: &mut String, finding: &Finding, paint: Paint) -> fmt::Result {
    let Finding { rule, file, line, section, what, mend } = finding;
    let rule = rule.text();
    write!(text, "{file}:{line}: {} {}", painted(rule.severity, paint), rule.name)?;
    for (before, part) in [(" in ", section), (": ", what)] {
        if !part.is_empty() {
            write!(text, "{before}{part}")?;
        }
    }
    writeln!(text, "\n    {}\n    mend: {mend}", rule.reason)
}

fn painted(severity: Severity, paint: Paint) -> String {
    match (paint, severity) {
        (Paint::Plain, severity) => severity.to_string(),
        (Paint::Colour, Severity::Error) => format!("\u{1b}[1;31m{severity}\u{1b}[0m"),
        (Paint::Colour, Severity::Warning) => format!("\u{1b}[1;33m{severity}\u{1b}[0m"),
    }
}

fn summary(linted: &Linted) -> String {
    let Linted { pools, findings, accepted } = linted;
    let count = |severity| findings.iter().filter(|finding| finding.rule.text().severity == severity).count();
    let counted = |number: usize, word: Severity| match number {
        1 => format!("1 {word}"),
        number => format!("{number} {word}s"),
    };
    let said = match (count(Severity::Error), count(Severity::Warning)) {
        // Not to be taken for praise.
        (0, 0) if pools.is_empty() => "nothing here has MySQL or MariaDB servers in mode tcp".to_owned(),
        (0, 0) => format!("no traps found in {}", pools.join(", ")),
        (errors, warnings) => {
            format!("{}, {}", counted(errors, Severity::Error), counted(warnings, Severity::Warning))
        }
    };
    match accepted {
        0 => format!("{said}\n"),
        accepted => format!("{said} ({accepted} accepted)\n"),
    }
}

/// The findings as a JSON array.
pub fn json(findings: &[Finding]) -> String {
    let findings: Vec<_> = findings
        .iter()
        .map(|finding| {
            let rule = finding.rule.text();
            FindingJson {
                file: &finding.file,
                line: finding.line,
                rule: rule.name,
                severity: rule.severity.to_string(),
                section: &finding.section,
                what: &finding.what,
                reason: rule.reason,
                mend: &finding.mend,
            }
        })
        .collect();
    let json = serde_json::to_string_pretty(&findings).expect("findings are plain values");
    format!("{json}\n")
}

/// Every rule.
pub fn rules(paint: Paint) -> String {
    let rule = |rule: &Rule| {
        let rule = rule.text();
        format!("{} {}\n    {}\n    mend: {}\n", painted(rule.severity, paint), rule.name, rule.reason, rule.mend)
    };
    Rule::ALL.iter().map(rule).collect()
}
