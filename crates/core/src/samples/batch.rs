//! What one read of a log found. It is stored as a whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use super::labels::Labels;
use super::minute::{Minute, Span};
use super::source::Position;

/// The result of reading a log further: the new position, and what was counted on the way to it.
///
/// Storing it is one transaction, so that after a crash at any moment every line was counted exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The log's name: the path of its live file, or `journal:` with the unit.
    pub log: String,
    /// The store's version of this log's position when the read began. If another process has moved it meanwhile, such
    /// as a backfill, the batch is refused and the log is read again from the newer position.
    pub since: u64,
    /// The position after the read. Of files, only the generations that are new or have changed.
    pub position: Position,
    /// From which offset on a counter has counted a generation, where that is new or has changed: the counter's name
    /// and the generation's number (see [`SavedCounter::began`]). It replaces what the store has.
    pub began: BTreeMap<(String, i64), u64>,
    /// What each counter counted.
    pub counters: BTreeMap<String, Counted>,
    /// The time that the read has completed: no line of it can appear any more, except late ones. To unite, for each
    /// counter in `counters`, with what is covered already. `None` if the read did not reach the end of the log.
    pub covered: Option<Span>,
    /// Sums for the log itself.
    pub tally: Tally,
}

/// What one counter counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// To add, by series and minute.
    pub buckets: BTreeMap<(Labels, Minute), u64>,
    /// What a counter with a memory (such as `postfix-messages`: queue ids) has to remember from now on.
    pub remembered: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What it may forget.
    pub forgotten: BTreeSet<Vec<u8>>,
    /// Lines that resemble what the counter counts and do not match it.
    pub unmatched: u64,
}

/// Sums over the lines of a log. To add.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines read.
    pub lines: u64,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// Lines that are too long; their beginning was matched, the rest was not.
    pub long_lines: u64,
    /// Lines without a usable time, counted in the minute of their arrival.
    pub without_time: u64,
    /// How often lines were lost: a generation vanished before it was read to its end.
    pub gaps: u64,
}

/// What the store knows of a log when its reader starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Increases with every stored batch of this log.
    pub version: u64,
    /// How far it was read; `None` if never.
    pub position: Option<Position>,
    /// The end of the last time that is covered, of any counter, in seconds of Unix time; `None` if nothing is.
    pub covered_to: Option<i64>,
    /// Each counter that the store knows, by name.
    pub counters: BTreeMap<String, SavedCounter>,
}

/// What the store knows of a counter when its log's reader starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedCounter {
    /// Its series, at most `max_series` and the one for the others.
    pub series: BTreeSet<Labels>,
    /// What it remembers.
    pub remembered: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The offset from which on it has counted a generation, by the generation's number. A counter that was configured
    /// later than its log began in the middle of one, and has counted nothing of those before, which are not in the
    /// map: a backfill can.
    pub began: BTreeMap<i64, u64>,
}
