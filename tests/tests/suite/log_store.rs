//! The store of log counters on file systems that are full, out of inodes or read-only.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use healthd_core::samples::batch::{Batch, Counted, Tally};
use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::{Minute, Span};
use healthd_core::samples::source::Position;
use healthd_store::{CommitError, Settings, Store, StoreError};
use healthd_tests::disk::Disk;
use healthd_tests::skip::skipped;
use healthd_tests::workdir::Workdir;

const LOG: &str = "/var/log/mail.log";

/// A batch that counts one line, with some kilobytes to remember.
fn batch(since: u64) -> Batch {
    let mut counted = Counted::default();
    counted.buckets.insert((Labels::default(), Minute(30_000_000)), 1);
    counted.remembered.insert(since.to_be_bytes().to_vec(), vec![7; 8 * 1024]);
    Batch {
        log: LOG.to_owned(),
        since,
        position: Position::Files(Vec::new()),
        began: BTreeMap::new(),
        counters: BTreeMap::from([("mail_sent".to_owned(), counted)]),
        covered: Some(Span { from: 0, to: 60 }),
        tally: Tally { lines: 1, ..Tally::default() },
    }
}

/// Commits until it fails: the version that is stored, and the error.
fn until_it_fails(store: &Store, mut version: u64) -> (u64, StoreError) {
    for _ in 0..100_000 {
        match store.commit(batch(version)) {
            Ok(stored) => version = stored,
            Err(CommitError::Store(error)) => return (version, error),
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it never fails");
}

/// Version, lines and counts are of the same moment, and the file is sound.
fn is_exact(store: &Store, version: u64) {
    assert_eq!(store.load(LOG).map(|saved| saved.version), Ok(version));
    let reader = store.reader();
    assert_eq!(reader.totals().map(|totals| totals[0].total), Ok(version));
    assert_eq!(reader.logs().map(|logs| logs[0].tally.lines), Ok(version));
}

fn disk(what: &str, dir: &Workdir, kilobytes: u32) -> Option<Disk> {
    if rustix::process::geteuid().is_root() {
        return Some(Disk::mount("healthd-store", &dir.join("disk"), kilobytes).expect("tmpfs is mounted"));
    }
    skipped(what, "only root mounts");
    None
}

fn remount(at: &Path, options: &str) {
    let mounted = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(at).status();
    assert!(mounted.expect("mount runs").success(), "{options}");
}

#[test]
fn a_disk_that_is_full_stops_counting_with_room_for_others_and_counts_nothing_twice() {
    let dir = Workdir::new("store-full");
    let Some(disk) = disk("a store on a full disk", &dir, 20 * 1024) else { return };
    let store = Store::open(&disk.path().join("samples.db"), Settings::default());
    assert_eq!(store.commit(batch(0)), Ok(1));
    let (version, error) = until_it_fails(&store, 1);
    assert!(matches!(error, StoreError::Full(_)), "{error}");
    // healthd keeps the state of the writer role on the same file system.
    fs::write(disk.path().join("writer.state"), [0; 64 * 1024]).expect("there is room for other files");
    is_exact(&store, version);
    // Then others take the rest.
    disk.fill().expect("it can be filled");
    let (full, error) = until_it_fails(&store, version);
    assert!(full == version && matches!(error, StoreError::Full(_)), "{error}");
    is_exact(&store, version);
    // A start on a full disk is no different. The end has freed SQLite's log of changes, which others take at once.
    drop(store);
    disk.fill().expect("it can be filled");
    let store = Store::open(&disk.path().join("samples.db"), Settings::default());
    let (full, error) = until_it_fails(&store, version);
    assert!(full == version && matches!(error, StoreError::Full(_)), "{error}");
    remount(disk.path(), "size=64m");
    disk.free().expect("it can be freed");
    assert_eq!(store.commit(batch(version)), Ok(version + 1), "without a restart");
    is_exact(&store, version + 1);
}

#[test]
fn a_batch_that_does_not_fit_leaves_nothing_and_keeps_no_room() {
    let dir = Workdir::new("store-large");
    let Some(disk) = disk("a batch that is larger than the disk", &dir, 20 * 1024) else { return };
    let store = Store::open(&disk.path().join("samples.db"), Settings::default());
    let (version, _) = until_it_fails(&store, 0);
    remount(disk.path(), "size=24m");
    let mut large = batch(version);
    let counted = large.counters.get_mut("mail_sent").expect("it is there");
    counted.remembered.insert(b"large".to_vec(), vec![7; 30 * 1024 * 1024]);
    for _ in 0..3 {
        let error = store.commit(large.clone()).expect_err("there is no room");
        assert!(matches!(error, CommitError::Store(StoreError::Full(_))), "{error}");
        is_exact(&store, version);
    }
    assert_eq!(store.commit(batch(version)), Ok(version + 1), "a smaller one fits");
    is_exact(&store, version + 1);
}

#[test]
fn a_file_system_without_inodes_or_read_only_is_named_and_healed_without_a_restart() {
    let dir = Workdir::new("store-inodes");
    let Some(disk) = disk("a store without inodes", &dir, 64 * 1024) else { return };
    remount(disk.path(), "nr_inodes=40");
    let mut files = 0;
    while File::create(disk.path().join(format!("file{files}"))).is_ok() {
        files += 1;
    }
    let path = disk.path().join("samples.db");
    let store = Store::open(&path, Settings::default());
    let (version, error) = until_it_fails(&store, 0);
    assert!(version == 0 && matches!(error, StoreError::NoInodes(_)), "{error:?}");
    // One is enough for the file, but not for SQLite's log of changes.
    fs::remove_file(disk.path().join("file0")).expect("removed");
    let (version, error) = until_it_fails(&store, 0);
    assert!(version == 0 && matches!(error, StoreError::NoInodes(_)), "{error:?}");
    (1..10).for_each(|number| fs::remove_file(disk.path().join(format!("file{number}"))).expect("removed"));
    assert_eq!(store.commit(batch(0)), Ok(1));
    drop(store);
    // The kernel does the same after an error of the disk, with files that are open; here nothing is.
    remount(disk.path(), "ro");
    let store = Store::open(&path, Settings::default());
    let (version, error) = until_it_fails(&store, 1);
    assert!(version == 1 && matches!(error, StoreError::ReadOnly(_)), "{error:?}");
    remount(disk.path(), "rw");
    assert_eq!(store.commit(batch(1)), Ok(2));
    is_exact(&store, 2);
}
