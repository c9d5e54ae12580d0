//! `healthd lint`: the traps in a HAProxy configuration, each with its place, reason and mend (docs/lint.md).
//!
//! Pure: texts in, findings out.

mod condition;
mod pool;
mod question;
pub mod render;
mod rule;
mod rules;
mod sections;
mod server;
#[cfg(test)]
mod tests;
mod words;

use self::pool::Pool;
pub use self::question::HEADER;
pub use self::rule::{Rule, Severity, Text};
use self::sections::{Acceptance, Configuration, Place};
pub use self::sections::{Refused, Source};

/// A trap that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that finds it.
    pub rule: Rule,
    /// The file's name.
    pub file: String,
    /// The line's number, from 1.
    pub line: usize,
    /// The section, or nothing.
    pub section: String,
    /// The servers or values that are meant, or nothing.
    pub what: String,
    /// What to write.
    pub mend: String,
}

/// What a configuration is like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Linted {
    /// The sections that were looked at: those with MySQL or MariaDB servers.
    pub pools: Vec<String>,
    /// What was found in them.
    pub findings: Vec<Finding>,
    /// How many more were found that a comment accepts.
    pub accepted: usize,
}

/// A finding on its way: not yet accepted, its file a number.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    rule: Rule,
    place: Place,
    section: Place,
    name: String,
    what: String,
    mend: Option<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    found: Vec<Found>,
}

impl Report {
    /// Notes a trap of a pool.
    fn add(&mut self, rule: Rule, pool: &Pool<'_>, place: Place, what: impl Into<String>) {
        self.found.push(Found::new(rule, pool, place, what.into()));
    }

    /// [`Report::add`] with the very line that mends it here.
    fn add_with_mend(&mut self, rule: Rule, pool: &Pool<'_>, place: Place, what: impl Into<String>, mend: String) {
        self.found.push(Found { mend: Some(mend), ..Found::new(rule, pool, place, what.into()) });
    }

    /// Notes a trap of the `global` section.
    fn add_global(&mut self, rule: Rule, section: Place) {
        let name = "global".to_owned();
        self.found.push(Found { rule, place: section, section, name, what: String::new(), mend: None });
    }
}

impl Found {
    fn new(rule: Rule, pool: &Pool<'_>, place: Place, what: String) -> Found {
        Found { rule, place, section: pool.place, name: pool.name.clone(), what, mend: None }
    }
}

/// Everything that is found in files, which HAProxy would read together.
pub fn lint(sources: &[Source]) -> Result<Linted, Refused> {
    let mut report = Report::default();
    let mut pools: Vec<String> = Vec::new();
    let mut acceptances: Vec<Acceptance> = Vec::new();
    // A file with `.if version_atleast(…)` must be right for old and new; most say the same to both.
    for version in condition::VERSIONS {
        let configuration = sections::read(sources, version)?;
        for pool in examine(&configuration, &mut report) {
            if !pools.contains(&pool) {
                pools.push(pool);
            }
        }
        for acceptance in configuration.acceptances {
            if !acceptances.contains(&acceptance) {
                acceptances.push(acceptance);
            }
        }
    }
    let mut once: Vec<Found> = Vec::new();
    for found in report.found.drain(..) {
        if !once.contains(&found) {
            once.push(found);
        }
    }
    report.found = once;
    let bad: Vec<Found> = acceptances.iter().filter_map(|acceptance| complaint(acceptance, &report.found)).collect();
    let all = report.found.len();
    report.found.retain(|found| !acceptances.iter().any(|acceptance| accepts(acceptance, found)));
    let accepted = all - report.found.len();
    report.found.extend(bad);
    report.found.sort_by_key(|found| (found.place, found.rule));
    let findings = report.found.into_iter().map(|found| finding(found, sources)).collect();
    Ok(Linted { pools, findings, accepted })
}

/// Applies every rule, and says which pools there are.
fn examine(configuration: &Configuration, report: &mut Report) -> Vec<String> {
    let pools = pool::pools(configuration);
    rules::reload::check(configuration, &pools, report);
    for pool in &pools {
        rules::check(pool, report);
    }
    pools.into_iter().map(|pool| pool.name).collect()
}

fn accepts(acceptance: &Acceptance, found: &Found) -> bool {
    let known = Rule::named(&acceptance.rule) == Some(found.rule) && acceptance.section == found.section;
    known && !acceptance.why.is_empty()
}

fn complaint(acceptance: &Acceptance, found: &[Found]) -> Option<Found> {
    let rule = healthd_core::text::clean::one_line(&acceptance.rule, 40);
    let what = if Rule::named(&acceptance.rule).is_none() {
        format!("there is no rule `{rule}`")
    } else if acceptance.why.is_empty() {
        format!("no reason for {rule}")
    } else if !found.iter().any(|found| accepts(acceptance, found)) {
        format!("{rule} is not found in this section")
    } else {
        return None;
    };
    let (place, section) = (acceptance.place, acceptance.section);
    Some(Found { rule: Rule::BadAcceptance, place, section, name: String::new(), what, mend: None })
}

fn finding(found: Found, sources: &[Source]) -> Finding {
    Finding {
        rule: found.rule,
        file: sources[found.place.file].name.clone(),
        line: found.place.line,
        section: found.name,
        what: found.what,
        mend: found.mend.unwrap_or_else(|| found.rule.text().mend.to_owned()),
    }
}
