//! A physical backup as mariadb-backup, mariabackup and xtrabackup leave it in a directory.
//!
//! When it ended: the info file has it as a local time without a zone, and the file's own time is that of a copy, of an
//! extraction or of a prepare that applied an increment. But the server made its `uuid` line at that moment, and a UUID of
//! version 1 has the UTC time in it: this is what counts, and the file's time where there is no such line.

mod kind;
mod text;

use std::cmp::Reverse;

pub use kind::Kind;
pub use text::{Checkpoints, Info};

/// Names of the file that is written last, of old and new versions.
pub const INFO: [&str; 2] = ["xtrabackup_info", "mariadb_backup_info"];
/// Names of the file with the log positions, which is never compressed.
pub const CHECKPOINTS: [&str; 2] = ["xtrabackup_checkpoints", "mariadb_backup_checkpoints"];
/// Names of the file with the position in the binary log.
pub const BINLOG: [&str; 2] = ["xtrabackup_binlog_info", "mariadb_backup_binlog_info"];
/// What a file ends with that is compressed, encrypted or both.
pub const PACKED: [&str; 8] = [".qp", ".lz4", ".zst", ".gz", ".xbcrypt", ".qp.xbcrypt", ".lz4.xbcrypt", ".zst.xbcrypt"];
/// Names of data that a backup has from its beginning, or that end with one of [`PACKED`]: one without an info file is unfinished,
/// and with one and without these it is an archive.
pub const DATA: [&str; 5] = ["ib_logfile0", "xtrabackup_logfile", "aria_log_control", "ibdata1", "ibdata1.delta"];

/// The info file as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InfoFile {
    /// Its text.
    Plain(Vec<u8>),
    /// Compressed or encrypted: that it is there says all that can be known.
    Packed,
}

/// What a directory has of a backup.
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

/// A backup that was finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Full or incremental.
    pub kind: Kind,
    /// Whether it has only some of the schemas or tables.
    pub partial: bool,
    /// Whether a restore may begin at once.
    pub prepared: bool,
    /// Whether its files are compressed or encrypted, or one archive.
    pub packed: bool,
    /// When it ended, in seconds since 1970.
    pub ended: i64,
    /// What made it: `mariadb-backup 10.11.19-MariaDB`; empty where the info file is packed.
    pub tool: String,
    /// The position in the binary log: `binlog.000001 603 0-3-2`; empty without a binary log.
    pub binlog: String,
}

/// What a directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Something else.
    NoBackup,
    /// A backup that is under way, or that was broken off.
    Unfinished,
    /// A backup.
    Finished(Backup),
}

/// What a directory with these files is. A backup is finished with the end in its info file, which is the last file that is
/// written, and its checkpoints.
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

/// A finished backup, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The name of its directory.
    pub name: String,
    /// What it is.
    pub backup: Backup,
    /// How long its files are together, in bytes, where that was counted.
    pub size: Option<u64>,
}

/// The backups of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Backups {
    /// The directory.
    pub path: String,
    /// When it was looked at, in seconds since 1970.
    pub now: i64,
    /// Those that are finished, the newest first, and after them those of some tables only: they stand for no whole one.
    pub finished: Vec<Stored>,
    /// The names of the others.
    pub unfinished: Vec<String>,
}

impl Backups {
    /// Sorts what was found: names, and what they are.
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

    /// Which one the newest is compared with: the one before of the same kind, packed or not as it is.
    pub fn before(&self) -> Option<usize> {
        let (newest, earlier) = self.finished.split_first()?;
        let like = |backup: &Backup| (backup.kind, backup.packed, backup.partial);
        let at = earlier.iter().position(|stored| like(&stored.backup) == like(&newest.backup))?;
        Some(at + 1)
    }
}

#[cfg(test)]
mod tests;
