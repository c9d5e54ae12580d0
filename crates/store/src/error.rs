//! Why the store cannot be used: what failed, on which file, why, and what to do.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::ffi::ErrorCode;

use crate::place::{Trouble, trouble};

/// Why a batch was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Another process has stored a newer position of this log: load it and read again from there.
    #[error("another process has moved the position of this log")]
    Moved,
    /// The store cannot be used now. Offer the same batch again later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the store cannot be used. Every state ends by itself when its cause is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The file system is full, or nearly: the last megabytes are for healthd's own state.
    #[error("{0}: the file system is full: free some space, then counting goes on by itself")]
    Full(PathBuf),
    /// The file system has no free inodes.
    #[error("{0}: the file system has no free inodes: delete files (`df -i` shows how many are used)")]
    NoInodes(PathBuf),
    /// The file system is mounted read-only.
    #[error("{0}: the file system is mounted read-only: the kernel log says why, remount it writable")]
    ReadOnly(PathBuf),
    /// The account of healthd may not write it.
    #[error("{0}: permission denied: the account of healthd must own the file and its directory")]
    NotWritable(PathBuf),
    /// The directory does not exist.
    #[error("{0}: the directory does not exist: create it, owned by the account of healthd")]
    NoDirectory(PathBuf),
    /// Another program has locked it for longer than the store waits.
    #[error(
        "{0}: another program has locked it for more than {wait} s: stop that program (`fuser -v {0}` shows it)",
        wait = BUSY.as_secs()
    )]
    Locked(PathBuf),
    /// Another program reads it for so long that SQLite's log of changes has become too large.
    #[error(
        "{path}: another program is reading it and has let {path}-wal grow to {megabytes} MB: stop that program \
         (`fuser -v {path}` shows it)"
    )]
    Held {
        /// The file.
        path: PathBuf,
        /// The size of the log of changes.
        megabytes: u64,
    },
    /// It is not a database, or a damaged one.
    #[error(
        "{path}: damaged ({why}): move it away (`mv {path} {path}.damaged`), then counting begins again with the logs \
         that still exist"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// It was written by a newer release.
    #[error("{path}: written by a newer healthd (format {found}, this one knows {known}): install the newer one again")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this release knows.
        known: i64,
    },
    /// Nothing was ever stored.
    #[error("{0}: nothing is stored yet")]
    Empty(PathBuf),
    /// Another file has been put in its place, which the writer has not opened yet.
    #[error("{0}: it was replaced and is being opened again")]
    Replaced(PathBuf),
    /// It cannot be opened.
    #[error("{path}: cannot be opened ({why}): check that it is a file which the account of healthd may write")]
    Unopenable {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// The file system fails.
    #[error("{path}: the file system reports an error ({why}): see the kernel log, check the disk and its quota")]
    Failing {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// There is no answer within the time that a caller waits.
    #[error("{path}: no answer within {} s: the disk is slow or hangs", .waited.as_secs())]
    Slow {
        /// The file.
        path: PathBuf,
        /// How long the caller has waited.
        waited: Duration,
    },
    /// Anything else.
    #[error("{path}: {why}")]
    Other {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
}

/// How long the store waits for another process that is writing.
pub(crate) const BUSY: Duration = Duration::from_secs(5);

impl StoreError {
    /// An error of SQLite, on this file.
    pub(crate) fn of(error: &rusqlite::Error, path: &Path) -> StoreError {
        let path = path.to_owned();
        let why = error.to_string();
        let general: fn(PathBuf, String) -> StoreError = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => return StoreError::Full(path),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => return StoreError::Locked(path),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => return StoreError::Damaged { path, why },
            // Several causes have the same code: a missing directory, no inode for the log of changes, …
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => |path, _| StoreError::NotWritable(path),
            Some(ErrorCode::CannotOpen) => |path, why| StoreError::Unopenable { path, why },
            Some(ErrorCode::SystemIoFailure) => |path, why| StoreError::Failing { path, why },
            _ => return StoreError::Other { path, why },
        };
        match trouble(&path) {
            Some(Trouble::NoDirectory(directory)) => StoreError::NoDirectory(directory),
            Some(Trouble::ReadOnly) => StoreError::ReadOnly(path),
            Some(Trouble::NotWritable) => StoreError::NotWritable(path),
            Some(Trouble::Full) => StoreError::Full(path),
            Some(Trouble::NoInodes) => StoreError::NoInodes(path),
            None => general(path, why),
        }
    }

    /// Whether the connection must be opened again.
    pub(crate) fn spoils_the_connection(&self) -> bool {
        !matches!(self, StoreError::Full(_) | StoreError::Locked(_))
    }
}
