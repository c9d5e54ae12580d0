//! The name of a run, by which the next run finds what a killed one has left.

use std::fs;
use std::path::{Path, PathBuf};

use crate::disk::Disk;
use crate::netns::{Namespace, names};
use crate::workdir::target;

/// The first word of all namespaces and mounts.
const PREFIX: &str = "healthd-drill";

/// The name of this run: process id and start time, since ids are used again. One process may have several names.
pub(crate) fn run_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let pid = std::process::id();
    let started = started(pid).unwrap_or_default();
    format!("{PREFIX}-{pid}-{started}-{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// Removes what runs have left whose process is gone. Returns how much that was.
///
/// The kernel has already ended their processes together with the process that started them.
pub(crate) fn remove_leftovers() -> usize {
    let mut dead_pids: Vec<u32> = Vec::new();
    let mut count = 0;
    for name in names() {
        if let Some(pid) = dead_owner(&name) {
            drop(Namespace::adopt(&name));
            dead_pids.push(pid);
            count += 1;
        }
    }
    for (source, path) in mounts() {
        if let Some(pid) = dead_owner(&source) {
            drop(Disk::adopt(&path));
            dead_pids.push(pid);
            count += 1;
        }
    }
    for pid in dead_pids {
        remove_directories(pid);
    }
    count
}

/// The process id in a name, if it is a name of ours and that process is gone.
fn dead_owner(name: &str) -> Option<u32> {
    let mut words = name.strip_prefix(PREFIX)?.strip_prefix('-')?.split('-');
    let pid: u32 = words.next()?.parse().ok()?;
    let then: u64 = words.next()?.parse().ok()?;
    (started(pid) != Some(then)).then_some(pid)
}

/// When a process started, in the kernel's ticks.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The process name, in brackets, may contain blanks. The field is the 22nd; the first one after the name is the
    // third.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// Sources and mount points of all mounted tmpfs.
fn mounts() -> Vec<(String, PathBuf)> {
    let text = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mounts = text.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (source, path) = (words.next()?, words.next()?);
        (words.next()? == "tmpfs").then(|| (source.to_owned(), PathBuf::from(path)))
    });
    mounts.collect()
}

/// The directories of a dead process, which [`crate::Workdir`] names for it.
fn remove_directories(pid: u32) {
    for place in [target().join("tmp"), std::env::temp_dir()] {
        let Ok(entries) = fs::read_dir(place) else { continue };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if is_of(&path, pid) {
                fs::remove_dir_all(path).ok();
            }
        }
    }
}

fn is_of(path: &Path, pid: u32) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let words: Vec<&str> = name.rsplitn(3, '-').collect();
    let kinds = ["drill", "healthd", "haproxy", "mariadb", "mysql-9.7"];
    let is_ours = |kind: &&str| kinds.iter().any(|ours| kind == ours || **kind == format!("healthd-{ours}"));
    match words.as_slice() {
        [number, of, kind] => number.parse::<u32>().is_ok() && *of == pid.to_string() && is_ours(kind),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_run_is_left_alone() {
        let own = format!("{}-front", run_name());
        assert_eq!(dead_owner(&own), None);
        let before = own.replacen(&format!("-{}-", std::process::id()), "-4194304-", 1);
        assert_eq!(dead_owner(&before), Some(4_194_304));
        assert_eq!(dead_owner("somebody-elses-1-1-0"), None);
    }

    #[test]
    fn what_a_dead_run_has_left_is_removed() {
        if let Err(why) = crate::netns::available() {
            return crate::skip::skipped("the leftovers of a drill", &why);
        }
        // No process has this id, because the kernel's ids are smaller.
        let name = format!("{PREFIX}-4194304-1-{}", std::process::id());
        let dir = target().join("tmp").join("drill-4194304-0");
        std::mem::forget(Namespace::create(&format!("{name}-front")).expect("a namespace"));
        std::mem::forget(Disk::mount(&name, &dir.join("disk"), 64).expect("a disk"));
        assert!(remove_leftovers() >= 2);
        assert!(!dir.exists() && !names().iter().any(|left| left.starts_with(&name)));
    }

    #[test]
    fn only_directories_of_the_dead_process_are_its() {
        assert!(is_of(Path::new("/x/mysql-9.7-12-0"), 12) && is_of(Path::new("/tmp/healthd-drill-12-3"), 12));
        assert!(!is_of(Path::new("/x/mariadb-112-0"), 12) && !is_of(Path::new("/x/galera-12-0"), 12));
    }
}
