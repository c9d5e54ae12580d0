//! Reads the lines of a log file exactly once, through every kind of rotation.
//!
//! A generation is known by its content, see [`Generation`]: the first bytes that were counted and those before the
//! position. The inode only decides where content does not. Reading polls: it needs no notification, which would miss
//! NFS and overflow.
//!
//! - `lines`: from bytes to whole lines
//! - `text`, `gunzip`: the text of a file by offset
//! - `names`, `listing`: which files a log consists of
//! - `identity`, `assign`, `search`: which file holds which generation
//! - `track`: one generation

mod assign;
mod gunzip;
pub(crate) mod identity;
mod lines;
pub(crate) mod listing;
mod names;
pub(crate) mod range;
mod search;
pub(crate) mod text;
pub(crate) mod track;

use std::path::{Path, PathBuf};

use healthd_core::samples::source::Generation;

use self::assign::{Assignment, Look, Memory};
pub use self::lines::MAX_LINE;
use self::listing::{Listing, Survey};
use self::text::FileId;
use self::track::{End, GRACE, Track};
use crate::error::LogError;
use crate::progress::Progress;
use crate::sink::Sink;

/// After how many looks a generation that is nowhere is given up. While files are renamed, one look can miss it.
const LOOKS: u32 = 5;
/// After how many looks a damaged compressed file is given up. Somebody may still be writing it.
const LOOKS_AT_DAMAGE: u32 = 60;
/// For how many rotated generations the file stays open, in case their writer still has it open.
const WATCHED: usize = 2;

/// Follows one log file.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    /// By age, the oldest first.
    tracks: Vec<Track>,
    /// The directories' times at the last look.
    directories: Vec<(i64, i64)>,
    /// Whether the files have to be looked at again, because something was not found.
    look_again: bool,
    /// The files at the last look.
    survey: Survey,
    /// Whether the directories had changed before the last look.
    unsettled: bool,
    memory: Memory,
    /// Whether this process has had the live file open.
    had_live: bool,
    /// Since when the live file is missing.
    missing_since: Option<i64>,
}

/// A generation that has changed, to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// It.
    pub row: Generation,
    /// The position from which on this process has read it.
    pub origin: u64,
}

impl Follower {
    /// A follower that continues where `saved` ends; `None` begins at the begin of the live file.
    pub fn new(path: &Path, saved: Option<&[Generation]>) -> Follower {
        let mut rows = saved.unwrap_or_default().to_vec();
        rows.sort_by_key(|row| row.id);
        Follower {
            path: path.to_path_buf(),
            tracks: rows.into_iter().map(Track::known).collect(),
            directories: Vec::new(),
            look_again: false,
            survey: Survey::new(),
            unsettled: false,
            memory: Memory::new(),
            had_live: false,
            missing_since: None,
        }
    }

    /// Reads on, at most `budget` bytes and a block, and hands the lines to `sink`. A fault comes with what was read
    /// before it.
    pub(crate) fn read(&mut self, budget: u64, now: i64, sink: &mut impl Sink) -> Progress {
        let mut progress = Progress::default();
        let mut budget = budget;
        // Files can be replaced between a look and reading them; then a second look settles it.
        for _ in 0..3 {
            progress.fault = None;
            match self.read_once(&mut budget, now, sink, &mut progress) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    progress.fault = Some(error);
                    self.look_again = true;
                    break;
                }
            }
        }
        progress.at_end = progress.fault.is_none() && !progress.more && !self.look_again;
        progress
    }

    /// The generations that have changed since the last call.
    pub(crate) fn take_changed(&mut self) -> Vec<Changed> {
        let changed = self.tracks.iter_mut().filter(|track| track.changed);
        changed
            .map(|track| {
                track.changed = false;
                Changed { row: track.row.clone(), origin: track.origin }
            })
            .collect()
    }

    /// Whether it has to be called again at once, because files were replaced.
    fn read_once(
        &mut self,
        budget: &mut u64,
        now: i64,
        sink: &mut impl Sink,
        progress: &mut Progress,
    ) -> Result<bool, LogError> {
        let mut fault = None;
        if self.needs_a_look()? {
            fault = self.look(now, progress)?;
        }
        let mut order: Vec<usize> = (0..self.tracks.len()).collect();
        // The oldest first; those that have no name any more are the oldest.
        order.sort_by_key(|index| self.tracks.get(*index).map(|track| std::cmp::Reverse(track.place)));
        let mut last = None;
        let (path, survey) = (&self.path, &self.survey);
        for index in order {
            let begins = self.tracks.get(index).is_some_and(|track| track.row.position == 0);
            let known = if begins { known(&self.tracks) } else { Vec::new() };
            let check = |block: &[u8]| match known.iter().find(|(_, row)| identity::holds(block, row)) {
                _ if listing::survey(path).map_or(true, |now| now != *survey) => Err(End::Replaced),
                Some((index, _)) => Err(End::CopyOf(*index)),
                None => Ok(()),
            };
            let Some(track) = self.tracks.get_mut(index) else { continue };
            if track.row.complete && track.length().is_none_or(|length| length <= track.row.position) {
                continue;
            }
            // What is older than a generation that was counted is not looked for: if files are missing, do not begin.
            if track.text.is_none() || (self.look_again && track.row.position == 0) {
                continue;
            }
            if last.replace(index).is_some() {
                sink.generation();
            }
            match read_one(track, budget, now, sink, progress, &check)? {
                End::Reached => {}
                End::Budget => {
                    progress.more = true;
                    break;
                }
                End::Replaced => {
                    self.look_again = true;
                    return Ok(true);
                }
                End::CopyOf(original) => {
                    self.merge(index, original, now);
                    return Ok(true);
                }
            }
        }
        self.close_old(now);
        match fault {
            Some(fault) => Err(fault),
            None => Ok(false),
        }
    }

    /// A file whose copy began while it was looked at: both are one generation, which goes on in the live file.
    fn merge(&mut self, copy: usize, original: usize, now: i64) {
        let Some(counted) = self.tracks.get(original).map(|track| track.row.clone()) else { return };
        let Some(track) = self.tracks.get_mut(copy) else { return };
        track.take_over(&counted);
        let over = if track.live { original } else { copy };
        if let Some(track) = self.tracks.get_mut(over) {
            track.lose(now);
        }
        self.look_again = true;
    }

    /// Whether the live file is another one or was truncated, or files have come, gone or changed their names.
    fn needs_a_look(&mut self) -> Result<bool, LogError> {
        let directories = listing::changed(&listing::places(&self.path));
        let changed = directories != self.directories;
        self.directories = directories;
        let live = std::fs::metadata(&self.path).ok().map(|metadata| FileId::of(&metadata));
        let same = match self.tracks.iter_mut().find(|track| track.live) {
            Some(track) => live == Some(track.file()) && track.intact()?,
            None => false,
        };
        // Times of directories are coarse: a second change can have the same time as the first.
        let unsettled = std::mem::replace(&mut self.unsettled, changed);
        let again = std::mem::take(&mut self.look_again);
        Ok(again || unsettled || changed || !same)
    }

    /// Looks at the files: which holds what, what is new, what is lost.
    fn look(&mut self, now: i64, progress: &mut Progress) -> Result<Option<LogError>, LogError> {
        let mut listing = listing::list(&self.path)?;
        let assignment = Look::new(&mut self.tracks, &listing, &mut self.memory).assign()?;
        self.look_again |= assignment.unsteady;
        self.survey = std::mem::take(&mut listing.survey);
        if !assignment.unsteady {
            self.memory.retain(|key, _| listing.files.iter().any(|found| found.file == key.0));
        }
        self.settle(&assignment, &listing, now)?;
        let live_fault = self.live_fault(listing.live_fault.take(), now);
        let unreadable = listing.fault.is_some() || live_fault.is_some();
        let missed = self.count_lost(&assignment, unreadable, now, progress);
        if !assignment.unsteady {
            self.begin(&assignment.unseen, &listing, now)?;
        }
        Ok(live_fault.or(listing.fault.take().filter(|_| missed)))
    }

    /// Opens the known generations where they are now.
    fn settle(&mut self, assignment: &Assignment, listing: &Listing, now: i64) -> Result<(), LogError> {
        for (track, home) in self.tracks.iter_mut().zip(&assignment.homes) {
            let found = home.and_then(|home| listing.files.get(home));
            let live = found.is_some_and(|found| found.live);
            if track.live && !live || track.quiet_since == 0 {
                track.quiet_since = now;
            }
            track.live = live;
            track.place = home.unwrap_or(usize::MAX);
            let Some(found) = found else {
                track.watched = false;
                continue;
            };
            track.missed = 0;
            track.path = found.path.clone();
            if track.file() != found.file {
                (track.row.device, track.row.inode) = (found.file.device, found.file.inode);
                track.text = None;
            }
            track.watched = !found.gzip && home.is_some_and(|home| home <= WATCHED);
            let grown = !found.gzip && found.size > track.row.position;
            if track.text.is_none() && (live || track.watched || grown || !track.row.complete) {
                track.text = found.open()?;
                self.look_again |= track.text.is_none();
            }
            if live && track.row.complete {
                track.row.complete = false;
                track.changed = true;
            }
        }
        Ok(())
    }

    /// Begins with the files that nobody has read, the oldest first. All of them or none: what is older than one that
    /// was read is not looked for.
    fn begin(&mut self, unseen: &[usize], listing: &Listing, now: i64) -> Result<(), LogError> {
        let mut begun = Vec::new();
        let mut id = self.tracks.iter().map(|track| track.row.id).max().unwrap_or(0);
        for (index, found) in unseen.iter().filter_map(|index| Some((*index, listing.files.get(*index)?))) {
            id += 1;
            let mut track = Track::new(id, found.file, now);
            track.live = found.live;
            track.path = found.path.clone();
            track.place = index;
            // It is stored before anything is counted, so that a later start knows their order.
            track.changed = true;
            track.text = found.open()?;
            if track.text.is_none() {
                self.look_again = true;
                return Ok(());
            }
            begun.push(track);
        }
        self.tracks.extend(begun);
        Ok(())
    }

    /// Counts the generations that are gone with what was not read of them. Whether one is missed, and not yet given
    /// up.
    fn count_lost(&mut self, assignment: &Assignment, unreadable: bool, now: i64, progress: &mut Progress) -> bool {
        let mut missed = false;
        let homes = assignment.homes.iter().copied().chain(std::iter::repeat(None));
        for (track, home) in self.tracks.iter_mut().zip(homes) {
            if !is_missing(track, home) {
                continue;
            }
            track.missed += 1;
            let looks = if track.was_read_to_its_end() || track.row.position == 0 { 2 } else { LOOKS };
            if unreadable || assignment.unsteady || track.missed < looks {
                missed = true;
                self.look_again = true;
            } else {
                track.lose(now);
                progress.gaps += u64::from(looks == LOOKS);
            }
        }
        missed
    }

    /// Why the live file cannot be read. That it is missing is no fault while it is rotated.
    fn live_fault(&mut self, fault: Option<LogError>, now: i64) -> Option<LogError> {
        let Some(LogError::Missing(_)) = fault else {
            self.had_live |= fault.is_none();
            self.missing_since = None;
            return fault;
        };
        let since = *self.missing_since.get_or_insert(now);
        fault.filter(|_| !self.had_live || !(0..GRACE).contains(&(now - since)))
    }

    /// Closes rotated generations that are complete and quiet: all but the newest, and those that are deleted, because
    /// their room on the disk is not free while they are open.
    fn close_old(&mut self, now: i64) {
        for track in &mut self.tracks {
            let deleted = |track: &Track| match &track.text {
                Some(text::Text::Plain(file)) => {
                    file.metadata().is_ok_and(|metadata| std::os::unix::fs::MetadataExt::nlink(&metadata) == 0)
                }
                _ => true,
            };
            if track.text.is_none() || !track.row.complete || !track.is_quiet(now) {
                continue;
            }
            if track.row.seen < track.quiet_since + GRACE {
                // A later start sees by this that nothing was written late.
                track.row.seen = now;
                track.changed = true;
            }
            if !track.watched || deleted(track) {
                track.text = None;
            }
        }
    }
}

/// Whether something of a generation is not counted and cannot be found.
fn is_missing(track: &Track, home: Option<usize>) -> bool {
    !track.row.complete && track.text.is_none() && home.is_none()
}

/// The generations that another file can be a copy of.
fn known(tracks: &[Track]) -> Vec<(usize, Generation)> {
    let counted = tracks.iter().enumerate().filter(|(_, track)| track.row.position >= identity::STRONG);
    counted.map(|(index, track)| (index, track.row.clone())).collect()
}

/// Reads one generation on, and completes it when it is rotated away and quiet.
fn read_one(
    track: &mut Track,
    budget: &mut u64,
    now: i64,
    sink: &mut impl Sink,
    progress: &mut Progress,
    check: &dyn Fn(&[u8]) -> Result<(), End>,
) -> Result<End, LogError> {
    let end = match track.read(budget, now, sink, progress, check) {
        Err(error @ LogError::Damaged { .. }) => {
            track.damaged += 1;
            if track.damaged < LOOKS_AT_DAMAGE {
                return Err(error);
            }
            track.lose(now);
            progress.gaps += 1;
            return Ok(End::Reached);
        }
        end => end?,
    };
    if end == End::Reached && !track.live {
        track.end(now, sink, progress)?;
    }
    Ok(end)
}
