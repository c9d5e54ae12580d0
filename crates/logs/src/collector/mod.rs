//! Reads one log further and turns what was counted into batches, each of which is stored as a whole.

mod backfill;
mod coverage;

use std::collections::BTreeSet;

use healthd_core::samples::batch::{Batch, Saved, Tally};
use healthd_core::samples::source::Position;

pub use self::backfill::{BackfillError, Backfilled, backfill};
use self::coverage::Coverage;
use crate::error::LogError;
use crate::follow::Follower;
use crate::journal::{Journal, Journalctl};
use crate::progress::Progress;
use crate::sink::Counting;
use crate::spec::{LogSpec, SourceSpec};

/// About how many bytes of a log one read takes at most.
pub const BUDGET: u64 = 16 * 1024 * 1024;

/// Where the lines are.
#[derive(Debug)]
enum Source {
    File(Follower),
    Journal(Box<Journal>),
}

/// Collects one log.
///
/// The caller stores each batch that [`read`](Collector::read) returns, and then calls [`stored`](Collector::stored).
/// Until then the same batch is returned again, and nothing further is read: a store that fails costs no memory.
#[derive(Debug)]
pub struct Collector<C> {
    log: String,
    source: Source,
    counting: C,
    counters: Vec<String>,
    /// The counters and generations that the store has a begin for.
    began: BTreeSet<(String, i64)>,
    coverage: Coverage,
    version: u64,
    pending: Option<Batch>,
    more: bool,
}

impl<C: Counting> Collector<C> {
    /// A collector that continues where `saved` ends. `counting` counts the counters of `spec`, and has been given what
    /// `saved` has of them.
    pub fn new(spec: &LogSpec, saved: &Saved, counting: C) -> Collector<C> {
        Collector::with_journalctl(spec, saved, counting, Journalctl::default())
    }

    /// The same with another `journalctl`.
    pub fn with_journalctl(spec: &LogSpec, saved: &Saved, counting: C, journalctl: Journalctl) -> Collector<C> {
        let source = match (&spec.source, &saved.position) {
            (SourceSpec::File(path), Some(Position::Files(rows))) => Source::File(Follower::new(path, Some(rows))),
            (SourceSpec::File(path), _) => Source::File(Follower::new(path, None)),
            (SourceSpec::Journal(units), position) => {
                let cursor = match position {
                    Some(Position::Journal(cursor)) => cursor.clone(),
                    _ => None,
                };
                Source::Journal(Box::new(Journal::new(units, cursor, journalctl)))
            }
        };
        let began =
            saved.counters.iter().flat_map(|(name, counter)| counter.began.keys().map(|id| (name.clone(), *id)));
        Collector {
            log: spec.source.name(),
            source,
            counting,
            counters: spec.counters.iter().map(|counter| counter.name.clone()).collect(),
            began: began.collect(),
            coverage: Coverage::new(saved.covered_to),
            version: saved.version,
            pending: None,
            more: false,
        }
    }

    /// Reads on, at most about [`BUDGET`] bytes. `now` is the time, in seconds of Unix time. Returns what has to be
    /// stored, if anything; a batch that was not stored is returned again.
    ///
    /// # Errors
    /// When the log cannot be read. What was read before that is returned first.
    pub fn read(&mut self, now: i64) -> Result<Option<Batch>, LogError> {
        if self.pending.is_none() {
            let progress = match &mut self.source {
                Source::File(follower) => follower.read(BUDGET, now, &mut self.counting),
                Source::Journal(journal) => journal.read(BUDGET, now, &mut self.counting),
            };
            self.more = progress.more;
            self.pending = self.batch(&progress, now);
            if let (None, Some(fault)) = (&self.pending, progress.fault) {
                return Err(fault);
            }
        }
        Ok(self.pending.clone())
    }

    /// The batch is stored; the log now has this version.
    pub fn stored(&mut self, version: u64) {
        self.version = version;
        self.pending = None;
    }

    /// Whether there is more to read at once: the last read ended because it had read enough.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// What counts.
    pub fn counting(&self) -> &C {
        &self.counting
    }

    fn batch(&mut self, progress: &Progress, now: i64) -> Option<Batch> {
        let mut began = std::collections::BTreeMap::new();
        let (position, changed) = match &mut self.source {
            Source::File(follower) => {
                let changed = follower.take_changed();
                for row in &changed {
                    for counter in &self.counters {
                        let key = (counter.clone(), row.row.id);
                        if self.began.insert(key.clone()) {
                            began.insert(key, row.origin);
                        }
                    }
                }
                let any = !changed.is_empty();
                (Position::Files(changed.into_iter().map(|changed| changed.row).collect()), any)
            }
            Source::Journal(journal) => {
                let changed = journal.take_changed();
                let any = changed.is_some();
                (Position::Journal(changed.unwrap_or_else(|| journal.cursor())), any)
            }
        };
        let gap = progress.gaps > 0;
        let until = progress.until.unwrap_or(now);
        let due = progress.at_end && self.coverage.is_due(until);
        if !(changed || gap || due) {
            return None;
        }
        let first_line = self.counting.times().map(|(first, _)| first);
        let covered = self.coverage.read(first_line, gap, progress.at_end, until);
        let (counters, counted) = self.counting.take();
        if !(changed || gap || covered.is_some()) {
            return None;
        }
        let tally = Tally { bytes: progress.bytes, gaps: progress.gaps, ..counted };
        let since = self.version;
        Some(Batch { log: self.log.clone(), since, position, began, counters, covered, tally })
    }
}
