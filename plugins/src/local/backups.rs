//! The backups in a directory.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use healthd_core::backup::{self, Backups, Files, InfoFile, State};
use healthd_core::facts::Local;
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;

use super::files::{self, Budget, Stop};

/// Reads the directory as one backup, or its subdirectories if it is not a finished one.
pub(super) fn read(path: &Path, budget: &mut Budget) -> Local<Backups> {
    let top = files::open(path).map_err(|errno| files::unseen(path, errno))?;
    let own = found(&top).map_err(|errno| files::unseen(path, errno))?;
    let single = matches!(own, State::Finished(_));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut all = vec![(name.unwrap_or_else(|| path.display().to_string()), own)];
    if !single {
        let mut denied = None;
        let read = files::entries(&top, budget, |entry, _| {
            let name = entry.to_string_lossy().into_owned();
            if name != "lost+found" {
                let state =
                    files::below(&top, entry).and_then(|found_there| found_there.as_ref().map(found).transpose());
                match state {
                    Ok(state) => all.extend(state.map(|state| (name, state))),
                    Err(errno) => {
                        denied = Some(path.join(name));
                        return Err(errno.into());
                    }
                }
            }
            Ok(())
        });
        read.map_err(|stop| stop.unseen(denied.as_deref().unwrap_or(path)))?;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut backups = Backups::new(path.display().to_string(), i64::try_from(now).unwrap_or(i64::MAX), all);
    for at in [Some(0), backups.before()].into_iter().flatten() {
        let Some(stored) = backups.finished.get_mut(at) else { continue };
        let directory = if single { files::open(path) } else { files::open(&path.join(&stored.name)) };
        stored.size = directory.ok().and_then(|directory| size(directory, budget).ok());
    }
    Ok(backups)
}

/// The state of a directory as a backup.
fn found(directory: &OwnedFd) -> Result<State, Errno> {
    let text = |names: [&str; 2]| -> Result<Option<(Vec<u8>, i64)>, Errno> {
        for name in names {
            if let Some(text) = files::text(directory, name)? {
                return Ok(Some(text));
            }
        }
        Ok(None)
    };
    let info = match text(backup::INFO)? {
        Some((text, modified)) => Some((InfoFile::Plain(text), modified)),
        None => packed(directory, &backup::INFO)?.map(|stat| (InfoFile::Packed, stat.st_mtime)),
    };
    let data = is_there(directory, &backup::DATA)?;
    let only = |read: Option<(Vec<u8>, i64)>| read.map(|(text, _)| text);
    Ok(backup::state(&Files {
        info,
        checkpoints: only(text(backup::CHECKPOINTS)?),
        binlog: only(text(backup::BINLOG)?),
        data,
    }))
}

/// Whether one of these files exists, compressed or not.
fn is_there(directory: impl AsFd, names: &[&str]) -> Result<bool, Errno> {
    for name in names {
        let plain = files::stat(&directory, name)?;
        if plain.is_some_and(|stat| files::kind(&stat) == FileType::RegularFile)
            || packed(&directory, &[name])?.is_some()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The first of these files that exists in compressed form.
fn packed(directory: impl AsFd, names: &[&str]) -> Result<Option<Stat>, Errno> {
    for name in names {
        for end in backup::PACKED {
            let stat = files::stat(&directory, &format!("{name}{end}"))?;
            if let Some(stat) = stat.filter(|stat| files::kind(stat) == FileType::RegularFile) {
                return Ok(Some(stat));
            }
        }
    }
    Ok(None)
}

/// The total size of the files below a directory, in bytes.
fn size(directory: OwnedFd, budget: &mut Budget) -> Result<u64, Stop> {
    let mut sum = 0_u64;
    files::walk(directory, budget, &mut |_, stat| {
        if files::kind(stat) == FileType::RegularFile {
            sum = sum.saturating_add(u64::try_from(stat.st_size).unwrap_or_default());
        }
    })?;
    Ok(sum)
}
