//! What the rules find, before acceptances are applied.

use crate::pool::Pool;
use crate::rule::Rule;
use crate::sections::Place;

/// A pitfall that a rule found. Its file is a number, and a comment may accept it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The rule that found it.
    pub(crate) rule: Rule,
    /// Its line.
    pub(crate) place: Place,
    /// The first line of its section.
    pub(crate) section: Place,
    /// The name of its section.
    pub(crate) name: String,
    /// The servers or values concerned; empty if it is the section as a whole.
    pub(crate) what: String,
    /// The fix for this particular line; `None` for that of the rule's entry.
    pub(crate) fix: Option<String>,
}

impl Candidate {
    fn new(rule: Rule, pool: &Pool<'_>, place: Place, what: String) -> Candidate {
        Candidate { rule, place, section: pool.place, name: pool.name.clone(), what, fix: None }
    }
}

/// Collects candidates.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    found: Vec<Candidate>,
}

impl Candidates {
    /// Adds a pitfall of a pool.
    pub(crate) fn add(&mut self, rule: Rule, pool: &Pool<'_>, place: Place, what: impl Into<String>) {
        self.push(Candidate::new(rule, pool, place, what.into()));
    }

    /// [`Candidates::add`] with the particular line that fixes it.
    pub(crate) fn add_with_fix(&mut self, rule: Rule, pool: &Pool<'_>, place: Place, what: String, fix: String) {
        self.push(Candidate { fix: Some(fix), ..Candidate::new(rule, pool, place, what) });
    }

    /// Adds a pitfall of the `global` section.
    pub(crate) fn add_global(&mut self, rule: Rule, section: Place) {
        let name = "global".to_owned();
        self.push(Candidate { rule, place: section, section, name, what: String::new(), fix: None });
    }

    /// Everything that was added.
    pub(crate) fn into_vec(self) -> Vec<Candidate> {
        self.found
    }

    // A file is read once for each version of HAProxy, usually with the same result.
    fn push(&mut self, candidate: Candidate) {
        if !self.found.contains(&candidate) {
            self.found.push(candidate);
        }
    }
}
