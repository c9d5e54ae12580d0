//! Counters that read the same lines in the same way: a line is read once for all of them.

use std::collections::BTreeMap;

use healthd_core::samples::batch::SavedCounter;
use healthd_core::samples::minute::Minute;

use super::counter::Counter;
use super::finder::Finder;
use crate::line::Line;
use crate::pattern::Pattern;
use crate::preset::{Hops, Reader, Verdict, definition};
use crate::spec::{CounterSpec, Matcher};
use crate::spec_error::SpecError;
use crate::time::Stamp;
use crate::values::{MOST, Values};

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A counter counted it.
    Counted,
    /// It is what the counters are about, but none has a `where` that lets it pass.
    Refused,
    /// It could not be read.
    Resembles,
    /// It is something else.
    Other,
}

/// Counters with one definition.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) finder: Finder,
    pub(super) reader: Reader,
    pub(super) counters: Vec<Counter>,
    matcher: Matcher,
    filters: Vec<String>,
    names: Vec<String>,
    /// Whether any counter needs what was captured.
    captures: bool,
}

impl Group {
    /// Groups the counters of a log.
    pub(super) fn all(specs: &[CounterSpec], saved: &BTreeMap<String, SavedCounter>) -> Result<Vec<Group>, SpecError> {
        let mut groups: Vec<Group> = Vec::new();
        for (at, spec) in specs.iter().enumerate() {
            if specs.iter().take(at).any(|other| other.name == spec.name) {
                return Err(SpecError::Counter { counter: spec.name.clone() });
            }
            let saved = saved.get(&spec.name);
            let same = groups.iter_mut().find(|group| {
                !group.reader.has_memory() && group.matcher == spec.matcher && group.filters == spec.content_filters
            });
            match same {
                Some(group) => group.add(spec, saved)?,
                None => groups.push(Group::new(spec, saved)?),
            }
        }
        Ok(groups)
    }

    fn new(spec: &CounterSpec, saved: Option<&SavedCounter>) -> Result<Group, SpecError> {
        let counter = || spec.name.clone();
        let (reader, preset, names) = match &spec.matcher {
            Matcher::Preset(preset) => {
                let hops = Hops::new(&spec.content_filters)
                    .map_err(|entry| SpecError::Filter { counter: counter(), entry })?;
                let nothing = BTreeMap::new();
                let reader = Reader::preset(*preset, hops, saved.map_or(&nothing, |saved| &saved.remembered));
                (reader, Some(*preset), definition(*preset).captures.iter().map(|name| (*name).to_owned()).collect())
            }
            Matcher::Regex(text) => {
                let pattern = Pattern::new(text).map_err(|error| SpecError::Pattern { counter: counter(), error })?;
                let names: Vec<String> = pattern.names().map(ToOwned::to_owned).collect();
                if names.len() > MOST {
                    return Err(SpecError::Groups { counter: counter(), count: names.len(), most: MOST });
                }
                (Reader::Regex(Box::new(pattern)), None, names)
            }
        };
        let mut group = Group {
            finder: Finder::new(reader.literals(preset).as_deref()),
            counters: Vec::new(),
            reader,
            matcher: spec.matcher.clone(),
            filters: spec.content_filters.clone(),
            names,
            captures: false,
        };
        group.add(spec, saved)?;
        Ok(group)
    }

    fn add(&mut self, spec: &CounterSpec, saved: Option<&SavedCounter>) -> Result<(), SpecError> {
        let counter = Counter::new(spec, &self.names, saved)?;
        self.captures |= counter.wants_captures();
        self.counters.push(counter);
        Ok(())
    }

    /// Counts a line `times` times. `cut` gives its time and parts.
    pub(super) fn count<'a>(
        &mut self,
        whole: &'a [u8],
        cut: &mut dyn FnMut() -> (Stamp, Line<'a>),
        times: u64,
    ) -> Outcome {
        let mut values = Values::default();
        let (verdict, second) = match &mut self.reader {
            Reader::Regex(pattern) => {
                let matches = if self.captures { pattern.read(whole, &mut values) } else { pattern.is_match(whole) };
                if !matches {
                    return Outcome::Other;
                }
                (Verdict::Match(1), cut().0.second)
            }
            reader => {
                let (stamp, line) = cut();
                (reader.read(&line, stamp, &mut values), stamp.second)
            }
        };
        match verdict {
            Verdict::Match(count) => {
                let minute = Minute::of(second);
                let mut wanted = false;
                for counter in &mut self.counters {
                    wanted |= counter.count(&values, minute, count.saturating_mul(times));
                }
                if wanted { Outcome::Counted } else { Outcome::Refused }
            }
            Verdict::Resembles => {
                for counter in &mut self.counters {
                    counter.unmatched += 1;
                }
                Outcome::Resembles
            }
            Verdict::Other => Outcome::Other,
        }
    }
}
