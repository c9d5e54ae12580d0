//! Tries a counter on a file: what it would count, the first lines that match, and those that nearly do.
//!
//! Nothing is stored. The file may be a pipe: it is read once, from its beginning to its end.

mod near;
mod report;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::sink::Sink;
use crate::spec::{CounterSpec, LogSpec};
use near::Nearest;
use report::text;
pub use report::{Near, Report, TestError};

/// How much is read at once.
const BLOCK: usize = 256 << 10;

/// A longer line is cut.
const LONGEST: usize = 64 << 10;

/// Tries the counter `name` of a log on `input`. `now` is the time of the read, in seconds of Unix time; `progress`
/// is told how many bytes were read so far.
///
/// # Errors
/// There is no such counter, its configuration is wrong, or the input cannot be read.
pub fn test(
    spec: &LogSpec,
    name: &str,
    input: &mut dyn Read,
    now: i64,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, TestError> {
    let counter = counter(spec, name)?;
    let alone = LogSpec { counters: vec![counter.clone()], ..spec.clone() };
    let mut engine = Engine::new(&alone, &BTreeMap::new())?.watched();
    let mut nearest = Nearest::new(&counter);
    let mut elapsed = Duration::ZERO;
    let mut lines = Lines::default();
    let mut bytes = 0;
    while let Some(read) = lines.read(input)? {
        bytes += u64::try_from(read).unwrap_or_default();
        progress(bytes);
        let start = Instant::now();
        engine.lines(lines.whole(), now);
        elapsed += start.elapsed();
        nearest.look(lines.whole());
        lines.done(&mut engine, now);
    }
    lines.finish(&mut engine, &mut nearest, now);
    let examples = engine.examples();
    let (mut counters, tally) = engine.take();
    let counted = counters.remove(name).unwrap_or_default();
    let (mut minutes, mut series) = (BTreeMap::new(), BTreeMap::new());
    for ((labels, minute), count) in counted.buckets {
        *minutes.entry(minute).or_insert(0) += count;
        *series.entry(labels).or_insert(0) += count;
    }
    Ok(Report {
        counter: name.to_owned(),
        lines: tally.lines,
        bytes,
        count: series.values().sum(),
        minutes,
        series,
        without_time: tally.without_time,
        unmatched: counted.unmatched,
        first: examples.counted.iter().map(|line| text(line)).collect(),
        nearest: nearest.lines(&examples),
        elapsed,
    })
}

fn counter(spec: &LogSpec, name: &str) -> Result<CounterSpec, TestError> {
    spec.counters.iter().find(|counter| counter.name == name).cloned().ok_or_else(|| {
        let known: Vec<&str> = spec.counters.iter().map(|counter| counter.name.as_str()).collect();
        TestError::Counter { name: name.to_owned(), known: known.join(", ") }
    })
}

/// Cuts what was read into whole lines.
#[derive(Default)]
struct Lines {
    buffer: Vec<u8>,
    /// The end of the last whole line.
    end: usize,
    /// The rest of a line that is too long follows.
    skip: bool,
}

impl Lines {
    /// Reads a block. `None` at the end.
    fn read(&mut self, input: &mut dyn Read) -> io::Result<Option<usize>> {
        let kept = self.buffer.len();
        self.buffer.resize(kept + BLOCK, 0);
        let read = loop {
            match input.read(self.buffer.get_mut(kept..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.buffer.truncate(kept + read);
        if self.skip {
            let rest = memchr::memchr(b'\n', &self.buffer);
            self.skip = rest.is_none();
            self.buffer.drain(..rest.map_or(self.buffer.len(), |newline| newline + 1));
        }
        self.end = memchr::memrchr(b'\n', &self.buffer).map_or(0, |newline| newline + 1);
        Ok((read > 0).then_some(read))
    }

    fn whole(&self) -> &[u8] {
        self.buffer.get(..self.end).unwrap_or_default()
    }

    /// Keeps the line that is not whole yet; of one that is too long, only the beginning counts.
    fn done(&mut self, engine: &mut Engine, now: i64) {
        self.buffer.drain(..self.end);
        self.end = 0;
        if let Some(beginning) = self.buffer.get(..LONGEST) {
            engine.long_line(beginning, now);
            self.buffer.clear();
            self.skip = true;
        }
    }

    /// The last line may lack its end.
    fn finish(mut self, engine: &mut Engine, nearest: &mut Nearest, now: i64) {
        if !self.buffer.is_empty() {
            self.buffer.push(b'\n');
            engine.lines(&self.buffer, now);
            nearest.look(&self.buffer);
        }
    }
}
