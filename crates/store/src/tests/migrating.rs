//! Files of earlier formats.

use super::*;

/// A file as the first format has it: two logs, one of them with minutes and hours.
fn first_format(dir: &Dir, minute: i64) -> Connection {
    let connection = Connection::open(dir.file()).expect("it can be opened");
    connection.execute_batch(include_str!("../schema/1.sql")).expect("the first format");
    let rows = format!(
        "INSERT INTO log VALUES (1, '/var/log/mail.log', 5, NULL, 0, 10, 1000, 0, 1, 2), \
                                (2, 'journal:postfix@*', 3, 's=1;i=2', 1, 0, 0, 0, 0, 0); \
         INSERT INTO generation VALUES (1, 1, -1, 7, x'6669727374', x'00ff', 400, 0, 0, 9); \
         INSERT INTO counter VALUES (1, 1, 'sent', 3); \
         INSERT INTO began VALUES (1, 1, 40); \
         INSERT INTO remembered VALUES (1, x'4142', x'01'); \
         INSERT INTO coverage VALUES (1, 0, {minute} * 60); \
         INSERT INTO series VALUES (1, 1, '{{\"status\":\"sent\"}}', 12); \
         INSERT INTO minute VALUES (1, {minute}, 5); \
         INSERT INTO hour VALUES (1, {minute} / 60 - 100, 7); \
         UPDATE horizon SET hour = {minute} / 60 - 90;"
    );
    connection.execute_batch(&rows).expect("rows");
    connection
}

fn format(path: &Path) -> i64 {
    let connection = Connection::open(path).expect("it can be opened");
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a format")
}

#[test]
fn a_file_of_the_first_format_keeps_everything_and_goes_on() {
    let dir = Dir::new();
    let minute = base();
    drop(first_format(&dir, minute));
    assert_eq!(format(&dir.file()), 1);
    let store = Store::open(&dir.file(), Settings::default());
    assert!(matches!(store.reader().totals(), Err(StoreError::Empty(_))), "readers wait for the writer");
    let saved = store.load("/var/log/mail.log").expect("loaded");
    assert_eq!((saved.version, saved.covered_to), (5, Some(minute * 60)));
    let Some(Position::Files(generations)) = saved.position else { panic!("{saved:?}") };
    assert_eq!((generations[0].device, generations[0].position, generations.len()), (u64::MAX, 400, 1));
    let sent = &saved.counters["sent"];
    assert_eq!(sent.began, BTreeMap::from([(1, 40)]));
    assert_eq!(sent.remembered, BTreeMap::from([(b"AB".to_vec(), vec![1])]));
    let journal = store.load("journal:postfix@*").expect("loaded");
    assert_eq!(journal.position, Some(Position::Journal(Some("s=1;i=2".to_owned()))));
    assert_eq!(store.commit(batch(5, &[("sent", minute, 1)], None)), Ok(6));
    let reader = store.reader();
    let all = Span { from: 0, to: minute * 60 + 60 };
    let counts = reader.buckets(&of("sent", &[]), all, Step::of_minutes(1)).expect("read");
    assert_eq!(counts.iter().map(|bucket| bucket.count).collect::<Vec<_>>(), [7, 6], "an hour and a minute");
    assert_eq!(reader.totals().map(|totals| totals[0].total), Ok(13));
    drop((store, reader));
    assert_eq!(format(&dir.file()), schema::known());
}

#[test]
fn a_step_to_a_newer_format_that_fails_leaves_the_old_one() {
    let dir = Dir::new();
    let connection = first_format(&dir, base());
    // Something that the second step does not expect.
    connection.execute_batch("CREATE TABLE gauge_hour (x)").expect("a table");
    drop(connection);
    let store = Store::open(&dir.file(), Settings::default());
    assert!(matches!(store.load("/var/log/mail.log"), Err(StoreError::Other { .. })));
    assert_eq!(format(&dir.file()), 1);
    let connection = Connection::open(dir.file()).expect("it can be opened");
    assert!(connection.query_row("SELECT 1 FROM gauge", [], |_| Ok(())).is_err(), "nothing of the step is there");
    connection.execute_batch("DROP TABLE gauge_hour").expect("dropped");
    drop(connection);
    assert_eq!(store.load("/var/log/mail.log").map(|saved| saved.version), Ok(5), "without a restart");
}

#[test]
fn two_processes_that_open_an_old_file_at_once_take_each_step_once() {
    let dir = Dir::new();
    drop(first_format(&dir, base()));
    let open =
        |path: PathBuf| std::thread::spawn(move || Store::open(&path, Settings::default()).load("/var/log/mail.log"));
    let stores: Vec<_> = (0..4).map(|_| open(dir.file())).collect();
    for store in stores {
        assert_eq!(store.join().expect("no panic").map(|saved| saved.version), Ok(5));
    }
    assert_eq!(format(&dir.file()), schema::known());
}
