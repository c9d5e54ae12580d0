//! The answers of requests, from a store in memory.

use healthd_core::samples::minute::Span;

use super::answers::{NoRows, overview, ratio, rows, window};
use super::counts::NoCounts;
use super::fake::{Fake, snapshot};
use super::page::{Surroundings, page};
use super::query::Parameters;
use super::snapshot::{LogNow, NoCounter, Snapshot};

/// 2026-12-01T03:17:20Z.
const NOW: i64 = 1_796_095_040;
/// The minute that is not over.
const OPEN: i64 = 1_796_095_020;

/// Two counters over two hours, of which ten minutes were not collected.
fn store() -> Fake {
    let mut fake = Fake::default();
    for minute in 1..=120 {
        let at = OPEN - minute * 60;
        if !(30..40).contains(&minute) {
            fake.add("sent", &[("status", "sent"), ("host", "mx1")], at, 3);
            fake.add("sent", &[("status", "deferred"), ("host", "mx2")], at, 1);
        }
    }
    fake.add("bounced", &[], OPEN - 300, 7);
    fake.coverage = vec![Span { from: OPEN - 7200, to: OPEN - 39 * 60 }, Span { from: OPEN - 29 * 60, to: NOW - 1 }];
    fake
}

fn asked(query: &str) -> Parameters {
    Parameters::new(query)
}

#[test]
fn a_window_has_the_state_of_its_log() {
    let both = snapshot(&["sent", "bounced"]);
    let ask = asked("counter=sent&window=10m&label.status=sent").window().expect("a window");
    let (log, counter) = both.counter(Some("sent")).expect("a counter");
    let answer = window(&store(), log, counter, &ask, NOW);
    assert_eq!((answer.sum, answer.covered, answer.log.as_str(), answer.read_age), (30, 600, "/l", Some(0.5)));
    assert_eq!((answer.from, answer.to, answer.newest), (OPEN - 600, OPEN, Some(OPEN - 60)));
    assert_eq!(answer.label_names.iter().collect::<Vec<_>>(), ["status"]);
    // A store that cannot be read is a fault and no count.
    let broken = Fake { fails: Some("samples.db is locked".to_owned()), ..store() };
    let answer = window(&broken, log, counter, &ask, NOW);
    assert_eq!((answer.sum, answer.covered, answer.fault.as_deref()), (0, 0, Some("samples.db is locked")));
    assert_eq!((answer.from, answer.to, answer.log.as_str()), (OPEN - 600, OPEN, "/l"));
    let mut unreadable = log.clone();
    unreadable.fault = Some("cannot read /l".to_owned());
    assert_eq!(window(&store(), &unreadable, counter, &ask, NOW).fault.as_deref(), Some("cannot read /l"));
}

#[test]
fn a_quiet_log_is_collected_until_it_was_last_read() {
    let both = snapshot(&["sent", "bounced"]);
    let ask = asked("counter=sent&window=1m").window().expect("a window");
    let (log, counter) = both.counter(Some("sent")).expect("a counter");
    for (stored_to, read_age, covered, covered_to) in [
        (OPEN - 59, Some(0.5), 60, NOW - 1),
        (OPEN - 59, Some(30.0), 50, NOW - 30),
        (OPEN - 59, Some(200.0), 1, OPEN - 59),
        (OPEN - 59, None, 1, OPEN - 59),
        (OPEN - 300, Some(0.5), 60, NOW - 1),
    ] {
        let fake = Fake { coverage: vec![Span { from: OPEN - 7200, to: stored_to }], ..store() };
        let log = LogNow { read_age, ..log.clone() };
        let answer = window(&fake, &log, counter, &ask, NOW);
        assert_eq!((answer.covered, answer.covered_to), (covered, Some(covered_to)), "{stored_to} {read_age:?}");
    }
}

#[test]
fn a_ratio_is_a_configured_one_or_two_counters() {
    let both = snapshot(&["sent", "bounced"]);
    let ask = asked("ratio=share&window=10m").window().expect("a window");
    for (name, min) in [("share", Some(10)), ("bounced/sent", None)] {
        let (found, least) = both.ratio(name).expect("a ratio");
        let answer = ratio(&store(), &both, &found, least, &ask, NOW).expect("an answer");
        assert_eq!((answer.of.sum, answer.to.sum, answer.min, answer.ratio.as_str()), (7, 40, min, name));
    }
    for (name, error) in
        [("x", "`x` is not a ratio here: share"), ("sent/x", "`x` is not a counter here: sent, bounced")]
    {
        assert_eq!(both.ratio(name).map_err(|error| error.to_string()), Err(error.to_owned()));
    }
}

#[test]
fn a_counter_is_named_unless_there_is_one() {
    let both = snapshot(&["sent", "bounced"]);
    let one = snapshot(&["sent"]);
    assert_eq!(one.counter(None).map(|(_, counter)| counter.name.as_str()), Ok("sent"));
    for (snapshot, name, error) in [
        (&both, None, "name a counter: sent, bounced"),
        (&both, Some("x\n|"), "`x /` is not a counter here: sent, bounced"),
        (&Snapshot::default(), None, "no counter is configured here: add [[log]] to healthd's configuration"),
        (&Snapshot::default(), Some("x"), "no counter is configured here: add [[log]] to healthd's configuration"),
    ] {
        assert_eq!(snapshot.counter(name).map_err(|error| error.to_string()).err().as_deref(), Some(error));
    }
}

fn rows_of(query: &str) -> Vec<(i64, String, Option<u64>)> {
    let ask = asked(query).series(NOW).expect("rows are asked for");
    let rows = rows(&store(), &ask.counters, &ask, NOW).expect("rows");
    rows.into_iter().map(|row| (OPEN - row.at, format!("{} {}", row.counter, row.labels), row.value)).collect()
}

#[test]
fn rows_are_0_where_nothing_was_counted_and_null_where_nothing_was_collected() {
    let minutes = rows_of("counter=sent&from=now-45m&open=yes");
    assert_eq!(minutes.len(), 46);
    for (ago, name, value) in &minutes {
        let minute = ago / 60;
        let expected = match minute {
            0 => Some(0),
            30..40 => None,
            _ => Some(4),
        };
        assert_eq!((name.as_str(), *value), ("sent ", expected), "{minute}");
    }
    assert!(minutes.is_sorted_by(|a, b| a.0 > b.0), "by time");
    let quarters = rows_of("counter=sent&from=now-59m&step=15m&label.status=deferred&open=yes");
    let sums: Vec<_> = quarters.iter().map(|(_, name, value)| (name.as_str(), *value)).collect();
    let of = |value| ("sent status=deferred", Some(value));
    // 02:15, 02:30, 02:45, 03:00 and 03:15, of which 02:38 to 02:48 was not collected.
    assert_eq!(sums, [of(15), of(8), of(12), of(15), of(2)]);
}

#[test]
fn rows_begin_and_end_with_a_count_and_with_a_step_that_is_over() {
    // 120 minutes were counted; minutes 30 to 39 before now were not collected, and nothing was before.
    for (query, rows, unknown, last) in [
        ("", 120, 10, 60),
        ("&open=yes", 121, 10, 0),
        ("&gaps=none", 110, 0, 60),
        ("&gaps=all", 180, 70, 60),
        ("&gaps=all&open=yes", 181, 70, 0),
    ] {
        let found = rows_of(&format!("counter=sent&from=now-3h{query}"));
        let not_known = found.iter().filter(|(_, _, value)| value.is_none()).count();
        assert_eq!((found.len(), not_known, found.last().map(|row| row.0)), (rows, unknown, Some(last)), "{query}");
        let known_ends = [found.first(), found.last()].iter().flatten().all(|(_, _, value)| value.is_some());
        assert!(known_ends || query.contains("all"), "{query}");
    }
    let before = rows_of("counter=sent&from=now-9h&to=now-5h");
    assert_eq!(before, [], "nothing was collected");
}

#[test]
fn rows_are_split_by_labels_and_counters() {
    let rows = rows_of("counter=sent,bounced&from=now-2m&by=status&open=yes");
    assert_eq!(
        rows,
        [
            (120, "bounced ".to_owned(), Some(0)),
            (120, "sent status=deferred".to_owned(), Some(1)),
            (120, "sent status=sent".to_owned(), Some(3)),
            (60, "bounced ".to_owned(), Some(0)),
            (60, "sent status=deferred".to_owned(), Some(1)),
            (60, "sent status=sent".to_owned(), Some(3)),
            (0, "bounced ".to_owned(), Some(0)),
            (0, "sent status=deferred".to_owned(), Some(0)),
            (0, "sent status=sent".to_owned(), Some(0)),
        ]
    );
    let mut many = store();
    for number in 0..40 {
        many.add("sent", &[("host", &format!("mx{number}"))], OPEN - 60, 1);
    }
    let ask = asked("counter=sent&by=host&gaps=all").series(NOW).expect("rows are asked for");
    let rows = super::answers::rows(&many, &ask.counters, &ask, NOW);
    assert_eq!(rows.map(|rows| rows.len()), Err(NoRows::TooMany));
}

#[test]
fn the_overview_has_every_counter_with_its_last_hours() {
    let overview = overview(&store(), &snapshot(&["sent", "bounced"]), NOW).expect("an overview");
    let [sent, bounced] = overview.logs[0].counters.as_slice() else { panic!("{overview:?}") };
    assert_eq!((sent.hour.count, sent.hour.covered, sent.hour.of), (200, 3000, 3600));
    assert_eq!((sent.day.count, sent.day.covered, sent.day.of), (440, 6600, 86_400));
    // By the clock: 01:17 to 02:00, 02:00 to 02:38, 02:48 to 03:17.
    assert_eq!(sent.hours.iter().flatten().collect::<Vec<_>>(), [&172, &200, &68]);
    assert_eq!((sent.hours.len(), sent.total, sent.newest), (24, 440, Some(OPEN - 60)));
    assert_eq!((bounced.hour.count, bounced.total), (7, 7));
}

fn page_of(store: &Fake, snapshot: Snapshot, query: &str) -> Result<String, NoCounter> {
    let around = Surroundings { host: "mx1".to_owned(), snapshot, now: NOW };
    page(store, &asked(query).page().expect("a page is asked for"), &around)
}

#[test]
fn the_page_shows_every_counter_in_every_range() {
    for range in ["hour", "day", "week"] {
        let both = snapshot(&["sent", "bounced"]);
        let page = page_of(&store(), both, &format!("range={range}&w=10:")).expect("a page");
        for part in [
            "<h2>sent</h2>",
            "<h2>bounced</h2>",
            "<b>share</b> 3.50 % (7 of 200 in the last hour, not wholly",
            "status=sent",
            "at least 10 in 1h",
            "times that lines were lost",
            "similar lines that did not match",
        ] {
            assert!(page.contains(part), "{range} {part}: {page}");
        }
        assert!(!page.contains("class=\"alert\""), "{page}");
    }
    let page = page_of(&store(), snapshot(&["sent", "bounced"]), "counter=bounced").expect("a page");
    assert!(page.contains("<h2>bounced</h2>") && !page.contains("<h2>sent</h2>") && !page.contains("share"));
    assert!(page.contains("/logs?range=week&amp;counter=bounced"), "the links keep the counter: {page}");
    assert!(page_of(&store(), snapshot(&["sent"]), "counter=x").is_err());
    // A page that reloads closes what a reader has opened: it can be stopped, and stays so in another range.
    assert!(page.contains("http-equiv") && page.contains("counter=bounced&amp;reload=off\">stop</a>"), "{page}");
    let page = page_of(&store(), snapshot(&["sent"]), "range=hour&reload=off").expect("a page");
    assert!(!page.contains("http-equiv") && page.contains("range=week&amp;reload=off"), "{page}");
}

#[test]
fn a_fault_stands_at_the_top_once() {
    let mut broken = snapshot(&["sent", "bounced"]);
    let text = "samples.db is locked: stop the other program";
    broken.store_fault = Some(text.to_owned());
    broken.logs[0].fault = Some(text.to_owned());
    let store = Fake { fails: Some(text.to_owned()), ..store() };
    let page = page_of(&store, broken, "").expect("a page");
    assert_eq!(page.matches(text).count(), 1, "{page}");
    assert!(page.contains("<title>1 fault: mx1 healthd</title>") && !page.contains("Nothing is counted here"));
    let mut unreadable = snapshot(&["sent"]);
    unreadable.logs[0].fault = Some("permission denied".to_owned());
    unreadable.logs[0].fault_since = Some(NOW - 3600);
    let page = page_of(&self::store(), unreadable, "").expect("a page");
    assert!(page.contains("/l: permission denied (since "), "{page}");
}

#[test]
fn a_store_without_an_answer_gives_no_rows() {
    let broken = Fake { fails: Some("x".to_owned()), ..store() };
    let ask = asked("counter=sent").series(NOW).expect("rows are asked for");
    assert_eq!(rows(&broken, &ask.counters, &ask, NOW), Err(NoRows::Counts(NoCounts("x".to_owned()))));
}
