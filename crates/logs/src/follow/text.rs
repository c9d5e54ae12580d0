//! The text of a generation, compressed or not, read by offset.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::gunzip::Gunzip;
use crate::error::LogError;

/// How many of a generation's first bytes identify it.
pub(crate) const HEAD: usize = 256;
/// How many of the bytes before the position identify it.
pub(crate) const TAIL: usize = 64;

/// Which file it is on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

impl FileId {
    pub(crate) fn of(metadata: &Metadata) -> FileId {
        FileId { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// The text of an open file.
#[derive(Debug)]
pub(crate) enum Text {
    /// As it is.
    Plain(File),
    /// Compressed by gzip.
    Gzip(Box<Gunzip>),
}

impl Text {
    /// The text of a file.
    pub(crate) fn new(file: File, gzip: bool) -> Text {
        if gzip { Text::Gzip(Box::new(Gunzip::new(file))) } else { Text::Plain(file) }
    }

    /// What a failure to read it means.
    pub(crate) fn failed(&self, path: &Path, error: io::Error) -> LogError {
        match self {
            Text::Gzip(_) => LogError::Damaged { path: path.to_path_buf(), error },
            Text::Plain(_) => LogError::of(path, error),
        }
    }

    /// Reads at an offset of the text, as much as one call gives; 0 bytes are its end.
    ///
    /// # Errors
    /// When the file cannot be read or its compression is damaged.
    pub(crate) fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Text::Gzip(gunzip) => gunzip.read_at(buffer, offset),
            Text::Plain(file) => loop {
                match file.read_at(buffer, offset) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    done => return done,
                }
            },
        }
    }

    /// The length of the text; `None` for a compressed one, as only reading it all would tell.
    ///
    /// # Errors
    /// When the file cannot be asked.
    pub(crate) fn length(&self) -> io::Result<Option<u64>> {
        match self {
            Text::Gzip(_) => Ok(None),
            Text::Plain(file) => file.metadata().map(|metadata| Some(metadata.len())),
        }
    }

    /// The bytes of the text from `offset` on, `length` of them or as many as there are.
    ///
    /// # Errors
    /// As [`Text::read_at`].
    pub(crate) fn bytes(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let mut have = 0;
        while let Some(room) = bytes.get_mut(have..).filter(|room| !room.is_empty()) {
            match self.read_at(room, offset + length_of(have))? {
                0 => break,
                read => have += read,
            }
        }
        bytes.truncate(have);
        Ok(bytes)
    }
}

/// A length as an offset.
pub(crate) fn length_of(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Opens a file for reading. A FIFO or a device is not waited for.
///
/// # Errors
/// When it is not a file, or cannot be opened.
pub(crate) fn open(path: &Path) -> Result<(File, Metadata), LogError> {
    let nonblock = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let flags = i32::try_from(nonblock.bits()).unwrap_or_default();
    // A socket cannot be opened, so its kind has to be asked first; for the others this avoids side effects.
    regular(path, &std::fs::metadata(path).map_err(|error| LogError::of(path, error))?)?;
    let file =
        OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|error| LogError::of(path, error))?;
    let metadata = file.metadata().map_err(|error| LogError::of(path, error))?;
    regular(path, &metadata)?;
    Ok((file, metadata))
}

fn regular(path: &Path, metadata: &Metadata) -> Result<(), LogError> {
    let kind = metadata.file_type();
    let what = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a directory",
        () if kind.is_fifo() => "a FIFO (named pipe)",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(LogError::NotAFile { path: path.to_path_buf(), what })
}
