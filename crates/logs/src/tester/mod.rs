//! Tries a counter on a file: what it would count, the first lines that match, and those that nearly do.
//!
//! Nothing is stored. The file may be a pipe: it is read once, from its beginning to its end.

mod near;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::Minute;

use crate::engine::{Engine, SpecError};
use crate::sink::Sink;
use crate::spec::{CounterSpec, LogSpec};
use near::Nearest;

/// How much is read at once.
const BLOCK: usize = 256 << 10;

/// A longer line is cut.
const LONGEST: usize = 64 << 10;

/// What a counter makes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The counter.
    pub counter: String,
    /// How many lines the file has.
    pub lines: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many the counter counts.
    pub count: u64,
    /// The same by minute of the lines' own time. Minutes without any are left out.
    pub minutes: BTreeMap<Minute, u64>,
    /// The same by series.
    pub series: BTreeMap<Labels, u64>,
    /// Lines that were counted although their time could not be read, or is more than a day ahead.
    pub without_time: u64,
    /// Lines that resemble what is counted, but could not be read.
    pub unmatched: u64,
    /// The first lines that match, at most three.
    pub first: Vec<String>,
    /// Lines that come close, the closest first, at most three.
    pub nearest: Vec<Near>,
    /// How long counting took, without reading the file.
    pub elapsed: Duration,
}

/// A line that does not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The line.
    pub line: String,
    /// Why it does not match.
    pub why: String,
}

/// Why a counter could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// The configuration is wrong.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The log has no such counter.
    #[error("the log has no counter {name}. It has: {known}")]
    Counter {
        /// The name.
        name: String,
        /// Those that exist.
        known: String,
    },
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Read(#[from] io::Error),
}

impl Report {
    /// Millions of bytes counted in a second.
    pub fn megabytes_per_second(&self) -> f64 {
        let megabytes = f64::from(u32::try_from(self.bytes / 1000).unwrap_or(u32::MAX)) / 1000.0;
        megabytes / self.elapsed.as_secs_f64().max(1e-9)
    }
}

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

/// A line for people: what is not printable is replaced.
fn text(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    text.chars()
        .map(|char| if char.is_control() && char != '\t' { char::REPLACEMENT_CHARACTER } else { char })
        .collect()
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
