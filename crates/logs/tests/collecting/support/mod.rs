//! What the tests of the collector share: a directory with a log, lines with numbers, and a store in memory.

pub(crate) mod ids;
pub(crate) mod node;
pub(crate) mod store;

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory that is removed when its test has passed.
#[derive(Debug)]
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new() -> Dir {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("logs-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("files of the test");
        Dir(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            drop(fs::remove_dir_all(&self.0));
        }
    }
}

/// A program that writes into a log, and keeps it open.
#[derive(Debug)]
pub(crate) struct Writer(File);

impl Writer {
    pub(crate) fn open(path: &Path) -> Writer {
        Writer(OpenOptions::new().append(true).create(true).open(path).expect("files of the test"))
    }

    /// One that does not append: after a truncation it goes on at its old offset.
    pub(crate) fn without_append(path: &Path) -> Writer {
        Writer(OpenOptions::new().write(true).create(true).truncate(false).open(path).expect("files of the test"))
    }

    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).expect("files of the test");
    }

    /// How long its file is.
    pub(crate) fn length(&self) -> u64 {
        self.0.metadata().expect("files of the test").len()
    }

    /// Writes the lines of these numbers.
    pub(crate) fn lines(&mut self, numbers: std::ops::Range<u64>) {
        let text: String = numbers.map(line).collect();
        self.write(text);
    }
}

/// The line of a number.
pub(crate) fn line(number: u64) -> String {
    format!("Dec  1 02:46:56 mx1 test[1]: line {number} is here\n")
}

/// Writes a file as gzip does.
pub(crate) fn gzip(path: &Path) {
    let text = fs::read(path).expect("files of the test");
    let mut name = path.as_os_str().to_owned();
    name.push(".gz");
    fs::write(&name, gzipped(&text)).expect("files of the test");
    fs::remove_file(path).expect("files of the test");
}

/// Compressed text.
pub(crate) fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).expect("files of the test");
    encoder.finish().expect("files of the test")
}

/// Copies the log and truncates it, as logrotate's copytruncate does.
pub(crate) fn copytruncate(from: &Path, to: &Path) {
    fs::copy(from, to).expect("files of the test");
    OpenOptions::new().write(true).open(from).expect("files of the test").set_len(0).expect("files of the test");
}
