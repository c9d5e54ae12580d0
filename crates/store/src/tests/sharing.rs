//! Two that write, and those that read for long.

use std::sync::{Arc, Barrier};
use std::thread;

use super::*;

/// Commits `batches` of one count each, as another process would: from the stored position, again when it has moved.
fn count(path: &Path, batches: u64) {
    let store = Store::open(path, Settings::default());
    for _ in 0..batches {
        loop {
            let version = store.load("/var/log/mail.log").expect("loaded").version;
            match store.commit(batch(version, &[("sent", 1, 1)], None)) {
                Ok(_) => break,
                Err(CommitError::Moved) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn two_writers_of_one_file_count_each_batch_once_and_open_a_new_file_together() {
    let dir = Dir::new();
    let start = Arc::new(Barrier::new(3));
    let writers: Vec<_> = (0..3)
        .map(|_| {
            let (path, start) = (dir.file(), Arc::clone(&start));
            thread::spawn(move || {
                start.wait();
                count(&path, 40);
            })
        })
        .collect();
    for writer in writers {
        writer.join().expect("no panic");
    }
    let store = Store::open(&dir.file(), Settings::default());
    assert_eq!(store.load("/var/log/mail.log").map(|saved| saved.version), Ok(120));
    assert_eq!(store.reader().totals().map(|totals| totals[0].total), Ok(120));
}

#[test]
fn a_program_that_reads_for_hours_stops_counting_before_the_disk_is_full() {
    let dir = Dir::new();
    let store = Store::open(&dir.file(), Settings { max_bytes: 64 * 1024 * 1024, ..Settings::default() });
    let megabyte = |version: u64| {
        let mut batch = batch(version, &[("sent", base(), 1)], None);
        let counted = batch.counters.get_mut("sent").expect("it is there");
        counted.remembered.insert(b"large".to_vec(), vec![u8::try_from(version).expect("few"); 1024 * 1024]);
        batch
    };
    assert_eq!(store.commit(megabyte(0)), Ok(1));
    let other = Connection::open(dir.file()).expect("it can be opened");
    let reading = other.unchecked_transaction().expect("a transaction");
    reading.query_row("SELECT count(*) FROM log", [], |_| Ok(())).expect("read");
    let log = || fs::metadata(dir.0.join("samples.db-wal")).expect("a log").len();
    let mut version = 1;
    let held = loop {
        match store.commit(megabyte(version)) {
            Ok(stored) => version = stored,
            Err(error) => break error,
        }
        assert!(version < 40, "it grows without bound");
    };
    assert!(matches!(held, CommitError::Store(StoreError::Held { megabytes: 16.., .. })), "{held}");
    let before = log();
    assert!(store.commit(megabyte(version)).is_err());
    assert_eq!(log(), before);
    drop(reading);
    assert_eq!(store.commit(batch(version, &[], None)), Ok(version + 1), "without a restart");
    assert!(log() < before / 4, "it was emptied");
}

#[test]
fn a_slow_question_ends_at_its_deadline_and_delays_no_commit() {
    let dir = Dir::new();
    let store = Store::open(&dir.file(), Settings::default());
    assert_eq!(store.commit(batch(0, &[("sent", 1, 1)], None)), Ok(1));
    let reader = store.reader();
    let waiting = reader.clone();
    let slow = thread::spawn(move || {
        waiting.ask(|connection| {
            let forever = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
            connection.query_row(forever, [], |row| row.get::<_, i64>(0))
        })
    });
    let mut version = 1;
    while !slow.is_finished() {
        let began = std::time::Instant::now();
        version = store.commit(batch(version, &[("sent", 1, 1)], None)).expect("stored");
        assert!(began.elapsed().as_secs() < 3, "a commit waits for a question");
    }
    assert!(matches!(slow.join().expect("no panic"), Err(StoreError::Slow { .. })));
    assert_eq!(reader.totals().map(|totals| totals[0].total), Ok(version), "the next one is answered");
}
