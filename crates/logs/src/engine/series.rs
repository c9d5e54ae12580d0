//! The series of a counter, and what was counted in each.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::Minute;

/// The longest value of a label, in bytes; the rest is cut off.
const LONGEST: usize = 200;

/// The number of a series.
type Number = usize;

/// Series by their label values, and their open counts. Finding a series of the line before allocates nothing.
#[derive(Debug)]
pub(super) struct Series {
    names: Vec<String>,
    most: usize,
    numbers: HashMap<Vec<u8>, Number>,
    labels: Vec<Labels>,
    /// The series for what is beyond `most`.
    other: Option<Number>,
    /// The minute in which each series is counted now, and its count there.
    open: Vec<(Minute, u64)>,
    closed: HashMap<(Number, Minute), u64>,
    key: Vec<u8>,
    last: (Vec<u8>, Option<Number>),
}

impl Series {
    /// For labels of these names. `saved` keep their places.
    pub(super) fn new(names: Vec<String>, most: usize, saved: &BTreeSet<Labels>) -> Series {
        let mut series = Series {
            names,
            most,
            numbers: HashMap::new(),
            labels: Vec::new(),
            other: None,
            open: Vec::new(),
            closed: HashMap::new(),
            key: Vec::new(),
            last: (Vec::new(), None),
        };
        for labels in saved {
            series.keep(labels);
        }
        series
    }

    /// The names of the labels.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    fn keep(&mut self, labels: &Labels) {
        let ours =
            self.names.iter().all(|name| labels.get(name).is_some()) && labels.iter().count() == self.names.len();
        if !ours {
            return;
        }
        if !labels.is_empty() && labels.iter().all(|(_, value)| value == Labels::OTHER) {
            self.other = Some(self.add(labels.clone()));
            return;
        }
        self.key.clear();
        for name in &self.names {
            push(&mut self.key, labels.get(name).unwrap_or_default().as_bytes());
        }
        let number = self.add(labels.clone());
        self.numbers.insert(self.key.clone(), number);
    }

    /// Adds to the series with these values, one for each name.
    pub(super) fn count<'a>(&mut self, values: impl Iterator<Item = (&'a [u8], bool)>, minute: Minute, count: u64) {
        self.key.clear();
        for (value, lowercase) in values {
            let start = self.key.len();
            push(&mut self.key, value);
            if lowercase && let Some(pushed) = self.key.get_mut(start + LENGTH..) {
                pushed.make_ascii_lowercase();
            }
        }
        let number = match self.last {
            (ref key, Some(number)) if *key == self.key => number,
            _ => self.number(),
        };
        let Some((open, sum)) = self.open.get_mut(number) else { return };
        if *open != minute {
            if *sum > 0 {
                *self.closed.entry((number, *open)).or_insert(0) += *sum;
            }
            (*open, *sum) = (minute, 0);
        }
        *sum += count;
    }

    /// The series of `key`: known, new, or the one for the others.
    fn number(&mut self) -> Number {
        let number = match self.numbers.get(&self.key) {
            Some(number) => *number,
            None if self.numbers.len() < self.most => {
                let labels =
                    self.names.iter().zip(values(&self.key)).map(|(name, value)| (name.clone(), value)).collect();
                let number = self.add(labels);
                self.numbers.insert(self.key.clone(), number);
                number
            }
            None => match self.other {
                Some(number) => number,
                None => {
                    let labels = self.names.iter().map(|name| (name.clone(), Labels::OTHER)).collect();
                    let number = self.add(labels);
                    self.other = Some(number);
                    number
                }
            },
        };
        self.last.0.clone_from(&self.key);
        self.last.1 = Some(number);
        number
    }

    fn add(&mut self, labels: Labels) -> Number {
        self.labels.push(labels);
        self.open.push((Minute(0), 0));
        self.labels.len() - 1
    }

    /// What was counted since the last time.
    pub(super) fn take(&mut self) -> BTreeMap<(Labels, Minute), u64> {
        for (number, (minute, sum)) in self.open.iter_mut().enumerate() {
            if *sum > 0 {
                *self.closed.entry((number, *minute)).or_insert(0) += *sum;
                *sum = 0;
            }
        }
        let label = |number: Number| self.labels.get(number).cloned().unwrap_or_default();
        self.closed.drain().map(|((number, minute), sum)| ((label(number), minute), sum)).collect()
    }
}

/// How many bytes the length of a value takes in a key.
const LENGTH: usize = 2;

/// Adds a value to a key: its length, and its text. What is not printable UTF-8 is replaced.
fn push(key: &mut Vec<u8>, value: &[u8]) {
    let start = key.len();
    key.extend_from_slice(&[0; LENGTH]);
    if value.len() <= LONGEST && value.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        key.extend_from_slice(value);
    } else {
        let text = String::from_utf8_lossy(value);
        let mut printable = String::new();
        for char in text.chars().map(|char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char }) {
            if printable.len() + char.len_utf8() > LONGEST {
                break;
            }
            printable.push(char);
        }
        key.extend_from_slice(printable.as_bytes());
    }
    let length = u16::try_from(key.len() - start - LENGTH).unwrap_or_default();
    if let Some(place) = key.get_mut(start..start + LENGTH) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

/// The values of a key.
fn values(mut key: &[u8]) -> impl Iterator<Item = String> {
    std::iter::from_fn(move || {
        let (length, rest) = key.split_first_chunk::<LENGTH>()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        key = rest;
        Some(String::from_utf8_lossy(value).into_owned())
    })
}
