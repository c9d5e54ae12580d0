//! Reads files and the files that they include.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::entry::{Location, OptionEntry};
use super::error::OptionFileError;
use super::found::OptionFiles;
use super::lines::{Ending, RawLine, RawLines};
use super::name::is_password;
use super::secrecy::{OTHERS_READ, OTHERS_WRITE, PERMISSIONS, WorldReadableSecret};
use super::syntax::{self, Line};

/// Directives in files that are nested deeper than this are skipped.
const DEEPEST_INCLUDE: usize = 10;

/// A file's text and permission bits.
struct Content {
    bytes: Vec<u8>,
    mode: u32,
}

/// The result of opening a file.
enum Opened {
    Content(Content),
    /// Ignored: any local user could have written it.
    WorldWritable,
}

/// A file, and the includes that lead to it from a top-level file.
struct Visit<'a> {
    file: &'a Path,
    mode: u32,
    depth: usize,
}

impl Visit<'_> {
    fn at(&self, line: usize) -> Location {
        Location { file: self.file.to_owned(), line }
    }
}

/// The group of the next option. Each file begins without a group, and an include does not change it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    None,
    Wanted,
    Other,
}

/// Collects the options of the requested groups.
pub(super) struct Reader<'a> {
    groups: &'a [&'a str],
    home: Option<&'a Path>,
    found: OptionFiles,
}

impl<'a> Reader<'a> {
    pub(super) fn new(groups: &'a [&'a str], home: Option<&'a Path>) -> Self {
        Self { groups, home, found: OptionFiles::default() }
    }

    pub(super) fn finish(self) -> OptionFiles {
        self.found
    }

    /// Reads a file that must exist.
    pub(super) fn read_required(&mut self, file: &Path) -> Result<(), OptionFileError> {
        let file = self.expanded(file);
        match open(&file) {
            Ok(opened) => self.read_opened(&file, opened, 0),
            Err(source) => Err(OptionFileError::Unreadable { file, source }),
        }
    }

    /// Reads a file that may be missing. Like the clients, it skips a file that it may not read.
    pub(super) fn read_optional(&mut self, file: &Path) -> Result<(), OptionFileError> {
        let file = self.expanded(file);
        match open(&file) {
            Ok(opened) => self.read_opened(&file, opened, 0),
            Err(error) => {
                if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
                    self.warn(format!("cannot read option file {}: {error}; it is ignored", file.display()));
                }
                Ok(())
            }
        }
    }

    fn read_opened(&mut self, file: &Path, opened: Opened, depth: usize) -> Result<(), OptionFileError> {
        match opened {
            Opened::Content(content) => self.read_lines(&Visit { file, mode: content.mode, depth }, &content.bytes),
            Opened::WorldWritable => {
                self.warn(format!(
                    "option file {} is world-writable and ignored, as MySQL clients do; run chmod o-w on it",
                    file.display()
                ));
                Ok(())
            }
        }
    }

    fn read_lines(&mut self, visit: &Visit<'_>, content: &[u8]) -> Result<(), OptionFileError> {
        let mut group = Group::None;
        for raw in RawLines::new(content) {
            match syntax::parse(raw.bytes) {
                Line::Blank => {}
                Line::UnknownDirective | Line::Include(_) | Line::IncludeDir(_) if visit.depth >= DEEPEST_INCLUDE => {
                    let at = visit.at(raw.number);
                    self.warn(format!(
                        "directive ignored at {at}: files are included {DEEPEST_INCLUDE} deep; check that none \
                         includes \
                         itself"
                    ));
                }
                Line::UnknownDirective => {
                    let at = visit.at(raw.number);
                    self.warn(format!("unknown directive ignored at {at}; only !include and !includedir exist"));
                }
                Line::Include(argument) => {
                    let path = self.include_path(visit, &raw, argument)?;
                    let path = self.expanded(&path);
                    self.read_included(&path, &visit.at(raw.number), visit.depth + 1)?;
                }
                Line::IncludeDir(argument) => {
                    let path = self.include_path(visit, &raw, argument)?;
                    let at = visit.at(raw.number);
                    let files = directory_files(&path)
                        .map_err(|source| OptionFileError::IncludeDirUnreadable { at: at.clone(), source })?;
                    for file in files {
                        self.read_included(&file, &at, visit.depth + 1)?;
                    }
                }
                Line::Group(name) => group = self.group(name),
                Line::UnclosedGroup => return Err(OptionFileError::UnclosedGroup(visit.at(raw.number))),
                Line::Option { name, value } => match group {
                    Group::None => return Err(OptionFileError::OptionOutsideGroup(visit.at(raw.number))),
                    Group::Wanted => self.add(visit, raw.number, name, value)?,
                    Group::Other => {}
                },
            }
            if raw.ending == Ending::Cut {
                let at = visit.at(raw.number);
                self.warn(format!(
                    "line too long at {at}: its rest is read as a new line, as MySQL clients do; shorten it"
                ));
            }
        }
        Ok(())
    }

    /// For the clients, a broken included file is only a message: they keep what they have read of it, and continue.
    fn read_included(&mut self, file: &Path, at: &Location, depth: usize) -> Result<(), OptionFileError> {
        let opened = match open(file) {
            Ok(opened) => opened,
            Err(error) => {
                self.warn(format!(
                    "cannot read the file included at {at}: {error}; it is ignored, as MySQL clients do"
                ));
                return Ok(());
            }
        };
        match self.read_opened(file, opened, depth) {
            Err(error @ OptionFileError::NotUtf8(_)) => Err(error),
            Err(error) => {
                self.warn(format!("{error} (the rest of this included file is ignored, as MySQL clients do)"));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn include_path(
        &mut self,
        visit: &Visit<'_>,
        raw: &RawLine<'_>,
        argument: &[u8],
    ) -> Result<PathBuf, OptionFileError> {
        let at = visit.at(raw.number);
        let Some(path) = syntax::include_path(argument) else {
            return Err(OptionFileError::IncludeWithoutPath(at));
        };
        if !raw.bytes.ends_with(b"\n") {
            self.warn(format!(
                "include directive without newline at {at}: the last character of its path is dropped, as MySQL \
                 clients \
                 do; end the line with a newline"
            ));
        }
        Ok(PathBuf::from(OsStr::from_bytes(path)))
    }

    fn group(&self, name: &[u8]) -> Group {
        if self.groups.iter().any(|wanted| wanted.as_bytes().eq_ignore_ascii_case(name)) {
            Group::Wanted
        } else {
            Group::Other
        }
    }

    fn add(
        &mut self,
        visit: &Visit<'_>,
        line: usize,
        name: &[u8],
        value: Option<Vec<u8>>,
    ) -> Result<(), OptionFileError> {
        let not_utf8 = || OptionFileError::NotUtf8(visit.at(line));
        let name = std::str::from_utf8(name).map_err(|_| not_utf8())?;
        let value = value.map(String::from_utf8).transpose().map_err(|_| not_utf8())?;
        let option = OptionEntry::new(name, value, visit.at(line));
        if self.found.exposed.is_none()
            && visit.mode & OTHERS_READ != 0
            && is_password(option.name())
            && option.value().is_some_and(|value| !value.is_empty())
        {
            self.found.exposed = Some(WorldReadableSecret { file: visit.file.to_owned(), line, mode: visit.mode });
        }
        self.found.options.push(option);
        Ok(())
    }

    fn expanded(&self, file: &Path) -> PathBuf {
        match (self.home, file.strip_prefix("~")) {
            (Some(home), Ok(rest)) => home.join(rest),
            _ => file.to_owned(),
        }
    }

    /// Adds a warning once: a file that several others include would repeat it.
    fn warn(&mut self, warning: String) {
        if !self.found.warnings.contains(&warning) {
            self.found.warnings.push(warning);
        }
    }
}

/// Checks the file that was opened, because its name may stand for another file a moment later.
fn open(file: &Path) -> io::Result<Opened> {
    let mut handle = File::open(file)?;
    let metadata = handle.metadata()?;
    let mode = metadata.mode() & PERMISSIONS;
    if metadata.is_file() && mode & OTHERS_WRITE != 0 {
        return Ok(Opened::WorldWritable);
    }
    let mut bytes = Vec::new();
    handle.read_to_end(&mut bytes)?;
    Ok(Opened::Content(Content { bytes, mode }))
}

/// The `.cnf` files of the directory in the byte order of their names. MySQL guarantees no order, MariaDB sorts.
fn directory_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name().into_vec();
        if name.ends_with(b".cnf") {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names.iter().map(|name| directory.join(OsStr::from_bytes(name))).collect())
}
