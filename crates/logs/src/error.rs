//! Why a log cannot be read, and what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why a log cannot be read now. Its position is unchanged: reading continues once the cause is removed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The live file does not exist.
    #[error(
        "cannot read {0}: it does not exist. Check the path; on a Debian without rsyslog the mail log is in the \
         journal: use journal = \"postfix@*\" instead of file"
    )]
    Missing(PathBuf),
    /// The file may not be read.
    #[error(
        "cannot read {0}: permission denied. Add healthd's account to the group that owns the file (on Debian: \
         usermod -aG adm healthd), then restart healthd"
    )]
    Denied(PathBuf),
    /// The path is not a file.
    #[error("cannot read {path}: it is {what}, not a file. Set file to the file that the syslog daemon writes")]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is instead, with its article.
        what: &'static str,
    },
    /// The directory with the rotated files cannot be listed.
    #[error("cannot list {path}, where the rotated files are: {error}. Give healthd's account read permission on it")]
    List {
        /// The directory.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// Reading failed.
    #[error("cannot read {path}: {error}. Check the disk and the kernel log")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A compressed file is damaged.
    #[error(
        "cannot decompress {path}: {error}. Restore the file from a backup; otherwise its unread lines are counted as \
         lost"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: io::Error,
    },
    /// journalctl cannot be started.
    #[error("cannot start {program}: {error}. Install systemd's journalctl, or use file instead of journal")]
    NoJournalctl {
        /// The program.
        program: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The journal may not be read.
    #[error(
        "cannot read the journal of {units}: permission denied. Add healthd's account to the group systemd-journal \
         (usermod -aG systemd-journal healthd), then restart healthd"
    )]
    JournalDenied {
        /// The pattern of the units.
        units: String,
    },
    /// Nothing in the journal is of such a unit.
    #[error(
        "the journal has no entry of a unit {units}. Compare with: systemctl list-units 'postfix*'. On a Debian with \
         rsyslog the mail log is /var/log/mail.log"
    )]
    NoUnit {
        /// The pattern of the units.
        units: String,
    },
    /// The last entry that was read is not in the journal any more, and none that is newer.
    #[error(
        "the journal of {units}: the last entry that was read is gone, and there is no newer one. The journal was \
         removed, or the clock was set back; reading goes on with the next newer entry"
    )]
    JournalGone {
        /// The pattern of the units.
        units: String,
    },
    /// journalctl failed.
    #[error("cannot read the journal of {units}: {why}. Try the same as healthd's account: journalctl --unit={units}")]
    Journal {
        /// The pattern of the units.
        units: String,
        /// What it said.
        why: String,
    },
}

impl LogError {
    /// The error of an operation on an uncompressed file.
    pub(crate) fn of(path: &Path, error: io::Error) -> LogError {
        match error.kind() {
            io::ErrorKind::NotFound => LogError::Missing(path.to_path_buf()),
            io::ErrorKind::PermissionDenied => LogError::Denied(path.to_path_buf()),
            _ => LogError::Read { path: path.to_path_buf(), error },
        }
    }
}
