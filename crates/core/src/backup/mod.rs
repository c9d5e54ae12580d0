//! A physical backup as mariadb-backup, mariabackup and xtrabackup leave it in a directory.
//!
//! When a backup ended: the info file has a local time without a time zone. The time of the file itself is that of a
//! copy, an extraction, or a prepare that applied an increment. But the server created the `uuid` line at the end of
//! the backup, and a UUID of version 1 contains the UTC time. So that time counts, and the time of the file only if
//! there is no such line.

mod kind;
mod text;

use std::cmp::Reverse;

pub use kind::BackupType;
pub use text::{Checkpoints, Info};

/// Names of the file that is written last, of old and new versions.
pub const INFO: [&str; 2] = ["xtrabackup_info", "mariadb_backup_info"];
/// Names of the file with the log positions, which is never compressed.
pub const CHECKPOINTS: [&str; 2] = ["xtrabackup_checkpoints", "mariadb_backup_checkpoints"];
/// Names of the file with the position in the binary log.
pub const BINLOG: [&str; 2] = ["xtrabackup_binlog_info", "mariadb_backup_binlog_info"];
/// Suffixes of files that are compressed, encrypted or both.
pub const PACKED: [&str; 8] = [".qp", ".lz4", ".zst", ".gz", ".xbcrypt", ".qp.xbcrypt", ".lz4.xbcrypt", ".zst.xbcrypt"];
/// Names of data that a backup has from its beginning, or suffixes of them if followed by one of [`PACKED`]. A
/// directory with such data and no info file is an unfinished backup. With an info file and no such data it is an
/// archive.
pub const DATA: [&str; 5] = ["ib_logfile0", "xtrabackup_logfile", "aria_log_control", "ibdata1", "ibdata1.delta"];

/// The info file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InfoFile {
    /// Its text.
    Plain(Vec<u8>),
    /// Compressed or encrypted: only its existence is known.
    Packed,
}

/// The files of a backup in a directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// The info file, and when it was last changed, in seconds since 1970.
    pub info: Option<(InfoFile, i64)>,
    /// The text of the checkpoints file.
    pub checkpoints: Option<Vec<u8>>,
    /// The text of the file with the position in the binary log.
    pub binlog: Option<Vec<u8>>,
    /// Whether one of [`DATA`] is there.
    pub data: bool,
}

/// A finished backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Full or incremental.
    pub kind: BackupType,
    /// Whether it contains only some of the schemas or tables.
    pub partial: bool,
    /// Whether it can be restored without a prepare.
    pub prepared: bool,
    /// Whether its files are compressed or encrypted, or one archive.
    pub packed: bool,
    /// When it ended, in seconds since 1970.
    pub ended: i64,
    /// The tool that made it: `mariadb-backup 10.11.19-MariaDB`; empty if the info file is packed.
    pub tool: String,
    /// The position in the binary log: `binlog.000001 603 0-3-2`; empty without a binary log.
    pub binlog: String,
}

/// The contents of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Something else.
    NoBackup,
    /// A backup that is in progress, or that was aborted.
    Unfinished,
    /// A backup.
    Finished(Backup),
}

/// Classifies a directory with these files. A backup is finished if its info file, which is written last, has the end,
/// and if there are checkpoints.
pub fn state(files: &Files) -> State {
    let Some((info, modified)) = &files.info else {
        let begun = files.data || files.checkpoints.is_some();
        return if begun { State::Unfinished } else { State::NoBackup };
    };
    let Some(checkpoints) = files.checkpoints.as_deref().and_then(Checkpoints::read) else {
        return State::Unfinished;
    };
    let (info, packed) = match info {
        InfoFile::Packed => (Info::default(), true),
        InfoFile::Plain(text) => match Info::read(text) {
            Some(info) => (info, false),
            None => return State::Unfinished,
        },
    };
    let binlog = files.binlog.as_deref().map(text::binlog).filter(|text| !text.is_empty());
    State::Finished(Backup {
        kind: checkpoints.kind,
        partial: info.partial,
        prepared: checkpoints.prepared,
        packed: packed || info.compressed || !files.data,
        ended: info.made.unwrap_or(*modified),
        binlog: binlog.unwrap_or(info.binlog),
        tool: info.tool,
    })
}

/// A finished backup and its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The name of its directory.
    pub name: String,
    /// The backup.
    pub backup: Backup,
    /// Total size of its files in bytes; `None` if that was not counted.
    pub size: Option<u64>,
}

/// The backups in a directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Backups {
    /// The directory.
    pub path: String,
    /// When the directory was read, in seconds since 1970.
    pub now: i64,
    /// Finished backups, the newest first. Partial ones come last, because they do not replace a complete one.
    pub finished: Vec<Stored>,
    /// Names of unfinished backups.
    pub unfinished: Vec<String>,
}

impl Backups {
    /// Sorts what was found: names, and the contents of each.
    pub fn new(path: String, now: i64, found: Vec<(String, State)>) -> Backups {
        let mut backups = Backups { path, now, ..Backups::default() };
        for (name, state) in found {
            match state {
                State::NoBackup => {}
                State::Unfinished => backups.unfinished.push(name),
                State::Finished(backup) => backups.finished.push(Stored { name, backup, size: None }),
            }
        }
        backups.unfinished.sort_unstable();
        let place = |Stored { name, backup, .. }: &Stored| (backup.partial, Reverse((backup.ended, name.clone())));
        backups.finished.sort_by_cached_key(place);
        backups
    }

    /// The backup to compare the newest one with: the previous one of the same kind, packed if the newest one is.
    pub fn before(&self) -> Option<usize> {
        let (newest, earlier) = self.finished.split_first()?;
        let like = |backup: &Backup| (backup.kind, backup.packed, backup.partial);
        let at = earlier.iter().position(|stored| like(&stored.backup) == like(&newest.backup))?;
        Some(at + 1)
    }
}

#[cfg(test)]
mod tests;
