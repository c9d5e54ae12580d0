//! Safe access to directories and files: opened from their parent, never through a link, never a pipe or a device. A
//! plugin may run as root in a directory that other accounts can write.

use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use healthd_core::facts::Unseen;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

/// The longest text that is read, in bytes.
const LARGEST: u64 = 64 << 10;
/// The most files that one run examines.
const MOST: u64 = 1_000_000;
/// The deepest level of a walk. A server's files are two levels deep, those of some engines three.
const DEEPEST: usize = 8;

/// The limits of a walk: files and time.
#[derive(Debug)]
pub(super) struct Budget {
    files: u64,
    until: Instant,
    within: Duration,
}

impl Budget {
    pub(super) fn new(until: Instant, within: Duration) -> Budget {
        Budget { files: MOST, until, within }
    }

    /// The time that is left.
    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Counts one file.
    fn spend(&mut self) -> Result<(), Stop> {
        self.files = self.files.checked_sub(1).ok_or(Stop::Many)?;
        // Reading the clock costs about as much as a stat, so not for every file.
        if self.files.is_multiple_of(64) && self.left().is_zero() {
            return Err(Stop::Late(self.within));
        }
        Ok(())
    }
}

/// Why a walk ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// Too many files.
    Many,
    /// No time is left.
    Late(Duration),
    /// A system call failed.
    Errno(Errno),
}

impl Stop {
    pub(super) fn unseen(self, path: &Path) -> Unseen {
        match self {
            Stop::Late(within) => Unseen::Late(within),
            Stop::Errno(errno) => unseen(path, errno),
            Stop::Many => Unseen::Failed { path: path.display().to_string(), why: format!("more than {MOST} files") },
        }
    }
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Stop {
        Stop::Errno(errno)
    }
}

/// The reason for a failed system call on a path.
pub(super) fn unseen(path: &Path, errno: Errno) -> Unseen {
    let path = path.display().to_string();
    match errno {
        Errno::NOENT => Unseen::Missing(path),
        Errno::NOTDIR => Unseen::NotADirectory(path),
        Errno::ACCESS | Errno::PERM => Unseen::Denied { path, sudoers: None },
        errno => Unseen::Failed { path, why: std::io::Error::from(errno).to_string() },
    }
}

/// Opens a directory that the configuration names; it may be a link.
pub(super) fn open(path: &Path) -> Result<OwnedFd, Errno> {
    rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// Opens a directory in another one; `None` if it is not a directory or is gone.
pub(super) fn below(parent: impl AsFd, name: &CStr) -> Result<Option<OwnedFd>, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match rustix::fs::openat(parent, name, flags, Mode::empty()) {
        Ok(directory) => Ok(Some(directory)),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Opens a regular file in a directory, with its metadata; `None` if there is none.
fn regular(directory: impl AsFd, name: &str) -> Result<Option<(File, Stat)>, Errno> {
    // Without NONBLOCK a pipe would block.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(directory, name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(None),
        Err(errno) => return Err(errno),
    };
    let stat = rustix::fs::fstat(&file)?;
    Ok((kind(&stat) == FileType::RegularFile).then(|| (File::from(file), stat)))
}

fn errno(error: std::io::Error) -> Errno {
    Errno::from_io_error(&error).unwrap_or(Errno::IO)
}

/// Reads a small file, with its modification time in seconds since 1970; `None` if there is no such file.
pub(super) fn text(directory: impl AsFd, name: &str) -> Result<Option<(Vec<u8>, i64)>, Errno> {
    let Some((file, stat)) = regular(directory, name)? else { return Ok(None) };
    let mut text = Vec::new();
    file.take(LARGEST).read_to_end(&mut text).map_err(errno)?;
    Ok(Some((text, stat.st_mtime)))
}

/// Reads the end of a file from a whole line on, with whether it was truncated; `None` if there is no such file.
pub(super) fn tail(directory: impl AsFd, name: &str, longest: u64) -> Result<Option<(Vec<u8>, bool)>, Errno> {
    let Some((mut file, stat)) = regular(directory, name)? else { return Ok(None) };
    let length = u64::try_from(stat.st_size).unwrap_or_default();
    let begin = length.saturating_sub(longest);
    file.seek(SeekFrom::Start(begin)).map_err(errno)?;
    let mut text = Vec::new();
    file.take(longest).read_to_end(&mut text).map_err(errno)?;
    if begin > 0 {
        let line = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| at + 1);
        text.drain(..line);
    }
    Ok(Some((text, begin > 0)))
}

/// The metadata of a name in a directory, not following links; `None` if it does not exist.
pub(super) fn stat(directory: impl AsFd, name: &str) -> Result<Option<Stat>, Errno> {
    match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(errno),
    }
}

pub(super) fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// Calls `each` with the name of every entry of a directory, without descending.
pub(super) fn entries(
    directory: impl AsFd,
    budget: &mut Budget,
    mut each: impl FnMut(&CStr, &mut Budget) -> Result<(), Stop>,
) -> Result<(), Stop> {
    for entry in rustix::fs::Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        budget.spend()?;
        each(name, budget)?;
    }
    Ok(())
}

/// Calls `each` with path and metadata of everything below a directory; entries that vanish meanwhile are skipped.
pub(super) fn walk(directory: OwnedFd, budget: &mut Budget, each: &mut impl FnMut(&Path, &Stat)) -> Result<(), Stop> {
    descend(&directory, Path::new(""), DEEPEST, budget, each)
}

fn descend(
    directory: &OwnedFd,
    path: &Path,
    depth: usize,
    budget: &mut Budget,
    each: &mut impl FnMut(&Path, &Stat),
) -> Result<(), Stop> {
    entries(directory, budget, |name, budget| {
        let stat = match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(()),
            Err(errno) => return Err(errno.into()),
        };
        let path = path.join(OsStr::from_bytes(name.to_bytes()));
        each(&path, &stat);
        match (kind(&stat), depth.checked_sub(1)) {
            (FileType::Directory, Some(depth)) if path != Path::new("lost+found") => match below(directory, name)? {
                Some(directory) => descend(&directory, &path, depth, budget, each),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A directory of this test alone.
    fn directory(name: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("healthd-files-{}-{name}", std::process::id()));
        std::fs::create_dir_all(path.join("a/b")).expect("it is ours");
        path
    }

    #[test]
    fn neither_links_nor_pipes_are_read_and_a_walk_has_an_end() {
        let path = directory("walk");
        std::fs::write(path.join("a/b/file"), [b'x'; 100]).expect("it is ours");
        std::fs::write(path.join("large"), vec![b'x'; 100 << 10]).expect("it is ours");
        symlink("/etc/passwd", path.join("link")).expect("it is ours");
        symlink("/", path.join("root")).expect("it is ours");
        rustix::fs::mknodat(rustix::fs::CWD, path.join("pipe"), FileType::Fifo, Mode::RUSR, 0).expect("a pipe");
        let open = || open(&path).expect("a directory");
        for (name, length) in [("link", None), ("pipe", None), ("a", None), ("none", None), ("large", Some(64 << 10))] {
            let text = text(open(), name).expect("readable");
            assert_eq!(text.map(|(text, _)| text.len()), length, "{name}");
        }
        let mut budget = Budget::new(Instant::now() + Duration::from_secs(9), Duration::from_secs(9));
        let (mut paths, mut bytes) = (Vec::new(), 0);
        let mut each = |path: &Path, stat: &Stat| {
            paths.push(path.to_owned());
            bytes += if kind(stat) == FileType::RegularFile { stat.st_size } else { 0 };
        };
        walk(open(), &mut budget, &mut each).expect("all");
        paths.sort();
        let expected = ["a", "a/b", "a/b/file", "large", "link", "pipe", "root"];
        assert_eq!(paths, expected.map(std::path::PathBuf::from));
        assert_eq!(bytes, 100 + (100 << 10));
        budget.files = 3;
        assert!(matches!(walk(open(), &mut budget, &mut |_, _| {}), Err(Stop::Many)));
        let mut late = Budget { files: 65, until: Instant::now(), within: Duration::from_secs(1) };
        assert!(matches!(walk(open(), &mut late, &mut |_, _| {}), Err(Stop::Late(_))));
        std::fs::remove_dir_all(&path).expect("it is ours");
    }

    #[test]
    fn of_a_long_file_the_end_is_read_from_a_whole_line_on() {
        let path = directory("tail");
        std::fs::write(path.join("log"), "first\nsecond\nthird\n").expect("it is ours");
        std::fs::write(path.join("line"), vec![b'x'; 100]).expect("it is ours");
        symlink("log", path.join("link")).expect("it is ours");
        let tail = |name, longest| {
            let read = super::tail(open(&path).expect("a directory"), name, longest).expect("readable");
            read.map(|(text, cut)| (String::from_utf8(text).expect("text"), cut))
        };
        for (name, longest, expected) in [
            ("log", 100, Some(("first\nsecond\nthird\n", false))),
            ("log", 19, Some(("first\nsecond\nthird\n", false))),
            ("log", 10, Some(("third\n", true))),
            ("log", 3, Some(("", true))),
            ("line", 50, Some(("", true))),
            ("link", 100, None),
            ("a", 100, None),
            ("none", 100, None),
        ] {
            let expected = expected.map(|(text, cut)| (text.to_owned(), cut));
            assert_eq!(tail(name, longest), expected, "{name} {longest}");
        }
        std::fs::remove_dir_all(&path).expect("it is ours");
    }
}
