//! Which files a log consists of now.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::names::{self, Age};
use super::text::{self, FileId, HEAD, Text};
use crate::error::LogError;

/// A file that can be a generation of the log.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// Whether it is the one that the log's writer opens.
    pub(crate) live: bool,
    pub(crate) gzip: bool,
    pub(crate) file: FileId,
    /// Its size on disk.
    pub(crate) size: u64,
    /// When it was last written, in seconds of Unix time.
    pub(crate) written: i64,
    /// The nanoseconds of that second.
    nanoseconds: i64,
    /// Its first bytes, at most [`HEAD`]; `None` if its compression is damaged or it may not be read.
    pub(crate) head: Option<Vec<u8>>,
    /// Whether it may not be read.
    pub(crate) denied: bool,
}

impl Found {
    /// Opens it. `None` if its name means another file by now.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn open(&self) -> Result<Option<Text>, LogError> {
        let (file, metadata) = match text::open(&self.path) {
            Err(LogError::Missing(_)) => return Ok(None),
            opened => opened?,
        };
        if FileId::of(&metadata) != self.file {
            return Ok(None);
        }
        Ok(Some(Text::new(file, self.gzip)))
    }
}

/// The files of a log at one moment.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The newest first, so that the live file, if there is one, is the first.
    pub(crate) files: Vec<Found>,
    /// Why the live file is not among them.
    pub(crate) live_fault: Option<LogError>,
    /// Why a rotated file is not among them.
    pub(crate) fault: Option<LogError>,
    /// Whether files changed their names meanwhile, so that some can be missing.
    pub(crate) unsteady: bool,
    /// The names and files; empty if they were changing.
    pub(crate) survey: Survey,
}

/// How often files are listed before they are found to be changing all the time.
const ATTEMPTS: u32 = 4;

/// The names of a log's files, and which files they are.
pub(crate) type Survey = Vec<(PathBuf, Option<FileId>)>;

/// A directory, and the live file's name in it.
type Place = (PathBuf, Vec<u8>);

/// Where generations of a log can be: beside the path, and beside the file that it links to.
pub(crate) fn places(live: &Path) -> Vec<Place> {
    let place = |path: &Path| {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        path.file_name().map(|name| (directory.to_path_buf(), name.as_bytes().to_vec()))
    };
    let mut places: Vec<Place> = place(live).into_iter().collect();
    let is_link = fs::symlink_metadata(live).is_ok_and(|metadata| metadata.is_symlink());
    if let Some(target) = fs::canonicalize(live).ok().filter(|_| is_link) {
        places.extend(place(&target));
    }
    places
}

/// When the directories last changed: each rotation changes them.
pub(crate) fn changed(places: &[Place]) -> Vec<(i64, i64)> {
    let stamp = |place: &Place| fs::metadata(&place.0).map(|metadata| (metadata.mtime(), metadata.mtime_nsec()));
    places.iter().map(|place| stamp(place).unwrap_or_default()).collect()
}

/// Lists the files. While they change their names, one listing can miss a file, or take one for another; so it counts
/// only if a second look finds the same.
///
/// # Errors
/// When a directory cannot be listed.
pub(crate) fn list(live: &Path) -> Result<Listing, LogError> {
    let mut before = survey(live)?;
    for _ in 0..ATTEMPTS {
        let listing = list_once(live)?;
        let after = survey(live)?;
        if before == after && !listing.unsteady {
            return Ok(Listing { survey: after, ..listing });
        }
        before = after;
    }
    Ok(Listing { unsteady: true, ..list_once(live)? })
}

/// The names of a log's files, and which files they are.
///
/// # Errors
/// When a directory cannot be listed.
pub(crate) fn survey(live: &Path) -> Result<Survey, LogError> {
    let mut names = vec![live.to_path_buf()];
    for (directory, base) in places(live) {
        let rotated = names::rotated(&base, names_in(&directory)?);
        names.extend(rotated.into_iter().map(|name| directory.join(OsString::from_vec(name.name))));
    }
    names.sort();
    let file = |path: &PathBuf| fs::metadata(path).ok().map(|metadata| FileId::of(&metadata));
    Ok(names.into_iter().map(|path| (path.clone(), file(&path))).collect())
}

fn list_once(live: &Path) -> Result<Listing, LogError> {
    let mut listing = Listing::default();
    let mut seen = BTreeSet::new();
    match found(live, true, false) {
        Ok(Some(file)) => {
            seen.insert(file.file);
            listing.files.push(file);
        }
        Ok(None) => listing.live_fault = Some(LogError::Missing(live.to_path_buf())),
        Err(error) => listing.live_fault = Some(error),
    }
    let mut rotated: Vec<(Age, Found)> = Vec::new();
    for (directory, base) in places(live) {
        let mut names = names::rotated(&base, names_in(&directory)?);
        // Of several names of one file, a link says the least about its age.
        let is_link = |name: &[u8]| {
            let path = directory.join(OsString::from_vec(name.to_vec()));
            fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
        };
        names.sort_by_cached_key(|name| (is_link(&name.name), name.name.clone()));
        for name in names {
            match found(&directory.join(OsString::from_vec(name.name)), false, name.gzip) {
                Ok(Some(file)) if seen.insert(file.file) => rotated.push((name.age, file)),
                Ok(Some(_)) | Err(LogError::NotAFile { .. }) => {}
                Ok(None) => listing.unsteady = true,
                Err(error) => listing.fault = Some(error),
            }
        }
    }
    let unreadable = rotated.iter().find(|(_, file)| file.denied);
    listing.fault = listing.fault.take().or(unreadable.map(|(_, file)| LogError::Denied(file.path.clone())));
    sort(&mut rotated);
    listing.files.extend(rotated.into_iter().map(|(_, file)| file));
    Ok(listing)
}

/// Sorts the newest first: by name, unless the names are of different kinds.
fn sort(rotated: &mut [(Age, Found)]) {
    let written = |file: &Found| (file.written, file.nanoseconds);
    let one_kind =
        rotated.first().is_none_or(|(first, _)| rotated.iter().all(|(age, _)| age.newest_first(first).is_some()));
    rotated.sort_by(|(age, file), (other_age, other)| {
        let by_age = age.newest_first(other_age).filter(|_| one_kind);
        by_age.unwrap_or_else(|| written(other).cmp(&written(file))).then_with(|| other.path.cmp(&file.path))
    });
}

fn names_in(directory: &Path) -> Result<Vec<Vec<u8>>, LogError> {
    let failed = |error| LogError::List { path: directory.to_path_buf(), error };
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    entries.map(|entry| Ok(entry.map_err(failed)?.file_name().into_vec())).collect()
}

/// Looks at one file; `None` if it is not there.
fn found(path: &Path, live: bool, gzip: bool) -> Result<Option<Found>, LogError> {
    let failed = |error| LogError::of(path, error);
    let (head, metadata, denied) = match text::open(path) {
        Err(LogError::Missing(_)) => return Ok(None),
        Err(LogError::Denied(_)) if !live => (None, fs::metadata(path).map_err(failed)?, true),
        opened => {
            let (file, metadata) = opened?;
            let mut text = Text::new(file, gzip);
            match text.bytes(0, HEAD) {
                Err(_) if gzip => (None, metadata, false),
                head => (Some(head.map_err(failed)?), metadata, false),
            }
        }
    };
    Ok(Some(Found {
        path: path.to_path_buf(),
        live,
        gzip,
        file: FileId::of(&metadata),
        size: metadata.len(),
        written: metadata.mtime(),
        nanoseconds: metadata.mtime_nsec(),
        head,
        denied,
    }))
}
