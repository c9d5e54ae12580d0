//! Where what reads a log hands its lines to what counts them.

use std::collections::BTreeMap;

use healthd_core::samples::batch::{Counted, Tally};

/// Takes the lines of a log, in the order of the log.
///
/// Lines come in blocks: only a few lines of a log match anything, and finding those in a block costs less than
/// cutting all of it into lines.
pub trait Sink {
    /// Takes whole lines. Each ends with `\n`, also the last; the bytes are anything. `arrival` is the time of the
    /// read, in seconds of Unix time.
    fn lines(&mut self, block: &[u8], arrival: i64);

    /// Takes the beginning of a line that is too long to be kept; its rest is skipped.
    fn long_line(&mut self, beginning: &[u8], arrival: i64);

    /// The lines that follow are from another generation: nothing before continues in it.
    fn generation(&mut self);
}

/// A [`Sink`] that counts.
pub trait Counting: Sink {
    /// What was counted since the last call. Every configured counter is in the map, also one that has counted nothing.
    /// Of the tally, what is said of lines: `lines`, `long_lines`, `without_time`.
    fn take(&mut self) -> (BTreeMap<String, Counted>, Tally);

    /// The time of the first line since the last [`take`](Counting::take), and the latest time of any, in seconds of
    /// Unix time; `None` if there was no line with a time.
    fn times(&self) -> Option<(i64, i64)>;
}
