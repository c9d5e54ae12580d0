//! What is wrong with the place of a file. SQLite often says only that something failed.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, NFS_SUPER_MAGIC, StatVfsMountFlags, access, statfs, statvfs};

/// What is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The directory does not exist.
    NoDirectory(PathBuf),
    /// The file system is mounted read-only.
    ReadOnly,
    /// The file system is full.
    Full,
    /// The file system has no inode left for a new file.
    NoInodes,
    /// This process may not write the file or its directory.
    NotWritable,
}

/// What is wrong with the place of this file; `None` if nothing can be seen from here.
pub(crate) fn trouble(file: &Path) -> Option<Trouble> {
    let directory = directory(file);
    let Ok(system) = statvfs(directory) else {
        return (!directory.exists()).then(|| Trouble::NoDirectory(directory.to_owned()));
    };
    if system.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Some(Trouble::ReadOnly);
    }
    let may_write = |path: &Path| access(path, Access::WRITE_OK).is_ok();
    if !may_write(directory) || (file.exists() && !may_write(file)) {
        return Some(Trouble::NotWritable);
    }
    // Some file systems have no fixed number of inodes and report 0 of 0.
    match () {
        () if system.f_bavail == 0 => Some(Trouble::Full),
        () if system.f_files > 0 && system.f_favail == 0 => Some(Trouble::NoInodes),
        () => None,
    }
}

/// How many bytes the store leaves free: healthd keeps the state of the writer role on the same file system.
const RESERVE: u64 = 4 * 1024 * 1024;

/// Whether the file system is so full that the store must not grow. Of a small one, a twentieth stays free.
pub(crate) fn is_short_of_space(file: &Path) -> bool {
    statvfs(directory(file)).is_ok_and(|system| {
        let free = system.f_bavail.saturating_mul(system.f_frsize);
        free < RESERVE.min(system.f_blocks.saturating_mul(system.f_frsize) / 20)
    })
}

/// Whether the file is on NFS, where locks and shared memory do not work between machines, and often not on one.
pub(crate) fn is_on_nfs(file: &Path) -> bool {
    statfs(directory(file)).is_ok_and(|system| system.f_type == NFS_SUPER_MAGIC)
}

fn directory(file: &Path) -> &Path {
    match file.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    }
}
