//! Reads the entries of systemd's journal exactly once, as lines of syslog.
//!
//! `journalctl` does the reading: its file format is its own. Each run continues at the stored cursor. The first entry
//! of a run must be the one with that cursor; otherwise the journal was vacuumed beyond it, which is a gap.

pub(crate) mod export;
mod process;

use std::ffi::OsString;
use std::path::PathBuf;

use self::export::{Parser, same_entry};
use self::process::{Output, Running};
use crate::error::LogError;
use crate::follow::MAX_LINE;
use crate::progress::Progress;
use crate::sink::Sink;

/// Seconds between two runs of journalctl: each opens every file of the journal.
pub const INTERVAL: i64 = 10;
/// How many bytes of lines are handed on at once.
const BLOCK: usize = 256 * 1024;

/// How journalctl is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journalctl {
    /// The program.
    pub program: PathBuf,
    /// Its first arguments, such as `--directory=DIR` for the journal of a container.
    pub arguments: Vec<OsString>,
}

impl Default for Journalctl {
    fn default() -> Journalctl {
        Journalctl { program: "journalctl".into(), arguments: Vec::new() }
    }
}

/// Follows the journal of some units.
#[derive(Debug)]
pub struct Journal {
    journalctl: Journalctl,
    /// The patterns of the units.
    units: String,
    /// The cursor of the last entry that was counted.
    cursor: Option<String>,
    changed: bool,
    run: Option<Run>,
    /// When the last run began.
    last_run: Option<i64>,
}

/// A run of journalctl.
#[derive(Debug)]
struct Run {
    process: Running,
    parser: Parser,
    began: i64,
    /// The cursor where it began, until its entry was seen.
    expected: Option<String>,
}

impl Journal {
    /// A reader that continues after `cursor`; `None` begins at the begin of the journal.
    pub fn new(units: &str, cursor: Option<String>, journalctl: Journalctl) -> Journal {
        Journal { journalctl, units: units.to_owned(), cursor, changed: false, run: None, last_run: None }
    }

    /// The cursor of the last entry that was read, if that has changed since the last call.
    pub(crate) fn take_changed(&mut self) -> Option<Option<String>> {
        std::mem::take(&mut self.changed).then(|| self.cursor.clone())
    }

    /// The cursor of the last entry that was read.
    pub(crate) fn cursor(&self) -> Option<String> {
        self.cursor.clone()
    }

    /// Reads on, about `budget` bytes at most, and hands the lines to `sink`. Does not wait longer than about a second
    /// for journalctl.
    pub(crate) fn read(&mut self, budget: u64, now: i64, sink: &mut impl Sink) -> Progress {
        let mut progress = Progress::default();
        if let Err(error) = self.read_on(budget, now, sink, &mut progress) {
            self.run = None;
            self.last_run = None;
            progress.fault = Some(error);
        }
        progress
    }

    fn read_on(
        &mut self,
        budget: u64,
        now: i64,
        sink: &mut impl Sink,
        progress: &mut Progress,
    ) -> Result<(), LogError> {
        let mut run = match self.run.take() {
            Some(run) => run,
            // The clock may have been set back.
            None if self.last_run.is_some_and(|last| (0..INTERVAL).contains(&(now - last))) => return Ok(()),
            None => self.start(now)?,
        };
        let mut lines = Lines { block: Vec::new(), now, sink, progress };
        let output = loop {
            let Run { process, parser, expected, .. } = &mut run;
            let output = process.read(&mut |piece| {
                parser.take(piece, &mut |entry| {
                    let gap = match expected.take() {
                        Some(expected) if same_entry(&expected, &entry.cursor) => return,
                        Some(_) => 1,
                        None => 0,
                    };
                    lines.progress.gaps += gap;
                    lines.add(&entry.line());
                    self.cursor = Some(entry.cursor);
                    self.changed = true;
                });
            })?;
            if output != Output::More || lines.progress.bytes >= budget {
                break output;
            }
        };
        lines.flush();
        match output {
            // The first entry should have been the one at the cursor. Without it nothing would ever be read.
            Output::Ended if run.expected.is_some() => {
                return Err(LogError::JournalGone { units: self.units.clone() });
            }
            Output::Ended => {
                progress.at_end = true;
                progress.until = Some(run.began);
            }
            Output::More => {
                progress.more = true;
                self.run = Some(run);
            }
            Output::Nothing => self.run = Some(run),
        }
        Ok(())
    }

    fn start(&mut self, now: i64) -> Result<Run, LogError> {
        self.last_run = Some(now);
        let mut arguments = self.journalctl.arguments.clone();
        arguments.extend(["--output=export", "--no-pager"].map(OsString::from));
        arguments.extend(self.units.split([' ', ',']).filter(|unit| !unit.is_empty()).map(|unit| {
            let mut argument = OsString::from("--unit=");
            argument.push(unit);
            argument
        }));
        if let Some(cursor) = &self.cursor {
            arguments.push(OsString::from(format!("--cursor={cursor}")));
        }
        let process = Running::start(&self.journalctl.program, &arguments, &self.units)?;
        Ok(Run { process, parser: Parser::default(), began: now, expected: self.cursor.clone() })
    }
}

/// Lines on the way to a sink.
struct Lines<'a, S> {
    block: Vec<u8>,
    now: i64,
    sink: &'a mut S,
    progress: &'a mut Progress,
}

impl<S: Sink> Lines<'_, S> {
    fn add(&mut self, line: &[u8]) {
        self.progress.bytes += u64::try_from(line.len() + 1).unwrap_or(u64::MAX);
        match line.get(..MAX_LINE).filter(|_| line.len() > MAX_LINE) {
            Some(beginning) => {
                self.flush();
                self.sink.long_line(beginning, self.now);
            }
            None => {
                self.block.extend_from_slice(line);
                self.block.push(b'\n');
                if self.block.len() >= BLOCK {
                    self.flush();
                }
            }
        }
    }

    fn flush(&mut self) {
        if !self.block.is_empty() {
            self.sink.lines(&self.block, self.now);
            self.block.clear();
        }
    }
}
