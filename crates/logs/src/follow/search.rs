//! The search for generations by their content alone: after a restart, or when files were copied or compressed.

use super::assign::{Look, Match};
use super::identity::STRONG;
use crate::error::LogError;

/// How many short generations are looked for by content.
const WEAK: usize = 64;

impl Look<'_> {
    pub(super) fn by_content(&mut self) -> Result<(), LogError> {
        for track in self.homeless() {
            if self.is_strong(track) && !self.is_complete(track) {
                self.oldest_by_content(track, usize::MAX)?;
            }
        }
        // Short generations can begin alike. In the order of their age, each takes the oldest file that it can be: what
        // is left is newer, and is read.
        let mut weak = self.homeless();
        weak.retain(|track| !self.is_strong(*track));
        weak.truncate(WEAK);
        let mut newer_than = usize::MAX;
        for track in weak.into_iter().rev() {
            newer_than = self.oldest_by_content(track, newer_than)?.unwrap_or(newer_than);
        }
        self.newest_complete_by_content()?;
        self.written_late()
    }

    pub(super) fn is_strong(&self, track: usize) -> bool {
        self.tracks.get(track).is_some_and(|track| track.row.position >= STRONG)
    }

    /// Whether more speaks for another generation: one that is not found elsewhere, and was counted further or is open.
    pub(super) fn is_rather_another(&mut self, track: usize, found: usize) -> Result<bool, LogError> {
        let position = self.tracks.get(track).map_or(0, |track| track.row.position);
        for other in (0..self.tracks.len()).filter(|other| *other != track) {
            let Some((row, home)) = self.tracks.get(other).map(|other| &other.row).zip(self.homes.get(other)) else {
                continue;
            };
            let (further, nowhere) = (row.position > position, home.is_none());
            let open = self.tracks.get(other).is_some_and(|other| other.text.is_some());
            let another = match (nowhere, open) {
                (true, true) => self.is_copy(other, found)?,
                (true, false) => further && self.matches(other, found)? != Match::No,
                (false, _) => false,
            };
            if another {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives a generation the oldest file that continues it and is newer than another file.
    fn oldest_by_content(&mut self, track: usize, newer_than: usize) -> Result<Option<usize>, LogError> {
        let Some((seen, counted)) = self.tracks.get(track).map(|track| (track.row.seen, track.row.position > 0)) else {
            return Ok(None);
        };
        let complete = self.is_complete(track);
        let mut best: Option<(u8, usize, Match)> = None;
        for found in self.unowned().into_iter().rev().filter(|found| *found < newer_than) {
            let matches = self.matches(track, found)?;
            if matches == Match::No || self.is_rather_another(track, found)? {
                continue;
            }
            let written_since = self.file(found).is_some_and(|found| found.written >= seen);
            let likely = match () {
                () if written_since || self.same_file(track, found) => 2,
                () => u8::from(matches == Match::Yes { ends_there: true }),
            };
            if best.is_none_or(|(best, ..)| best < likely) {
                best = Some((likely, found, matches));
            }
        }
        if best.is_none() && counted && !complete {
            let damaged = |found: &usize| self.file(*found).is_some_and(|file| file.head.is_none() && !file.denied);
            best = self.unowned().into_iter().rev().find(damaged).map(|found| (0, found, Match::Damaged));
        }
        let Some((_, found, matches)) = best else { return Ok(None) };
        self.settle_grown(track, found, matches);
        Ok(Some(found))
    }

    fn settle_grown(&mut self, track: usize, found: usize, matches: Match) {
        self.settle(track, found);
        if let Some(track) = self.tracks.get_mut(track) {
            // More was written after it was complete.
            track.row.complete &= matches == Match::Yes { ends_there: true };
        }
    }

    /// Of the complete generations, only the newest matters: what is older than it is known or was never wanted. To
    /// compare compressed files takes long, so the search ends with it.
    fn newest_complete_by_content(&mut self) -> Result<(), LogError> {
        let boundary = self.boundary().unwrap_or(usize::MAX);
        for found in self.unowned() {
            if found > boundary {
                break;
            }
            for track in self.homeless() {
                let matches = if self.is_strong(track) { self.matches(track, found)? } else { Match::No };
                if matches != Match::No {
                    self.settle_grown(track, found, matches);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// A complete generation can have got late lines while nobody looked, before it was compressed. Once its grace was
    /// over, it was seen later than it was written.
    fn written_late(&mut self) -> Result<(), LogError> {
        for track in self.homeless().into_iter().filter(|track| self.is_strong(*track)).collect::<Vec<_>>() {
            let seen = self.tracks.get(track).map_or(i64::MAX, |track| track.row.seen);
            for found in self.unowned() {
                let written_since = self.file(found).is_some_and(|found| found.written >= seen);
                if written_since && self.matches(track, found)? == (Match::Yes { ends_there: false }) {
                    self.settle_grown(track, found, Match::Yes { ends_there: false });
                    break;
                }
            }
        }
        Ok(())
    }
}
