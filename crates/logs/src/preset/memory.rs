//! What a counter remembers from line to line, and over a restart: queue ids.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use healthd_core::samples::batch::Counted;

/// How many are remembered at most. Mail that waits for days is remembered until it is removed.
const MOST: usize = 40_000;

/// From this number on, entries that are of no more use are looked for.
const MANY: usize = 500;

/// Keys with a value and the time of their last change. The oldest make room for new ones.
#[derive(Debug)]
pub(crate) struct Memory {
    known: HashMap<Vec<u8>, Known>,
    /// Those that the store has to learn.
    changed: HashSet<Vec<u8>>,
    /// Those that the store has to drop.
    forgotten: BTreeSet<Vec<u8>>,
    most: usize,
}

#[derive(Debug)]
struct Known {
    value: Vec<u8>,
    second: i64,
    /// Whether the store has the key, with any value.
    stored: bool,
}

impl Memory {
    /// What the store remembered. A value begins with its time.
    pub(crate) fn new(remembered: &BTreeMap<Vec<u8>, Vec<u8>>) -> Memory {
        let mut memory =
            Memory { known: HashMap::new(), changed: HashSet::new(), forgotten: BTreeSet::new(), most: MOST };
        for (key, stored) in remembered {
            match stored.split_first_chunk::<8>() {
                Some((second, value)) => {
                    let second = i64::from_be_bytes(*second);
                    let known = Known { value: value.to_vec(), second, stored: true };
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
    pub(crate) fn set(&mut self, key: &[u8], value: &[u8], second: i64) -> Vec<Vec<u8>> {
        if let Some(known) = self.known.get_mut(key) {
            if known.value != value {
                known.value.clear();
                known.value.extend_from_slice(value);
                known.second = second;
                self.changed.insert(key.to_vec());
            }
            return Vec::new();
        }
        let evicted = if self.known.len() >= self.most { self.evict() } else { Vec::new() };
        let stored = self.forgotten.remove(key);
        self.known.insert(key.to_vec(), Known { value: value.to_vec(), second, stored });
        self.changed.insert(key.to_vec());
        evicted
    }

    /// Forgets a key. Gives back its value.
    pub(crate) fn remove(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        let (key, known) = self.known.remove_entry(key)?;
        self.changed.remove(&key);
        if known.stored {
            self.forgotten.insert(key);
        }
        Some(known.value)
    }

    /// Hands over what changed since the last time.
    pub(crate) fn take(&mut self, counted: &mut Counted) {
        for key in self.changed.drain() {
            if let Some(known) = self.known.get_mut(&key) {
                known.stored = true;
                let mut value = known.second.to_be_bytes().to_vec();
                value.extend_from_slice(&known.value);
                counted.remembered.insert(key, value);
            }
        }
        counted.forgotten.append(&mut self.forgotten);
    }

    /// Once there are many, forgets entries older than `limit` whose value is `old`. Gives back their values.
    pub(crate) fn remove_older(&mut self, limit: i64, old: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
        if self.known.len() < MANY {
            return Vec::new();
        }
        let old = self.known.iter().filter(|(_, known)| known.second < limit && old(&known.value));
        let old: Vec<Vec<u8>> = old.map(|(key, _)| key.clone()).collect();
        old.iter().filter_map(|key| self.remove(key)).collect()
    }

    /// Forgets the oldest eighth, so that it happens seldom.
    fn evict(&mut self) -> Vec<Vec<u8>> {
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
