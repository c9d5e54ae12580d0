//! A gzip file as the text in it, read by offset, with bounded memory.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

/// How much decompressed text is kept for reading it again: more than a follower goes back.
const KEEP: usize = 512 * 1024;
/// How much is decompressed at once.
const STEP: usize = 64 * 1024;

/// The text of a gzip file. Offsets count its bytes, not those of the file. Reading forward is a stream; going back
/// further than [`KEEP`] starts at the file's beginning again.
pub(crate) struct Gunzip {
    file: Arc<File>,
    decoder: MultiGzDecoder<BufReader<FromStart>>,
    /// Decompressed text from `start` on.
    kept: Vec<u8>,
    start: u64,
    /// Why it ended. The decoder says it once.
    failed: Option<(io::ErrorKind, String)>,
}

impl std::fmt::Debug for Gunzip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gunzip").field("file", &self.file).field("start", &self.start).finish_non_exhaustive()
    }
}

/// Reads a file from its beginning, independently of its own offset.
#[derive(Debug)]
struct FromStart {
    file: Arc<File>,
    offset: u64,
}

impl io::Read for FromStart {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += size(read);
        Ok(read)
    }
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

impl Gunzip {
    pub(crate) fn new(file: File) -> Gunzip {
        let file = Arc::new(file);
        Gunzip { decoder: decoder(&file), file, kept: Vec::new(), start: 0, failed: None }
    }

    /// Reads text at an offset; 0 bytes are its end.
    ///
    /// # Errors
    /// When the file cannot be read, or is no gzip file, damaged or cut off.
    pub(crate) fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset < self.start {
            self.decoder = decoder(&self.file);
            self.kept.clear();
            self.start = 0;
            self.failed = None;
        }
        loop {
            let skip = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
            if let Some(there) = self.kept.get(skip..).filter(|there| !there.is_empty()) {
                let length = there.len().min(buffer.len());
                buffer.iter_mut().zip(there).for_each(|(to, from)| *to = *from);
                return Ok(length);
            }
            if self.more()? == 0 {
                return Ok(0);
            }
        }
    }

    /// Decompresses further; 0 at the end.
    fn more(&mut self) -> io::Result<usize> {
        if let Some((kind, why)) = &self.failed {
            return Err(io::Error::new(*kind, why.clone()));
        }
        if self.kept.len() >= 2 * KEEP {
            let old = self.kept.len() - KEEP;
            self.kept.drain(..old);
            self.start += size(old);
        }
        let before = self.kept.len();
        self.kept.resize(before + STEP, 0);
        let read = loop {
            let room = self.kept.get_mut(before..).unwrap_or_default();
            match self.decoder.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => break done,
            }
        };
        self.kept.truncate(before + read.as_ref().map_or(0, |read| *read));
        let empty =
            matches!(read, Ok(0)) && self.kept.is_empty() && self.start == 0 && self.file.metadata()?.len() == 0;
        let read = if empty { Err(io::ErrorKind::UnexpectedEof.into()) } else { read };
        if let Err(error) = &read {
            let why = match error.kind() {
                io::ErrorKind::UnexpectedEof => "it is cut off".to_owned(),
                _ => error.to_string(),
            };
            self.failed = Some((error.kind(), why));
        }
        match &self.failed {
            Some((kind, why)) => Err(io::Error::new(*kind, why.clone())),
            None => read,
        }
    }
}

fn decoder(file: &Arc<File>) -> MultiGzDecoder<BufReader<FromStart>> {
    MultiGzDecoder::new(BufReader::with_capacity(STEP, FromStart { file: Arc::clone(file), offset: 0 }))
}
