//! How far a log has been read.
//!
//! A log has *generations*: the live file, `.1`, `.2.gz` and so on. A generation is known by its content, not by its
//! name. All offsets count bytes of the text, which for a compressed generation are the bytes after decompression.

use serde::{Deserialize, Serialize};

/// One generation of a log, and how far it has been counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Its number within its log: 1, 2, … in the order of age. What reads the log gives it, and it stays the same for
    /// ever. It is unique because the store refuses a batch whose [`since`](super::batch::Batch::since) is stale.
    pub id: i64,
    /// The device of the file where it was last seen.
    pub device: u64,
    /// The inode of the file where it was last seen.
    pub inode: u64,
    /// Its first bytes, at most 256; fewer while the file is shorter.
    pub head: Vec<u8>,
    /// The bytes just before `position`, at most 64: generations may begin alike.
    pub tail: Vec<u8>,
    /// Everything before this offset has been counted.
    pub position: u64,
    /// Whether `position` is inside a line that is too long: the rest up to the next newline is not a line.
    pub inside_long_line: bool,
    /// Whether it was rotated away and read to its end, or lost.
    pub complete: bool,
    /// When it was last read, in seconds of Unix time.
    pub seen: i64,
}

/// How far a source has been read: the files of a log, or systemd's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// Files: every generation that is known, the oldest first.
    Files(Vec<Generation>),
    /// The journal: the cursor of the last entry; `None` before the first.
    Journal(Option<String>),
}
