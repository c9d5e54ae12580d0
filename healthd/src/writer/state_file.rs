//! The state file of the writer role: one small file for each instance, replaced as a whole.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use healthd_core::position::gtids::Gtids;
use healthd_core::writer::{Persistent, checksum};
use serde::{Deserialize, Serialize};

use super::trace::Trace;
use crate::witness::Witnesses;

/// The first word of the file's first line.
const MAGIC: &str = "healthd-writer";
/// The format of the file.
const VERSION: u32 = 2;
/// More than any state needs; a larger file is not a state file.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Which run of the database server was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    /// Counts the runs.
    pub(super) number: u64,
    /// The id of the connection that saw it last.
    pub(super) connection: u32,
    /// When it began, by its own clock.
    pub(super) started: u64,
}

/// Everything that survives a restart of healthd.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saved {
    /// The instance. A file copied from another one is refused.
    pub(super) instance: String,
    /// This node's name.
    pub(super) node: String,
    /// The peer's name, once it was heard.
    pub(super) peer: Option<String>,
    /// Who writes on the server that the high-water marks are of.
    pub(super) origin: Option<String>,
    /// The server's run.
    pub(super) run: Option<Run>,
    /// Whether healthd has made the server read-only.
    pub(super) fenced: bool,
    /// Witnesses that an operator removed.
    pub(super) removed: Vec<String>,
    /// What operators ordered.
    pub(super) orders: Vec<Trace>,
    /// The state machine's part.
    pub(super) persistent: Persistent<Gtids>,
}

impl Saved {
    /// Forgets removals of witnesses that are not configured any more: one that is put back later counts again.
    pub(super) fn keep_listed(&mut self, witnesses: &Witnesses) {
        self.removed.retain(|removed| witnesses.iter().any(|witness| witness.to_string() == *removed));
    }
}

/// Why a state file is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// It cannot be read.
    #[error("{}: {error}", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is incomplete, foreign or of another version.
    #[error("{} {why}", file.display())]
    NotUnderstood {
        /// Which.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// The file of an instance.
pub(super) fn path(state_dir: &Path, instance: &str) -> PathBuf {
    state_dir.join(format!("writer-{instance}.state"))
}

/// Reads a state file; `None` if there is none.
///
/// # Errors
/// If it exists and is unreadable or damaged.
pub(super) fn read(file: &Path, instance: &str, node: &str) -> Result<Option<Saved>, Refused> {
    let wrong = |why: &str| Refused::NotUnderstood { file: file.to_owned(), why: why.to_owned() };
    let unreadable = |error| Refused::Unreadable { file: file.to_owned(), error };
    let length = match fs::metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(metadata) => metadata.len(),
    };
    if length > LARGEST {
        return Err(wrong("is too large for a state file"));
    }
    let text = String::from_utf8(fs::read(file).map_err(unreadable)?).map_err(|_| wrong("is not text"))?;
    let (head, body) = text.split_once('\n').ok_or_else(|| wrong("is torn"))?;
    let mut words = head.split(' ');
    if words.next() != Some(MAGIC) {
        return Err(wrong("is not a state file of healthd"));
    }
    match words.next().and_then(|version| version.parse::<u32>().ok()) {
        Some(VERSION) => {}
        Some(_) => return Err(wrong("is of another version of healthd")),
        None => return Err(wrong("is torn")),
    }
    if words.next() != Some(format!("{:016x}", checksum(body.as_bytes())).as_str()) {
        return Err(wrong("is torn: its checksum is wrong"));
    }
    let saved: Saved = serde_json::from_str(body).map_err(|error| wrong(&format!("is not understood: {error}")))?;
    if saved.instance != instance || saved.node != node {
        return Err(wrong(&format!("is of {} on {}", saved.instance, saved.node)));
    }
    Ok(Some(saved))
}

/// Replaces the file, so that a crash leaves either the old or the new one. Waits for the disk.
///
/// # Errors
/// If it cannot be written; the old file is still there.
pub(super) fn write(file: &Path, saved: &Saved) -> io::Result<()> {
    let body = serde_json::to_string(saved)?;
    let fresh = file.with_extension("state.new");
    let mut out = fs::File::create(&fresh)?;
    out.write_all(format!("{MAGIC} {VERSION} {:016x}\n{body}", checksum(body.as_bytes())).as_bytes())?;
    out.sync_all()?;
    fs::rename(&fresh, file)?;
    match file.parent() {
        Some(dir) => fs::File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}

/// Renames a refused file, so that the next state does not overwrite it.
pub(super) fn put_aside(file: &Path) -> io::Result<PathBuf> {
    let aside = file.with_extension("state.refused");
    fs::rename(file, &aside)?;
    Ok(aside)
}
