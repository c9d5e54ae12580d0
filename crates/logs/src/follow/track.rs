//! One generation that is followed: its row in the store, and its text while it is open.

use std::path::PathBuf;

use healthd_core::samples::source::Generation;

use super::identity;
use super::lines::{self, MAX_LINE, leading_nuls};
use super::text::{FileId, Text, length_of};
use crate::error::LogError;
use crate::progress::Progress;
use crate::sink::Sink;

/// How much is read at once.
const BLOCK: usize = 256 * 1024;
/// For how many seconds a rotated generation stays open after its last change: its writer goes on in it until it is
/// told to open the new file.
pub(crate) const GRACE: i64 = 60;

/// One generation.
#[derive(Debug)]
pub(crate) struct Track {
    /// What is stored of it.
    pub(crate) row: Generation,
    /// Its text, if it is open.
    pub(crate) text: Option<Text>,
    /// Where it was last found.
    pub(crate) path: PathBuf,
    /// Its place among the files, 0 for the newest.
    pub(crate) place: usize,
    /// Whether it is the live file.
    pub(crate) live: bool,
    /// Whether `row` has changed since it was last handed out.
    pub(crate) changed: bool,
    /// Its position when this process began to follow it.
    pub(crate) origin: u64,
    /// The length of its text when it was last read to its end, if this process did.
    pub(crate) seen_length: Option<u64>,
    /// Since when it is rotated away and nothing new was in it.
    pub(crate) quiet_since: i64,
    /// Where reading ends, if not at the end of the text.
    pub(crate) limit: Option<u64>,
    /// Whether the file stays open once it is complete.
    pub(crate) watched: bool,
    /// In how many looks it was not found.
    pub(crate) missed: u32,
    /// How often reading it has met damage.
    pub(crate) damaged: u32,
}

/// How reading a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// At its end, as far as it is written.
    Reached,
    /// After as many bytes as were allowed.
    Budget,
    /// The file does not hold the generation any more.
    Replaced,
    /// The file is a copy of this generation, as an index.
    CopyOf(usize),
}

impl Track {
    /// A generation that the store knows.
    pub(crate) fn known(row: Generation) -> Track {
        let origin = row.position;
        Track {
            row,
            text: None,
            path: PathBuf::new(),
            place: usize::MAX,
            live: false,
            changed: false,
            origin,
            seen_length: None,
            quiet_since: 0,
            limit: None,
            watched: true,
            missed: 0,
            damaged: 0,
        }
    }

    /// A generation that nobody has read.
    pub(crate) fn new(id: i64, file: FileId, now: i64) -> Track {
        let row = Generation {
            id,
            device: file.device,
            inode: file.inode,
            head: Vec::new(),
            tail: Vec::new(),
            position: 0,
            inside_long_line: false,
            complete: false,
            seen: now,
        };
        Track { quiet_since: now, ..Track::known(row) }
    }

    /// The file where it was last seen.
    pub(crate) fn file(&self) -> FileId {
        FileId { device: self.row.device, inode: self.row.inode }
    }

    /// Whether the open file still holds what was counted of it. `false` if none is open.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn intact(&mut self) -> Result<bool, LogError> {
        match &mut self.text {
            None => Ok(false),
            // A compressed file is written once.
            Some(Text::Gzip(_)) => Ok(true),
            Some(text) => identity::continues(text, &self.row).map_err(|error| LogError::of(&self.path, error)),
        }
    }

    /// The length of the open, uncompressed text.
    pub(crate) fn length(&self) -> Option<u64> {
        self.text.as_ref().and_then(|text| text.length().ok().flatten())
    }

    /// Whether it is known that everything in it was counted.
    pub(crate) fn was_read_to_its_end(&self) -> bool {
        self.seen_length == Some(self.row.position)
    }

    /// Reads on and hands whole lines to `sink`. `budget` is reduced by the bytes that were taken. `check` is asked
    /// about the first bytes of a generation that nothing was counted of.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(
        &mut self,
        budget: &mut u64,
        now: i64,
        sink: &mut impl Sink,
        progress: &mut Progress,
        check: &dyn Fn(&[u8]) -> Result<(), End>,
    ) -> Result<End, LogError> {
        let mut block = vec![0; BLOCK + 2 * MAX_LINE];
        loop {
            if *budget == 0 {
                return Ok(End::Budget);
            }
            let Some((have, fault)) = self.fill(&mut block)? else { return Ok(End::Replaced) };
            // Of a generation that nothing was counted of, the content does not tell whether it was replaced.
            let there = block.get(..have).unwrap_or_default();
            if self.row.position == 0
                && have > 0
                && let Err(end) = check(there)
            {
                return Ok(end);
            }
            let taken = lines::take(there, &mut self.row.inside_long_line, now, sink);
            if let Some(fault) = fault.filter(|_| taken == 0) {
                return Err(fault);
            }
            if taken == 0 {
                self.seen_length = Some(self.row.position + length_of(have));
                return Ok(End::Reached);
            }
            self.advance(there.get(..taken).unwrap_or_default(), now, progress);
            *budget = budget.saturating_sub(length_of(taken));
        }
    }

    /// Reads from the position on until the block is full, the text ends or cannot be read. `None` if the file was
    /// truncated or overwritten meanwhile: then it is not known which generation the bytes are from.
    fn fill(&mut self, block: &mut [u8]) -> Result<Option<(usize, Option<LogError>)>, LogError> {
        let mut have = 0;
        let position = self.row.position;
        let Some(text) = &mut self.text else { return Ok(Some((0, None))) };
        let mut fault = None;
        let allowed = self.limit.map_or(u64::MAX, |limit| limit.saturating_sub(position));
        let allowed = usize::try_from(allowed).unwrap_or(usize::MAX).min(block.len());
        let block = block.get_mut(..allowed).unwrap_or_default();
        while let Some(room) = block.get_mut(have..).filter(|room| !room.is_empty()) {
            match text.read_at(room, position + length_of(have)) {
                Ok(0) => break,
                Ok(read) => have += read,
                // What is before the damage is good.
                Err(error) => {
                    fault = Some(text.failed(&self.path, error));
                    break;
                }
            }
        }
        let have = self.intact()?.then_some(have);
        Ok(have.map(|have| (have, fault)))
    }

    fn advance(&mut self, taken: &[u8], now: i64, progress: &mut Progress) {
        identity::advance(&mut self.row, taken);
        progress.bytes += length_of(taken.len());
        self.row.seen = now;
        self.row.complete = false;
        self.quiet_since = now;
        self.changed = true;
    }

    /// Whether a rotated generation that was read to its end has had its grace.
    pub(crate) fn is_quiet(&mut self, now: i64) -> bool {
        if now < self.quiet_since {
            // The clock was set back.
            self.quiet_since = now;
        }
        matches!(self.text, Some(Text::Gzip(_))) || now - self.quiet_since >= GRACE
    }

    /// A rotated generation was read to its end. It is complete, unless half a line is left: that has its grace.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn end(&mut self, now: i64, sink: &mut impl Sink, progress: &mut Progress) -> Result<(), LogError> {
        if !self.was_read_to_its_end() && self.is_quiet(now) {
            return self.complete(now, sink, progress);
        }
        if self.was_read_to_its_end() && !self.row.complete {
            self.row.complete = true;
            self.changed = true;
        }
        Ok(())
    }

    /// Ends a generation that was read to its end: what is left is a line without a newline.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn complete(&mut self, now: i64, sink: &mut impl Sink, progress: &mut Progress) -> Result<(), LogError> {
        let mut rest = vec![0; 2 * MAX_LINE];
        let Some((have, None)) = self.fill(&mut rest)? else { return Ok(()) };
        rest.truncate(have);
        let line = rest.get(leading_nuls(&rest)..).unwrap_or_default();
        if rest.contains(&b'\n') {
            return Ok(());
        }
        if !line.is_empty() && !self.row.inside_long_line {
            sink.lines(&[line, b"\n"].concat(), now);
        }
        self.advance(&rest, now, progress);
        self.seen_length = Some(self.row.position);
        self.row.complete = true;
        Ok(())
    }

    /// Takes over what was counted of another file with the same content.
    pub(crate) fn take_over(&mut self, counted: &Generation) {
        self.row.head.clone_from(&counted.head);
        self.row.tail.clone_from(&counted.tail);
        self.row.position = counted.position;
        self.row.inside_long_line = counted.inside_long_line;
        self.changed = true;
    }

    /// Gives a generation up.
    pub(crate) fn lose(&mut self, now: i64) {
        self.row.complete = true;
        self.row.seen = now;
        self.changed = true;
        self.text = None;
        self.live = false;
    }
}
