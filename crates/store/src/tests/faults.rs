//! What happens to files in the field. Each is told by name, and heals by itself.

use super::*;

/// Stores a batch, and expects the error.
fn fails(store: &Store, since: u64, expected: impl Fn(&StoreError) -> bool) {
    match store.commit(batch(since, &[("sent", 1, 1)], None)) {
        Err(CommitError::Store(error)) if expected(&error) => {
            let text = error.to_string();
            assert!(text.contains("samples.db") && text.contains(": "), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

fn stored(path: &Path) -> u64 {
    let store = Store::open(path, Settings::default());
    store.reader().totals().expect("read")[0].total
}

#[test]
fn a_directory_that_is_missing_is_told_and_used_when_it_comes() {
    let dir = Dir::new();
    let path = dir.0.join("later").join("samples.db");
    let store = Store::open(&path, Settings::default());
    match store.commit(batch(0, &[("sent", 1, 1)], None)) {
        Err(CommitError::Store(StoreError::NoDirectory(directory))) => assert_eq!(directory, dir.0.join("later")),
        other => panic!("{other:?}"),
    }
    assert!(matches!(store.reader().totals(), Err(StoreError::NoDirectory(_))));
    fs::create_dir(dir.0.join("later")).expect("a directory");
    assert!(matches!(store.reader().totals(), Err(StoreError::Empty(_))), "nothing was stored yet");
    assert_eq!(store.commit(batch(0, &[("sent", 1, 1)], None)), Ok(1));
}

#[test]
fn another_program_that_writes_is_waited_for_and_then_named() {
    let dir = Dir::new();
    let store = Store::open(&dir.file(), Settings::default());
    assert_eq!(store.commit(batch(0, &[("sent", 1, 1)], None)), Ok(1));
    let other = Connection::open(dir.file()).expect("it can be opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    fails(&store, 1, |error| matches!(error, StoreError::Locked(_)));
    assert_eq!(store.reader().totals().map(|totals| totals[0].total), Ok(1), "reading goes on");
    other.execute_batch("ROLLBACK").expect("unlocked");
    assert_eq!(store.commit(batch(1, &[("sent", 1, 1)], None)), Ok(2));
    assert_eq!(stored(&dir.file()), 2, "nothing twice");
}

#[test]
fn a_file_of_a_newer_release_is_named_and_not_touched() {
    let dir = Dir::new();
    let newer = Connection::open(dir.file()).expect("it can be opened");
    newer.execute_batch("CREATE TABLE future (x); PRAGMA user_version = 99").expect("written");
    drop(newer);
    let before = fs::read(dir.file()).expect("read");
    let store = Store::open(&dir.file(), Settings::default());
    fails(&store, 0, |error| matches!(error, StoreError::Newer { found: 99, .. }));
    assert!(matches!(store.reader().totals(), Err(StoreError::Newer { .. })));
    drop(store);
    assert_eq!(fs::read(dir.file()).expect("read"), before);
}

#[test]
fn a_damaged_file_is_named_kept_and_replaced_by_moving_it_away() {
    let dir = Dir::new();
    let store = Store::open(&dir.file(), Settings::default());
    assert_eq!(store.commit(batch(0, &[("sent", 1, 1)], None)), Ok(1));
    drop(store);
    for damage in [b"not a database at all, but long enough to be one".repeat(100), vec![0xff; 5000]] {
        fs::remove_file(dir.0.join("samples.db-wal")).ok();
        fs::write(dir.file(), &damage).expect("written");
        let store = Store::open(&dir.file(), Settings::default());
        fails(&store, 0, |error| matches!(error, StoreError::Damaged { .. }));
        assert_eq!(fs::read(dir.file()).expect("read"), damage, "it may be of use to somebody");
        fs::rename(dir.file(), dir.0.join("samples.db.damaged")).expect("moved");
        assert_eq!(store.commit(batch(0, &[("sent", 1, 1)], None)), Ok(1), "without a restart");
    }
}

#[test]
fn a_file_that_is_cut_off_is_damaged_or_empty_and_never_a_panic() {
    let dir = Dir::new();
    let store = Store::open(&dir.file(), Settings::default());
    assert_eq!(store.commit(batch(0, &[("sent", 1, 1)], None)), Ok(1));
    drop(store);
    let whole = fs::read(dir.file()).expect("read");
    for length in [1, 50, 100, 1000, 4096, whole.len() / 2, whole.len() - 1] {
        fs::write(dir.file(), whole.get(..length).unwrap_or(&whole)).expect("written");
        let store = Store::open(&dir.file(), Settings::default());
        match store.commit(batch(1, &[("sent", 1, 1)], None)) {
            Ok(_) | Err(CommitError::Moved) => {}
            Err(CommitError::Store(error)) => {
                assert!(matches!(error, StoreError::Damaged { .. }), "{length}: {error:?}")
            }
        }
    }
}

#[test]
fn a_file_that_was_deleted_or_replaced_while_it_was_open_gets_no_more_counts() {
    let dir = Dir::new();
    let store = Store::open(&dir.file(), Settings::default());
    let reader = store.reader();
    assert_eq!(store.commit(batch(0, &[("sent", 1, 5)], None)), Ok(1));
    assert_eq!(reader.totals().map(|totals| totals[0].total), Ok(5));
    for suffix in ["", "-wal", "-shm"] {
        fs::remove_file(dir.0.join(format!("samples.db{suffix}"))).ok();
    }
    assert_eq!(store.commit(batch(1, &[("sent", 1, 1)], None)), Err(CommitError::Moved), "the position is gone too");
    assert_eq!(store.load("/var/log/mail.log").map(|saved| saved.version), Ok(0));
    assert_eq!(store.commit(batch(0, &[("sent", 1, 1)], None)), Ok(1));
    assert_eq!(reader.totals().map(|totals| totals[0].total), Ok(1));
}

#[test]
fn a_file_that_may_not_be_written_is_told_and_goes_on_when_it_may() {
    let dir = Dir::new();
    let store = Store::open(&dir.file(), Settings::default());
    assert_eq!(store.commit(batch(0, &[("sent", 1, 1)], None)), Ok(1));
    drop(store);
    let mode = |mode| fs::set_permissions(dir.file(), fs::Permissions::from_mode(mode)).expect("a mode");
    mode(0o400);
    // Root may write it all the same.
    if fs::OpenOptions::new().append(true).open(dir.file()).is_err() {
        let store = Store::open(&dir.file(), Settings::default());
        fails(&store, 1, |error| matches!(error, StoreError::NotWritable(_)));
        mode(0o600);
        assert_eq!(store.commit(batch(1, &[("sent", 1, 1)], None)), Ok(2));
    }
}

#[test]
fn an_older_backup_of_the_file_is_read_from_its_own_position() {
    let dir = Dir::new();
    let store = Store::open(&dir.file(), Settings::default());
    assert_eq!(store.commit(batch(0, &[("sent", 1, 1)], None)), Ok(1));
    drop(store);
    let backup = fs::read(dir.file()).expect("read");
    let store = Store::open(&dir.file(), Settings::default());
    assert_eq!(store.commit(batch(1, &[("sent", 1, 1)], None)), Ok(2));
    let restored = dir.0.join("restored");
    fs::write(&restored, backup).expect("written");
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(dir.0.join(format!("samples.db{suffix}"))).ok();
    }
    fs::rename(restored, dir.file()).expect("restored");
    assert_eq!(store.commit(batch(2, &[("sent", 1, 1)], None)), Err(CommitError::Moved));
    assert_eq!(store.load("/var/log/mail.log").map(|saved| saved.version), Ok(1));
}
