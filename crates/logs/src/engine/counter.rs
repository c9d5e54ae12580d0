//! One counter: which captures it wants, and what it has counted.

use healthd_core::samples::batch::{Counted, SavedCounter};
use healthd_core::samples::minute::Minute;

use super::series::Series;
use crate::preset::definition;
use crate::spec::{CounterSpec, Matcher};
use crate::spec_error::SpecError;
use crate::values::Values;

/// A counter of a group: those of the group look at the same captures.
#[derive(Debug)]
pub(super) struct Counter {
    pub(super) name: String,
    filter: Vec<Condition>,
    labels: Vec<Place>,
    series: Series,
    pub(super) unmatched: u64,
}

#[derive(Debug)]
struct Condition {
    place: Place,
    value: Vec<u8>,
}

/// Where a capture is.
#[derive(Debug, Clone, Copy)]
struct Place {
    number: usize,
    /// Capitals mean the same.
    lowercase: bool,
}

impl Counter {
    /// Finds the places of what the counter wants. `names` are the captures.
    pub(super) fn new(
        spec: &CounterSpec,
        names: &[String],
        saved: Option<&SavedCounter>,
    ) -> Result<Counter, SpecError> {
        let (defaults, lowercase): (Vec<String>, &[&str]) = match spec.matcher {
            Matcher::Preset(preset) => {
                let definition = definition(preset);
                (definition.labels.iter().map(|name| (*name).to_owned()).collect(), definition.lowercase)
            }
            Matcher::Regex(_) => (names.to_vec(), &[]),
        };
        let place = |option: &'static str, name: &String| match names.iter().position(|known| known == name) {
            Some(number) => Ok(Place { number, lowercase: lowercase.contains(&name.as_str()) }),
            None => Err(SpecError::Capture {
                counter: spec.name.clone(),
                option,
                name: name.clone(),
                available: match names {
                    [] => "none, as the regex has no named group (?<name>…)".to_owned(),
                    names => names.join(", "),
                },
            }),
        };
        if spec.max_series == 0 {
            return Err(SpecError::NoSeries { counter: spec.name.clone() });
        }
        let filter = spec
            .filter
            .iter()
            .map(|(name, value)| Ok(Condition { place: place("where", name)?, value: value.as_bytes().to_vec() }));
        let labels = spec.labels.as_ref().unwrap_or(&defaults);
        for (at, name) in labels.iter().enumerate() {
            if labels.iter().skip(at + 1).any(|other| other == name) {
                return Err(SpecError::Twice { counter: spec.name.clone(), name: name.clone() });
            }
        }
        let nothing = SavedCounter::default();
        Ok(Counter {
            name: spec.name.clone(),
            filter: filter.collect::<Result<_, SpecError>>()?,
            series: Series::new(labels.clone(), spec.max_series, &saved.unwrap_or(&nothing).series),
            labels: labels.iter().map(|name| place("labels", name)).collect::<Result<_, SpecError>>()?,
            unmatched: 0,
        })
    }

    /// The names of its labels.
    pub(super) fn label_names(&self) -> &[String] {
        self.series.names()
    }

    /// Whether captures decide what it counts.
    pub(super) fn wants_captures(&self) -> bool {
        !self.filter.is_empty() || !self.labels.is_empty()
    }

    /// Counts a line with these captures, if the counter wants it.
    pub(super) fn count(&mut self, values: &Values<'_>, minute: Minute, count: u64) -> bool {
        let wanted = self.filter.iter().all(|condition| {
            let value = values.get(condition.place.number);
            if condition.place.lowercase {
                value.eq_ignore_ascii_case(&condition.value)
            } else {
                value == condition.value
            }
        });
        if wanted {
            let values = self.labels.iter().map(|place| (values.get(place.number), place.lowercase));
            self.series.count(values, minute, count);
        }
        wanted
    }

    /// What was counted since the last time.
    pub(super) fn take(&mut self) -> Counted {
        let unmatched = std::mem::take(&mut self.unmatched);
        Counted { buckets: self.series.take(), unmatched, ..Counted::default() }
    }
}
