//! All rules over all files: what they find, minus what comments accept.

use healthd_core::text::clean::one_line;

use crate::candidate::{Candidate, Candidates};
use crate::condition;
use crate::pool;
use crate::rule::Rule;
use crate::rules;
use crate::sections::{self, Acceptance, ConfigFile, Configuration, ParseError};

/// The longest rule name of an acceptance that a message quotes.
const SHOWN: usize = 40;

/// A pitfall that no comment accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pitfall {
    /// The rule that found it.
    pub(crate) rule: Rule,
    /// The file's name.
    pub(crate) file: String,
    /// The line's number, from 1.
    pub(crate) line: usize,
    /// The section's name, or empty.
    pub(crate) section: String,
    /// The servers or values concerned, or empty.
    pub(crate) what: String,
    /// What to write instead.
    pub(crate) fix: String,
}

/// The result for a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LintReport {
    /// The sections that were examined: those with MySQL or MariaDB servers.
    pub(crate) pools: Vec<String>,
    /// The pitfalls, in the order of the files.
    pub(crate) pitfalls: Vec<Pitfall>,
    /// How many more pitfalls comments accept.
    pub(crate) accepted: usize,
}

impl LintReport {
    /// Whether comments accept all pitfalls, or there are none.
    pub fn is_clean(&self) -> bool {
        self.pitfalls.is_empty()
    }
}

/// Examines files that HAProxy would read together.
///
/// # Errors
/// One of them is not a HAProxy configuration.
pub fn lint(files: &[ConfigFile]) -> Result<LintReport, ParseError> {
    let mut candidates = Candidates::default();
    let mut pools: Vec<String> = Vec::new();
    let mut acceptances: Vec<Acceptance> = Vec::new();
    // A file with `.if version_atleast(…)` must be right for old and new versions.
    for version in condition::VERSIONS {
        let configuration = sections::read(files, version)?;
        let names = examine(&configuration, &mut candidates);
        add_new(&mut pools, names);
        add_new(&mut acceptances, configuration.acceptances);
    }
    let all = candidates.into_vec();
    let complaints: Vec<_> = acceptances.iter().filter_map(|acceptance| complaint(acceptance, &all)).collect();
    let (accepted, mut left): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|found| acceptances.iter().any(|acceptance| accepts(acceptance, found)));
    left.extend(complaints);
    left.sort_by_key(|found| (found.place, found.rule));
    let pitfalls = left.into_iter().map(|found| pitfall(found, files)).collect();
    Ok(LintReport { pools, pitfalls, accepted: accepted.len() })
}

fn add_new<T: PartialEq>(known: &mut Vec<T>, more: Vec<T>) {
    for item in more {
        if !known.contains(&item) {
            known.push(item);
        }
    }
}

/// Applies every rule, and returns the names of the pools.
fn examine(configuration: &Configuration, candidates: &mut Candidates) -> Vec<String> {
    let pools = pool::pools(configuration);
    rules::check_all(configuration, &pools, candidates);
    pools.into_iter().map(|pool| pool.name).collect()
}

fn accepts(acceptance: &Acceptance, found: &Candidate) -> bool {
    let known = Rule::named(&acceptance.rule) == Some(found.rule) && acceptance.section == found.section;
    known && !acceptance.why.is_empty()
}

/// The pitfall that an acceptance is itself.
fn complaint(acceptance: &Acceptance, found: &[Candidate]) -> Option<Candidate> {
    let rule = one_line(&acceptance.rule, SHOWN);
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
    Some(Candidate { rule: Rule::BadAcceptance, place, section, name: String::new(), what, fix: None })
}

fn pitfall(found: Candidate, files: &[ConfigFile]) -> Pitfall {
    Pitfall {
        rule: found.rule,
        file: files[found.place.file].name.clone(),
        line: found.place.line,
        section: found.name,
        what: found.what,
        fix: found.fix.unwrap_or_else(|| found.rule.entry().fix.to_owned()),
    }
}
