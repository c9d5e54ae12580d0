//! A store in memory.

use std::collections::BTreeMap;

use healthd_core::samples::batch::{Batch, Saved, Tally};
use healthd_core::samples::minute::Span;
use healthd_core::samples::source::{Generation, Position};

/// What was committed.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) saved: Saved,
    /// By counter and number of the line.
    pub(crate) counts: BTreeMap<(String, u64), u64>,
    pub(crate) covered: Vec<Span>,
    pub(crate) tally: Tally,
    /// How many batches were stored.
    pub(crate) commits: u64,
}

impl Store {
    pub(crate) fn new() -> Store {
        let saved = Saved { version: 0, position: None, covered_to: None, counters: BTreeMap::new() };
        Store { saved, counts: BTreeMap::new(), covered: Vec::new(), tally: Tally::default(), commits: 0 }
    }

    /// Commits a batch, and returns the new version; `None` if its position is stale.
    pub(crate) fn commit(&mut self, batch: Batch) -> Option<u64> {
        if batch.since != self.saved.version {
            return None;
        }
        self.saved.version += 1;
        self.commits += 1;
        match (&mut self.saved.position, batch.position) {
            (Some(Position::Files(rows)), Position::Files(changed)) => {
                for row in changed {
                    assert!(row.id > 0);
                    assert!(row.head.len() <= 256 && row.tail.len() <= 64, "{row:?}");
                    rows.retain(|old| old.id != row.id);
                    rows.push(row);
                }
                rows.sort_by_key(|row| row.id);
            }
            (position, new) => *position = Some(new),
        }
        for ((counter, id), offset) in batch.began {
            self.saved.counters.entry(counter).or_default().began.insert(id, offset);
        }
        for (counter, counted) in batch.counters {
            self.saved.counters.entry(counter.clone()).or_default();
            for ((labels, _), count) in counted.buckets {
                let number = labels.get("id").expect("files of the test").parse().expect("files of the test");
                *self.counts.entry((counter.clone(), number)).or_default() += count;
            }
        }
        if let Some(span) = batch.covered {
            assert!(span.from < span.to, "{span:?}");
            self.covered.push(span);
            self.saved.covered_to = self.saved.covered_to.max(Some(span.to));
        }
        self.tally.lines += batch.tally.lines;
        self.tally.bytes += batch.tally.bytes;
        self.tally.long_lines += batch.tally.long_lines;
        self.tally.gaps += batch.tally.gaps;
        Some(self.saved.version)
    }

    pub(crate) fn rows(&self) -> &[Generation] {
        match &self.saved.position {
            Some(Position::Files(rows)) => rows,
            _ => &[],
        }
    }

    /// Lines that are missing and that were counted more than once, of those with numbers below `end`.
    pub(crate) fn wrong(&self, counter: &str, end: u64) -> (Vec<u64>, Vec<u64>) {
        let count = |number: u64| self.counts.get(&(counter.to_owned(), number)).copied().unwrap_or(0);
        let beyond =
            self.counts.keys().filter(|(name, number)| name == counter && *number >= end).map(|(_, number)| *number);
        let missing = (0..end).filter(|number| count(*number) == 0).collect();
        (missing, (0..end).filter(|number| count(*number) > 1).chain(beyond).collect())
    }
}
