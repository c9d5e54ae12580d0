//! The store as its callers use it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use healthd_core::samples::batch::{Batch, Counted, Tally};
use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::{Minute, Span};
use healthd_core::samples::source::{Generation, Position};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::retention::CleanedUp;
use crate::writer::now;
use crate::{CommitError, Selection, Settings, Step, Store, StoreError, WindowQuery, coverage, retention, schema};

mod clock;
mod faults;
mod gauges;
mod laws;
mod migrating;
mod replaced;
mod sharing;

/// A directory that is removed with its contents.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Dir {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("healthd-store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(&dir).expect("a directory");
        Dir(dir)
    }

    fn file(&self) -> PathBuf {
        self.0.join("samples.db")
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().copied().collect()
}

fn generation(id: i64, position: u64) -> Generation {
    Generation {
        id,
        device: u64::MAX,
        inode: 7,
        head: b"first".to_vec(),
        tail: vec![0, 255],
        position,
        inside_long_line: false,
        complete: false,
        seen: now(),
    }
}

/// Some minute of this day: older ones would become hours.
fn base() -> i64 {
    Minute::of(now()).0 - 1000
}

/// A batch of one counter, `sent`.
fn batch(since: u64, buckets: &[(&str, i64, u64)], covered: Option<Span>) -> Batch {
    let buckets = buckets.iter().map(|(status, minute, n)| ((labels(&[("status", status)]), Minute(*minute)), *n));
    let counted = Counted { buckets: buckets.collect(), ..Counted::default() };
    Batch {
        log: "/var/log/mail.log".to_owned(),
        since,
        position: Position::Files(vec![generation(1, since * 100)]),
        began: BTreeMap::new(),
        counters: BTreeMap::from([("sent".to_owned(), counted)]),
        covered,
        tally: Tally { lines: 2, bytes: 100, ..Tally::default() },
    }
}

fn of(counter: &str, pairs: &[(&str, &str)]) -> Selection {
    Selection { counter: counter.to_owned(), labels: labels(pairs) }
}

#[test]
fn a_batch_is_stored_as_a_whole_and_survives_a_restart() {
    let dir = Dir::new();
    let base = base();
    let start = base * 60;
    let store = Store::open(&dir.file(), Settings::default());
    assert_eq!(store.load("/var/log/mail.log").map(|saved| saved.version), Ok(0));
    let mut first = batch(0, &[("sent", base, 5), ("bounced", base, 1)], Some(Span { from: start, to: start + 60 }));
    first.began.insert(("sent".to_owned(), 1), 40);
    let counted = first.counters.get_mut("sent").expect("it is there");
    counted.remembered.insert(b"4jY0zt".to_vec(), b"1".to_vec());
    counted.remembered.insert(b"A2B6".to_vec(), vec![]);
    counted.unmatched = 3;
    assert_eq!(store.commit(first), Ok(1));
    let mut second =
        batch(1, &[("sent", base, 2), ("sent", base + 1, 1)], Some(Span { from: start + 60, to: start + 120 }));
    second.counters.get_mut("sent").expect("it is there").forgotten = BTreeSet::from([b"A2B6".to_vec()]);
    assert_eq!(store.commit(second), Ok(2));
    drop(store);
    let store = Store::open(&dir.file(), Settings::default());
    let saved = store.load("/var/log/mail.log").expect("it can be read");
    assert_eq!((saved.version, saved.covered_to), (2, Some(start + 120)));
    let Some(Position::Files(generations)) = saved.position else { panic!("{saved:?}") };
    assert_eq!(generations.iter().map(|of| (of.device, of.position)).collect::<Vec<_>>(), [(u64::MAX, 100)]);
    let sent = &saved.counters["sent"];
    assert_eq!(sent.series, BTreeSet::from([labels(&[("status", "bounced")]), labels(&[("status", "sent")])]));
    assert_eq!(sent.remembered.keys().collect::<Vec<_>>(), [b"4jY0zt"]);
    assert_eq!(sent.began, BTreeMap::from([(1, 40)]));
    let reader = store.reader();
    let counts = |pairs: &[(&str, &str)]| {
        let span = Span { from: start - 60, to: start + 180 };
        let buckets = reader.buckets(&of("sent", pairs), span, Step::of_minutes(1)).expect("it can be read");
        buckets.iter().map(|bucket| (bucket.from / 60 - base, bucket.count)).collect::<Vec<_>>()
    };
    assert_eq!(counts(&[]), [(0, 8), (1, 1)]);
    assert_eq!(counts(&[("status", "bounced")]), [(0, 1)]);
    let totals = reader.totals().expect("it can be read");
    assert_eq!(totals.iter().map(|total| total.total).collect::<Vec<_>>(), [1, 8]);
    let logs = reader.logs().expect("it can be read");
    assert_eq!((logs[0].tally.lines, logs[0].tally.bytes, logs[0].unmatched["sent"]), (4, 200, 3));
}

#[test]
fn a_batch_that_was_read_from_an_older_position_is_refused() {
    let dir = Dir::new();
    let store = Store::open(&dir.file(), Settings::default());
    let backfill = Store::open(&dir.file(), Settings::default());
    assert_eq!(store.commit(batch(0, &[("sent", 1, 1)], None)), Ok(1));
    assert_eq!(backfill.commit(batch(1, &[("sent", 1, 1)], None)), Ok(2));
    assert_eq!(store.commit(batch(1, &[("sent", 1, 1)], None)), Err(CommitError::Moved));
    let total = store.reader().totals().map(|totals| totals[0].total);
    assert_eq!(total, Ok(2), "nothing of it was stored");
}

#[test]
fn a_window_tells_nothing_counted_from_nothing_collected() {
    let dir = Dir::new();
    let store = Store::open(&dir.file(), Settings::default());
    let now = Minute::of(now()).start() + 30;
    let to = now - 30;
    let minute = |ago: i64| Minute::of(to - ago * 60).0;
    let week = 7 * 24 * 60;
    let counts = [
        ("sent", minute(1), 4),
        ("sent", minute(60), 1),
        ("sent", minute(61), 100),
        ("sent", minute(0), 7),
        ("(other)", minute(2), 2),
        ("sent", minute(week + 3), 9),
    ];
    assert_eq!(store.commit(batch(0, &counts, Some(Span { from: to - 1800, to }))), Ok(1));
    let then = to - week * 60;
    assert_eq!(store.commit(batch(1, &[], Some(Span { from: then - 3600, to: then }))), Ok(2));
    let reader = store.reader();
    let ask = |pairs: &[(&str, &str)]| {
        let query = WindowQuery { of: of("sent", pairs), minutes: 60, weeks: 2 };
        reader.window(&query, now).expect("it can be read")
    };
    let all = ask(&[]);
    assert_eq!((all.from, all.to, all.sum, all.since, all.other), (to - 3600, to, 7, 7, 0));
    assert_eq!((all.covered, all.covered_from, all.covered_to), (1800, Some(to - 1800), Some(to)));
    assert_eq!(all.usual, [Some(9), None]);
    assert_eq!(all.newest, Some(to));
    let sent = ask(&[("status", "sent")]);
    assert_eq!((sent.sum, sent.other, sent.label_names.len()), (5, 2, 1));
    let nothing = WindowQuery { of: of("none", &[]), minutes: 60, weeks: 0 };
    let nothing = reader.window(&nothing, now).expect("it can be read");
    assert_eq!((nothing.sum, nothing.covered, nothing.covered_to, nothing.newest), (0, 0, None, None));
}

#[test]
fn minutes_become_hours_and_hours_end_while_totals_stay() {
    let dir = Dir::new();
    let mut connection = schema::open(&dir.file()).expect("it can be opened");
    let now = 2_000_000_000;
    let day = 86_400;
    let minute = |days: i64| Minute::of(now - days * day).0;
    let counts =
        [("sent", minute(1), 1), ("sent", minute(41), 2), ("sent", minute(41) + 1, 3), ("sent", minute(800), 4)];
    crate::commit::commit(&mut connection, &batch(0, &counts, Some(Span { from: 0, to: now }))).expect("stored");
    let settings = Settings::default();
    assert_eq!(retention::clean_up(&mut connection, &settings, now), Ok(CleanedUp::default()));
    let rows = |table: &str| {
        let sql = format!("SELECT coalesce(sum(n), 0) FROM {table}");
        connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).expect("a sum")
    };
    assert_eq!((rows("minute"), rows("hour")), (1, 5));
    // A late line of a minute that is gone, as a backfill finds it, is added to its hour.
    let late = batch(1, &[("sent", minute(41), 10)], None);
    crate::commit::commit(&mut connection, &late).expect("stored");
    let span = Span { from: now - 42 * day, to: now };
    let hours = crate::query::buckets(&connection, &of("sent", &[]), span, Step::of_minutes(60)).expect("read");
    assert_eq!(hours.iter().map(|bucket| bucket.count).collect::<Vec<_>>(), [15, 1]);
    let total = crate::query::totals(&connection).expect("read")[0].total;
    assert_eq!(total, 20, "the total is for ever");
}

#[test]
fn a_file_that_is_too_large_loses_its_oldest_minutes_first_and_gets_smaller() {
    let dir = Dir::new();
    let mut connection = schema::open(&dir.file()).expect("it can be opened");
    let now = 2_000_000_000;
    let counts: Vec<_> = (0..20 * 1440).map(|ago| ("sent", Minute::of(now).0 - ago, 1)).collect();
    crate::commit::commit(&mut connection, &batch(0, &counts, None)).expect("stored");
    let size = |connection: &Connection| {
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
        fs::metadata(dir.file()).expect("a file").len()
    };
    let before = size(&connection);
    let settings = Settings { max_bytes: before / 2, ..Settings::default() };
    let minutes_from = retention::clean_up(&mut connection, &settings, now).expect("cleaned").shortened_to;
    let kept = now / 3600 - minutes_from.expect("shortened");
    assert!((1..20 * 24).contains(&kept), "{kept} hours of minutes");
    assert!(size(&connection) <= before / 2 + 100_000, "{before}");
    let all = Span { from: 0, to: now + 60 };
    let counts = crate::query::buckets(&connection, &of("sent", &[]), all, Step::of_minutes(60)).expect("read");
    assert_eq!(counts.iter().map(|bucket| bucket.count).sum::<u64>(), 20 * 1440, "no count is lost");
    // A clean-up that has nothing to give up says so.
    assert_eq!(retention::clean_up(&mut connection, &Settings::default(), now), Ok(CleanedUp::default()));
    // Without minutes, the oldest hours go. Names and totals stay.
    let tiny = Settings { max_bytes: 60_000, ..Settings::default() };
    assert_eq!(retention::clean_up(&mut connection, &tiny, now).map(|done| done.more), Ok(false));
    let left = crate::query::buckets(&connection, &of("sent", &[]), all, Step::of_minutes(60)).expect("read");
    assert!(left.len() < 100, "{left:?}");
    assert_eq!(crate::query::totals(&connection).expect("read")[0].total, 20 * 1440);
}

#[test]
fn a_minute_of_a_series_takes_few_bytes() {
    let dir = Dir::new();
    let mut connection = schema::open(&dir.file()).expect("it can be opened");
    let counts: Vec<_> = (0..60_000).map(|minute| ("sent", 29_000_000 + minute, 300)).collect();
    crate::commit::commit(&mut connection, &batch(0, &counts, None)).expect("stored");
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
    let bytes = fs::metadata(dir.file()).expect("a file").len();
    let each = bytes / 60_000;
    // 50 series that count in every minute of a year: 40 days of minutes, and hours.
    let year = 50 * (40 * 1440 + 365 * 24) * each;
    assert!(each < 17 && year < 60_000_000, "{each} bytes each, {year} for a year");
}

#[test]
fn generations_that_are_complete_and_were_not_seen_for_two_years_are_forgotten_but_never_the_newest() {
    let dir = Dir::new();
    let mut connection = schema::open(&dir.file()).expect("it can be opened");
    let now = 2_000_000_000;
    let (old, recent) = (now - 733 * 86_400, now - 700 * 86_400);
    let row = |id, complete, seen| Generation { complete, seen, ..generation(id, 10) };
    let mut first = batch(0, &[], None);
    first.position =
        Position::Files(vec![row(1, true, old), row(2, false, old), row(3, true, recent), row(4, true, old)]);
    first.began = (1..=4).map(|id| (("sent".to_owned(), id), 5)).collect();
    crate::commit::commit(&mut connection, &first).expect("stored");
    retention::clean_up(&mut connection, &Settings::default(), now).expect("cleaned");
    let saved = crate::load::load(&mut connection, "/var/log/mail.log", now).expect("loaded");
    let Some(Position::Files(generations)) = saved.position else { panic!("{saved:?}") };
    assert_eq!(generations.iter().map(|of| of.id).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(saved.counters["sent"].began.keys().copied().collect::<Vec<_>>(), [2, 3, 4]);
}
