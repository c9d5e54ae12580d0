//! Which file holds which generation.

use std::collections::HashMap;

use super::identity::{self, STRONG};
use super::listing::{Found, Listing};
use super::text::{FileId, Text};
use super::track::Track;
use crate::error::LogError;

/// What was found out about a compressed file, as that means to decompress it: by file, size, time of the last write,
/// generation and position.
pub(crate) type Memory = HashMap<(FileId, u64, i64, i64, u64), Match>;

/// Whether a file continues a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    No,
    Yes {
        /// Whether nothing follows the position.
        ends_there: bool,
    },
    /// It begins alike, and its compression is damaged before the position.
    Damaged,
}

/// Which file holds which generation, and what is new.
#[derive(Debug, Default)]
pub(crate) struct Assignment {
    /// For each known generation its file, as an index into the listing.
    pub(crate) homes: Vec<Option<usize>>,
    /// The files that hold generations that nobody has read, the oldest first.
    pub(crate) unseen: Vec<usize>,
    /// Whether a file vanished meanwhile: then the rest is not to be trusted.
    pub(crate) unsteady: bool,
}

/// One look at the files of a log.
pub(crate) struct Look<'a> {
    pub(crate) tracks: &'a mut [Track],
    pub(crate) listing: &'a Listing,
    pub(crate) memory: &'a mut Memory,
    pub(super) homes: Vec<Option<usize>>,
    owned: Vec<bool>,
    unsteady: bool,
}

impl<'a> Look<'a> {
    pub(crate) fn new(tracks: &'a mut [Track], listing: &'a Listing, memory: &'a mut Memory) -> Look<'a> {
        let (homes, owned) = (vec![None; tracks.len()], vec![false; listing.files.len()]);
        Look { tracks, listing, memory, homes, owned, unsteady: false }
    }

    /// Finds the file of each known generation: first by inode and content, then by content alone, last by inode for
    /// those that nothing was counted of.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn assign(mut self) -> Result<Assignment, LogError> {
        self.by_handle()?;
        self.by_inode()?;
        self.truncated_and_begun_alike()?;
        self.by_content()?;
        self.rewritten_live()?;
        self.uncounted()?;
        let unseen = self.unseen()?;
        let unsteady = self.unsteady || self.listing.unsteady;
        Ok(Assignment { homes: self.homes, unseen, unsteady })
    }

    pub(super) fn file(&self, index: usize) -> Option<&'a Found> {
        self.listing.files.get(index)
    }

    fn is_live(&self, index: usize) -> bool {
        self.file(index).is_some_and(|file| file.live)
    }

    pub(super) fn is_complete(&self, track: usize) -> bool {
        self.tracks.get(track).is_some_and(|track| track.row.complete)
    }

    pub(super) fn settle(&mut self, track: usize, file: usize) {
        if let Some(home) = self.homes.get_mut(track) {
            if let Some(owned) = home.and_then(|old| self.owned.get_mut(old)) {
                *owned = false;
            }
            *home = Some(file);
        }
        if let Some(owned) = self.owned.get_mut(file) {
            *owned = true;
        }
    }

    pub(super) fn unowned(&self) -> Vec<usize> {
        self.owned.iter().enumerate().filter_map(|(index, owned)| (!owned).then_some(index)).collect()
    }

    /// The generations without a place, the newest first.
    pub(super) fn homeless(&self) -> Vec<usize> {
        let tracks = self.tracks.iter().zip(&self.homes).enumerate().rev();
        tracks.filter(|(_, (track, home))| home.is_none() && track.text.is_none()).map(|(index, _)| index).collect()
    }

    fn by_handle(&mut self) -> Result<(), LogError> {
        for index in 0..self.tracks.len() {
            let Some(track) = self.tracks.get_mut(index).filter(|track| track.text.is_some()) else { continue };
            if !track.intact()? {
                track.text = None;
                continue;
            }
            let file = track.file();
            if let Some(found) = self.listing.files.iter().position(|found| found.file == file) {
                self.settle(index, found);
            }
        }
        Ok(())
    }

    /// A number is used again soon after its file is deleted, so of short generations, which can begin alike, it says
    /// little; unless it is the live file's.
    fn by_inode(&mut self) -> Result<(), LogError> {
        for track in self.homeless() {
            for found in self.unowned() {
                // To compare a compressed file takes long.
                let long = self.file(found).is_some_and(|found| found.gzip) && self.is_complete(track);
                let says_something = self.is_strong(track) || self.is_live(found);
                if self.same_file(track, found) && says_something && !long && self.matches(track, found)? != Match::No {
                    self.settle(track, found);
                    break;
                }
            }
        }
        Ok(())
    }

    pub(super) fn same_file(&self, track: usize, found: usize) -> bool {
        self.tracks.get(track).map(Track::file) == self.file(found).map(|found| found.file)
    }

    /// The live file can have been truncated and have grown beyond the position since, with the same beginning as
    /// before. It looks as if it continued. But so does its copy, and they differ: then the copy is the older one.
    fn truncated_and_begun_alike(&mut self) -> Result<(), LogError> {
        let Some(track) = self.homes.iter().position(|home| home.is_some_and(|home| self.is_live(home))) else {
            return Ok(());
        };
        let seen = self.tracks.get(track).map_or(0, |track| track.row.seen);
        for copy in self.unowned().into_iter().rev() {
            let written_since = self.file(copy).is_some_and(|found| found.written >= seen);
            if !written_since || self.matches(track, copy)? == Match::No || self.is_rather_another(track, copy)? {
                continue;
            }
            let (Some(mut live), Some(mut text)) = (self.open(0)?, self.open(copy)?) else { continue };
            let differs = |live: &mut Text, text: &mut Text| {
                // A copy is never longer, unless what it was made of was truncated.
                let end = live.length()?.unwrap_or(u64::MAX);
                Ok(identity::compare(live, text)? == identity::Alike::No || !text.bytes(end, 1)?.is_empty())
            };
            if differs(&mut live, &mut text).map_err(|error| self.failed(copy, error))? {
                self.unsettle(track);
                break;
            }
        }
        Ok(())
    }

    /// Takes a generation's place away, so that it is looked for by content.
    fn unsettle(&mut self, track: usize) {
        if let Some(owned) = self.homes.get_mut(track).and_then(Option::take).and_then(|home| self.owned.get_mut(home))
        {
            *owned = false;
        }
        if let Some(track) = self.tracks.get_mut(track) {
            track.text = None;
        }
    }

    /// The newest file with a generation that was counted.
    pub(super) fn boundary(&self) -> Option<usize> {
        let with_homes = self.tracks.iter().zip(&self.homes);
        with_homes.filter(|(track, _)| track.row.position > 0).filter_map(|(_, home)| *home).min()
    }

    /// An editor writes the live file anew, and leaves the old one under another name.
    fn rewritten_live(&mut self) -> Result<(), LogError> {
        if !self.is_live(0) || self.owned.first() == Some(&true) {
            return Ok(());
        }
        for track in (0..self.tracks.len()).rev() {
            if self.matches(track, 0)? != Match::No && self.is_rewritten(track)? {
                self.settle(track, 0);
                if let Some(track) = self.tracks.get_mut(track) {
                    track.text = None;
                }
                break;
            }
        }
        Ok(())
    }

    /// Whether all of a generation is in the live file too: it is a copy, or, if the old file has left its place,
    /// begins with all of it.
    fn is_rewritten(&mut self, track: usize) -> Result<bool, LogError> {
        if self.is_strong(track) && self.is_copy(track, 0)? {
            return Ok(true);
        }
        let mut left = self.homes.get(track) == Some(&None);
        // Files can have a header in common: a rotated file that continues it, too, is it.
        for found in self.unowned() {
            left = left && (self.is_live(found) || self.matches(track, found)? == Match::No);
        }
        let Some(mut live) = self.open(0)? else { return Ok(false) };
        let Some(text) = self.tracks.get_mut(track).filter(|_| left).and_then(|track| track.text.as_mut()) else {
            return Ok(false);
        };
        let all = text.length().and_then(|length| Ok(length <= live.length()?));
        let alike = all.and_then(|all| Ok(all && identity::compare(text, &mut live)? != identity::Alike::No));
        alike.map_err(|error| self.failed(0, error))
    }

    /// Of these only the inode is known, which says little: the file must be newer than what was counted, or not
    /// compressed, and no other generation.
    fn uncounted(&mut self) -> Result<(), LogError> {
        let boundary = self.boundary();
        for track in self.homeless() {
            let uncounted = self.tracks.get(track).is_some_and(|track| track.row.position == 0);
            let found = self.unowned().into_iter().find(|found| self.same_file(track, *found));
            let Some(found) = found.filter(|_| uncounted) else { continue };
            let old = boundary.is_some_and(|boundary| found > boundary);
            let gzip = self.file(found).is_some_and(|file| file.gzip);
            if (old && gzip) || self.is_rather_another(track, found)? {
                continue;
            }
            self.settle(track, found);
            if let Some(track) = self.tracks.get_mut(track) {
                // Its number can be that of an older file, which was empty: read it.
                track.row.complete = false;
            }
        }
        Ok(())
    }

    /// What is newer than the newest generation that is known; if none of those is here any more, what was written
    /// since.
    fn unseen(&mut self) -> Result<Vec<usize>, LogError> {
        let boundary = self.boundary();
        let counted = self.tracks.iter().filter(|track| track.row.position > 0).map(|track| track.row.seen).max();
        let last_seen = counted.or_else(|| self.tracks.iter().map(|track| track.row.seen).min());
        let mut unseen = Vec::new();
        for found in self.unowned().into_iter().rev() {
            let Some(file) = self.file(found) else { continue };
            let newer = match (boundary, last_seen) {
                _ if file.live => true,
                (Some(boundary), _) => found < boundary,
                (None, Some(last_seen)) => file.written >= last_seen,
                (None, None) => false,
            };
            if newer && (file.live || !self.is_known(found)?) {
                self.add_unseen(&mut unseen, found)?;
            }
        }
        Ok(unseen)
    }

    /// Adds a file, unless it is a copy of another one of them; of an unfinished copy, the other is kept.
    fn add_unseen(&mut self, unseen: &mut Vec<usize>, found: usize) -> Result<(), LogError> {
        let listing = self.listing;
        let head = |index: usize| listing.files.get(index)?.head.as_deref().filter(|head| !head.is_empty());
        for at in 0..unseen.len() {
            let Some(other) = unseen.get(at).copied() else { break };
            let (Some(one), Some(two)) = (head(other), head(found)) else { continue };
            if !one.starts_with(two) && !two.starts_with(one) {
                continue;
            }
            let (Some(mut old), Some(mut new)) = (self.open(other)?, self.open(found)?) else { continue };
            let alike = identity::compare(&mut old, &mut new).map_err(|error| self.failed(found, error))?;
            // Of short files, the same can be the header that all of them begin with.
            let short = old.bytes(STRONG, 1).map_or(true, |beyond| beyond.is_empty());
            if alike.is_copy() && !short {
                let shorter = old.length().ok().flatten().zip(new.length().ok().flatten()).is_some_and(|(a, b)| a < b);
                if self.is_live(found) || shorter {
                    unseen.remove(at);
                    break;
                }
                return Ok(());
            }
        }
        unseen.push(found);
        Ok(())
    }

    /// Whether a file is a copy of a known generation.
    fn is_known(&mut self, found: usize) -> Result<bool, LogError> {
        for track in 0..self.tracks.len() {
            if self.is_copy(track, found)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn is_copy(&mut self, track: usize, found: usize) -> Result<bool, LogError> {
        let Some(head) = self.file(found).and_then(|found| found.head.as_ref()) else { return Ok(false) };
        let Some(row) = self.tracks.get(track).map(|track| &track.row) else { return Ok(false) };
        // Of a generation that little was counted of, only its text tells.
        let begins_alike = identity::same_head(row, head) || row.head.starts_with(head) || row.head.is_empty();
        if head.is_empty() || !begins_alike {
            return Ok(false);
        }
        let Some(mut copy) = self.open(found)? else { return Ok(false) };
        let mut home = match self.homes.get(track).copied().flatten() {
            Some(home) => self.open(home)?,
            None => None,
        };
        let open = self.tracks.get_mut(track).and_then(|track| track.text.as_mut());
        let Some(original) = home.as_mut().or(open) else { return Ok(false) };
        let alike = identity::compare(original, &mut copy).map_err(|error| self.failed(found, error))?;
        Ok(alike.is_copy())
    }

    pub(super) fn matches(&mut self, track: usize, found: usize) -> Result<Match, LogError> {
        let (Some(track), Some(file)) = (self.tracks.get(track), self.file(found)) else { return Ok(Match::No) };
        let row = &track.row;
        let same_head = file.head.as_ref().is_some_and(|head| identity::same_head(row, head));
        if !same_head || (!file.gzip && file.size < row.position) {
            return Ok(Match::No);
        }
        let key = (file.file, file.size, file.written, row.id, row.position);
        if let Some(known) = self.memory.get(&key).filter(|_| file.gzip) {
            return Ok(*known);
        }
        let row = row.clone();
        let Some(mut text) = self.open(found)? else { return Ok(Match::No) };
        let compare = |text: &mut Text| {
            if !identity::continues(text, &row)? {
                return Ok(Match::No);
            }
            Ok(Match::Yes { ends_there: text.bytes(row.position, 1)?.is_empty() })
        };
        let result = match compare(&mut text) {
            Err(_) if file.gzip => Match::Damaged,
            result => result.map_err(|error| self.failed(found, error))?,
        };
        if file.gzip {
            self.memory.insert(key, result);
        }
        Ok(result)
    }

    fn open(&mut self, found: usize) -> Result<Option<Text>, LogError> {
        let Some(file) = self.file(found) else { return Ok(None) };
        let opened = file.open()?;
        self.unsteady |= opened.is_none();
        Ok(opened)
    }

    fn failed(&self, found: usize, error: std::io::Error) -> LogError {
        LogError::of(&self.file(found).map(|found| found.path.clone()).unwrap_or_default(), error)
    }
}
