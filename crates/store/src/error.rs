//! Why the store cannot be used, in words that say what to do.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::ffi::ErrorCode;

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

/// Why the store cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no room.
    #[error("{0}: the disk is full: make room, counting goes on by itself")]
    Full(PathBuf),
    /// The file, its directory or the file system may not be written.
    #[error(
        "{0}: not writable: give the file and its directory to the account of healthd, or mount the file system for \
         writing"
    )]
    ReadOnly(PathBuf),
    /// Somebody else has it locked for longer than is waited.
    #[error(
        "{0}: locked by another program for more than {wait} s: stop what has it open (`fuser -v {0}`)",
        wait = BUSY.as_secs()
    )]
    Locked(PathBuf),
    /// It is not a database, or a damaged one.
    #[error("{path}: damaged ({why}): move it away to count from the beginning of the logs that still exist")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// It was written by a newer release.
    #[error("{path}: written by a newer healthd (format {found}, this one knows {known}): install that one again")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that is known here.
        known: i64,
    },
    /// It cannot be opened.
    #[error("{path}: cannot be opened ({why}): check that the directory exists and belongs to the account of healthd")]
    Unopenable {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// The file system fails.
    #[error("{path}: the file system reports an error ({why}): the kernel's log says more")]
    Failing {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// There is no answer within the time that is waited.
    #[error("{path}: no answer within {} s: the disk is slow, or it hangs", .waited.as_secs())]
    Slow {
        /// The file.
        path: PathBuf,
        /// How long was waited.
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

/// How long another process is waited for that is writing.
pub(crate) const BUSY: Duration = Duration::from_secs(5);

impl StoreError {
    /// An error of SQLite, on this file.
    pub(crate) fn of(error: &rusqlite::Error, path: &Path) -> StoreError {
        let path = path.to_owned();
        let why = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full(path),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::ReadOnly(path),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked(path),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged { path, why },
            Some(ErrorCode::CannotOpen) => StoreError::Unopenable { path, why },
            Some(ErrorCode::SystemIoFailure) => StoreError::Failing { path, why },
            _ => StoreError::Other { path, why },
        }
    }

    /// Whether the connection is of no use any more.
    pub(crate) fn spoils_the_connection(&self) -> bool {
        !matches!(self, StoreError::Full(_) | StoreError::Locked(_))
    }
}
