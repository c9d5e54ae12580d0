//! Regular expressions over the bytes of a line.
//!
//! Logs hold any bytes, so patterns are over bytes: `.` is any byte but the end of the line, classes and `(?i)` are
//! ASCII. Letters outside ASCII may stand in a pattern, but not in a class. `^` and `$` are the borders of the line.
//! <https://docs.rs/regex-syntax/latest/regex_syntax/>

mod error;
mod literals;
mod steps;
#[cfg(test)]
mod tests;

use regex_automata::meta::{Cache, Config, Regex};
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;
use regex_automata::{Input, PatternID};

use crate::values::Values;
pub use error::PatternError;
pub(crate) use steps::Steps;

/// The most memory for a compiled pattern, and for the states it makes while it runs.
const SIZE: usize = 4 << 20;

/// How deep groups may be nested.
const DEPTH: u32 = 100;

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    regex: Regex,
    cache: Cache,
    captures: Captures,
    /// Its named groups: number and name.
    names: Vec<(usize, String)>,
    literals: Option<Vec<Vec<u8>>>,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The pattern is not a regular expression, or too large.
    pub fn new(text: &str) -> Result<Pattern, PatternError> {
        let hir = syntax::parse_with(text, &syntax()).map_err(|error| PatternError::syntax(text, &error))?;
        let regex = build(&hir)?;
        let groups = regex.group_info().pattern_names(PatternID::ZERO).enumerate();
        Ok(Pattern {
            names: groups.filter_map(|(number, name)| Some((number, name?.to_owned()))).collect(),
            literals: literals::required(&hir),
            cache: regex.create_cache(),
            captures: regex.create_captures(),
            regex,
        })
    }

    /// The names of its groups, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(_, name)| name.as_str())
    }

    /// Literals of which every matching line contains at least one; `None` if there are none worth looking for.
    pub(crate) fn literals(&self) -> Option<&[Vec<u8>]> {
        self.literals.as_deref()
    }

    /// Whether a line matches.
    pub fn is_match(&mut self, line: &[u8]) -> bool {
        let input = Input::new(line).earliest(true);
        self.regex.search_half_with(&mut self.cache, &input).is_some()
    }

    /// Reads the named groups of the first match, in the order of [`Pattern::names`]. A group without a part is empty.
    pub(crate) fn read<'a>(&mut self, line: &'a [u8], values: &mut Values<'a>) -> bool {
        let input = Input::new(line);
        self.regex.search_captures_with(&mut self.cache, &input, &mut self.captures);
        if !self.captures.is_match() {
            return false;
        }
        for (place, (number, _)) in self.names.iter().enumerate() {
            let span = self.captures.get_group(*number);
            values.set(place, span.and_then(|span| line.get(span.start..span.end)).unwrap_or_default());
        }
        true
    }
}

fn syntax() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false).nest_limit(DEPTH)
}

fn build(hir: &regex_syntax::hir::Hir) -> Result<Regex, PatternError> {
    let config = Config::new()
        .utf8_empty(false)
        .nfa_size_limit(Some(SIZE))
        .onepass_size_limit(Some(SIZE / 4))
        .hybrid_cache_capacity(SIZE / 2);
    Regex::builder().configure(config).build_from_hir(hir).map_err(|_| PatternError::TooLarge { limit: SIZE >> 20 })
}
