//! Files that are deleted, moved away or put back while they are in use.

use super::*;

fn version(path: &Path) -> u64 {
    let store = Store::open(path, Settings::default());
    store.load("/var/log/mail.log").expect("loaded").version
}

fn is_sound(path: &Path) {
    let connection = Connection::open(path).expect("it can be opened");
    let said: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(said, "ok");
}

/// A store with a reader, after `versions` commits, all of them only in the log of changes.
fn in_use(dir: &Dir, versions: u64) -> Store {
    let store = Store::open(&dir.file(), Settings::default());
    for version in 0..versions {
        store.commit(batch(version, &[("sent", base(), 1)], None)).expect("stored");
    }
    store
}

#[test]
fn a_backup_that_is_put_back_while_the_file_is_in_use_stays_sound() {
    let dir = Dir::new();
    let backup = dir.0.join("backup.db");
    let store = in_use(&dir, 5);
    // As `sqlite3 samples.db '.backup backup.db'` makes it.
    Connection::open(dir.file()).expect("opened").execute("VACUUM INTO ?", [backup.to_str()]).expect("a backup");
    let reader = store.reader();
    for version in 5..300 {
        let status = format!("status {version}");
        store.commit(batch(version, &[(&status, base() - 5, 1)], None)).expect("stored");
        reader.totals().expect("read");
    }
    fs::rename(&backup, dir.file()).expect("put back");
    // Whoever asks before the writer has noticed gets no mixture of both.
    assert!(matches!(reader.totals(), Err(StoreError::Replaced(_))));
    assert_eq!(store.load("/var/log/mail.log").map(|saved| saved.version), Ok(5));
    assert_eq!(reader.totals().map(|totals| totals.len()), Ok(1));
    assert_eq!(store.commit(batch(5, &[("sent", base(), 1)], None)), Ok(6));
    drop((store, reader));
    is_sound(&dir.file());
    assert_eq!(version(&dir.file()), 6);
}

#[test]
fn a_file_that_is_moved_away_while_it_is_in_use_is_complete() {
    let dir = Dir::new();
    let away = dir.0.join("away.db");
    let store = in_use(&dir, 7);
    let reader = store.reader();
    assert_eq!(reader.totals().map(|totals| totals[0].total), Ok(7));
    fs::rename(dir.file(), &away).expect("moved");
    assert_eq!(store.load("/var/log/mail.log").map(|saved| saved.version), Ok(0));
    assert_eq!(store.commit(batch(0, &[("sent", base(), 1)], None)), Ok(1));
    assert_eq!(reader.totals().map(|totals| totals[0].total), Ok(1));
    drop((store, reader));
    for (path, expected) in [(&away, 7), (&dir.file(), 1)] {
        is_sound(path);
        assert_eq!(version(path), expected, "{}", path.display());
    }
}

#[test]
fn a_copy_of_all_files_of_a_store_in_use_is_as_good_as_one_of_a_crash() {
    let dir = Dir::new();
    let store = in_use(&dir, 9);
    let copy = Dir::new();
    for suffix in ["", "-wal"] {
        let name = format!("samples.db{suffix}");
        fs::copy(dir.0.join(&name), copy.0.join(&name)).expect("copied");
    }
    is_sound(&copy.file());
    assert_eq!(version(&copy.file()), 9);
    // Copying closed the file in this process, which ends SQLite's locks of it; another process would not.
    drop(store);
}

#[test]
fn the_log_of_changes_is_cut_at_any_byte_and_what_is_whole_is_used() {
    let dir = Dir::new();
    let store = in_use(&dir, 4);
    let (file, log) = (fs::read(dir.file()).expect("read"), fs::read(dir.0.join("samples.db-wal")).expect("read"));
    drop(store);
    let mut versions = BTreeSet::new();
    for length in (0..=log.len()).step_by(1000).chain([log.len()]) {
        let copy = Dir::new();
        fs::write(copy.file(), &file).expect("written");
        fs::write(copy.0.join("samples.db-wal"), &log[..length]).expect("written");
        let store = Store::open(&copy.file(), Settings::default());
        let version = store.load("/var/log/mail.log").expect("loaded").version;
        assert_eq!(store.commit(batch(version, &[("sent", base(), 1)], None)), Ok(version + 1));
        let total = store.reader().totals().expect("read")[0].total;
        assert_eq!(total, version + 1, "position and counts are of the same moment");
        versions.insert(version);
        drop(store);
        is_sound(&copy.file());
    }
    assert!(versions.len() > 2 && versions.contains(&4), "{versions:?}");
}

#[test]
fn a_log_of_changes_that_somebody_deletes_while_it_is_in_use_takes_no_count_with_it() {
    let dir = Dir::new();
    let store = in_use(&dir, 4);
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(dir.0.join(format!("samples.db{suffix}"))).expect("removed");
    }
    assert_eq!(store.commit(batch(4, &[("sent", base(), 1)], None)), Ok(5));
    drop(store);
    is_sound(&dir.file());
    assert_eq!(version(&dir.file()), 5);
}
