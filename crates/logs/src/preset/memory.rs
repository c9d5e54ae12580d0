//! What a counter remembers from line to line, and over a restart: queue ids.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use healthd_core::samples::batch::Counted;

/// How many are remembered at most. Mail that waits for days is remembered until it is removed.
const MOST: usize = 40_000;

/// From this number on, entries that are of no more use are looked for.
const MANY: usize = 500;

/// The longest value; the rest is cut off.
const LONGEST: usize = 39;

/// Keys with a value and the time of their last change. The oldest make room for new ones.
#[derive(Debug)]
pub(crate) struct Memory {
    known: HashMap<Vec<u8>, Known>,
    /// Whether the store has to learn any of them.
    changed: bool,
    /// Those that the store has to drop.
    forgotten: BTreeSet<Vec<u8>>,
    most: usize,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    value: Value,
    second: i64,
    /// Whether the store has the key, with any value.
    stored: bool,
    /// Whether the store has to learn the value.
    changed: bool,
}

/// A short value, in place: most live for the time of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value {
    length: u8,
    bytes: [u8; LONGEST],
}

impl Value {
    pub(crate) fn new(value: &[u8]) -> Value {
        let mut bytes = [0; LONGEST];
        for (place, byte) in bytes.iter_mut().zip(value) {
            *place = *byte;
        }
        Value { length: u8::try_from(value.len().min(LONGEST)).unwrap_or_default(), bytes }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

impl Memory {
    /// What the store remembered. A value begins with its time.
    pub(crate) fn new(remembered: &BTreeMap<Vec<u8>, Vec<u8>>) -> Memory {
        let mut memory = Memory { known: HashMap::new(), changed: false, forgotten: BTreeSet::new(), most: MOST };
        for (key, stored) in remembered {
            match stored.split_first_chunk::<8>() {
                Some((second, value)) => {
                    let second = i64::from_be_bytes(*second);
                    let known = Known { value: Value::new(value), second, stored: true, changed: false };
                    memory.known.insert(key.clone(), known);
                }
                None => {
                    memory.forgotten.insert(key.clone());
                }
            }
        }
        memory
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.known.get(key).map(|known| known.value.as_slice())
    }

    /// Every key with its value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.known.iter().map(|(key, known)| (key.as_slice(), known.value.as_slice()))
    }

    /// Remembers a value. Gives back the values of those that made room for it.
    pub(crate) fn set(&mut self, key: &[u8], value: &[u8], second: i64) -> Vec<Value> {
        let value = Value::new(value);
        if let Some(known) = self.known.get_mut(key) {
            if known.value != value {
                *known = Known { value, second, stored: known.stored, changed: true };
                self.changed = true;
            }
            return Vec::new();
        }
        let evicted = if self.known.len() >= self.most { self.evict() } else { Vec::new() };
        let stored = !self.forgotten.is_empty() && self.forgotten.remove(key);
        self.known.insert(key.to_vec(), Known { value, second, stored, changed: true });
        self.changed = true;
        evicted
    }

    /// Forgets a key. Gives back its value.
    pub(crate) fn remove(&mut self, key: &[u8]) -> Option<Value> {
        let (key, known) = self.known.remove_entry(key)?;
        if known.stored {
            self.forgotten.insert(key);
        }
        Some(known.value)
    }

    /// Hands over what changed since the last time.
    pub(crate) fn take(&mut self, counted: &mut Counted) {
        if self.changed {
            for (key, known) in self.known.iter_mut().filter(|(_, known)| known.changed) {
                (known.stored, known.changed) = (true, false);
                let mut value = known.second.to_be_bytes().to_vec();
                value.extend_from_slice(known.value.as_slice());
                counted.remembered.insert(key.clone(), value);
            }
            self.changed = false;
        }
        counted.forgotten.append(&mut self.forgotten);
    }

    /// Once there are many, forgets entries older than `limit` whose value is `old`. Gives back their values.
    pub(crate) fn remove_older(&mut self, limit: i64, old: impl Fn(&[u8]) -> bool) -> Vec<Value> {
        if self.known.len() < MANY {
            return Vec::new();
        }
        let old = self.known.iter().filter(|(_, known)| known.second < limit && old(known.value.as_slice()));
        let old: Vec<Vec<u8>> = old.map(|(key, _)| key.clone()).collect();
        old.iter().filter_map(|key| self.remove(key)).collect()
    }

    /// Forgets the oldest eighth, so that it happens seldom.
    fn evict(&mut self) -> Vec<Value> {
        let mut seconds: Vec<i64> = self.known.values().map(|known| known.second).collect();
        let count = (self.most / 8).max(1);
        let last = (count - 1).min(seconds.len().saturating_sub(1));
        let (_, limit, _) = seconds.select_nth_unstable(last);
        let limit = *limit;
        let old = self.known.iter().filter(|(_, known)| known.second <= limit);
        let old: Vec<Vec<u8>> = old.map(|(key, _)| key.clone()).take(count).collect();
        old.iter().filter_map(|key| self.remove(key)).collect()
    }
}
