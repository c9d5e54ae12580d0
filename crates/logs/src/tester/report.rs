//! What a counter makes of a file.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::Minute;

use crate::engine::SpecError;

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

/// A line for people: what is not printable is replaced.
pub(super) fn text(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    text.chars()
        .map(|char| if char.is_control() && char != '\t' { char::REPLACEMENT_CHARACTER } else { char })
        .collect()
}
