//! Which file the writer has open.
//!
//! A file can be replaced while it is open, by a restored backup for instance. SQLite's log of changes has a fixed
//! name, so that whoever opens the new file first would read the changes of the old one into it. Therefore the writer
//! removes the log of the old file, and nobody reads the new file before that.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A file's device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64);

impl Identity {
    /// The file of this name; `None` if there is none.
    pub(crate) fn of(path: &Path) -> Option<Identity> {
        fs::metadata(path).ok().map(|file| Identity(file.dev(), file.ino()))
    }
}

/// The file that the writer has open; `None` if it has none.
#[derive(Debug, Default)]
pub(crate) struct Current(Mutex<Option<Identity>>);

impl Current {
    /// The writer has opened or closed a file.
    pub(crate) fn set(&self, opened: Option<Identity>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = opened;
    }

    /// Whether the writer has another file open than this one.
    pub(crate) fn is_other_than(&self, found: Option<Identity>) -> bool {
        let current = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        current.is_some() && current != found
    }
}

/// SQLite's log of changes of this file.
pub(crate) fn log_of_changes(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// Removes SQLite's log of changes and its index, if the log is still the one of a file that was replaced.
pub(crate) fn remove_stale_log(path: &Path, stale: Option<Identity>) {
    let log = log_of_changes(path);
    if stale.is_some() && Identity::of(&log) == stale {
        fs::remove_file(log).ok();
        fs::remove_file(beside(path, "-shm")).ok();
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
