//! Clocks that are wrong, and the end of a year.

use super::*;

const DAY: i64 = 86_400;
/// The begin of an hour.
const NOW: i64 = 2_000_000_000 / 3600 * 3600;

/// A file in which one count was made in each hour of the last 60 days before `now`.
fn two_months(dir: &Dir, now: i64) -> Connection {
    let mut connection = schema::open(&dir.file()).expect("it can be opened");
    let counts: Vec<_> = (0..60 * 24).map(|hours| ("sent", Minute::of(now - hours * 3600).0, 1)).collect();
    let covered = Some(Span { from: now - 60 * DAY, to: now });
    crate::commit::commit(&mut connection, &batch(0, &counts, covered)).expect("stored");
    connection
}

fn clean(connection: &mut Connection, now: i64) {
    retention::clean_up(connection, &Settings::default(), now).expect("cleaned");
}

/// How many days of minutes there are before `now`.
fn days_of_minutes(connection: &Connection, now: i64) -> i64 {
    let first: Option<i64> =
        connection.query_row("SELECT min(minute) FROM minute", [], |row| row.get(0)).expect("a minute");
    first.map_or(0, |first| (now - first * 60) / DAY)
}

fn hours(connection: &Connection) -> i64 {
    connection.query_row("SELECT coalesce(sum(n), 0) FROM hour", [], |row| row.get(0)).expect("a sum")
}

fn last_hour(connection: &Connection, now: i64, weeks: u32) -> healthd_core::samples::window::Window {
    let query = WindowQuery { of: of("sent", &[]), minutes: 60, weeks };
    crate::window::window(connection, &query, now).expect("read")
}

#[test]
fn a_clock_that_is_years_ahead_for_some_hours_costs_some_days_of_minutes() {
    let dir = Dir::new();
    let now = NOW;
    let mut connection = two_months(&dir, now);
    clean(&mut connection, now);
    assert_eq!((days_of_minutes(&connection, now), hours(&connection)), (40, 20 * 24 - 1));
    let ahead = now + 4 * 365 * DAY;
    for hour in 0..5 {
        clean(&mut connection, ahead + hour * 3600);
    }
    assert_eq!((days_of_minutes(&connection, now), hours(&connection)), (35, 25 * 24 - 1), "no hour is lost");
    let wrong = batch(1, &[("sent", Minute::of(ahead).0, 7)], Some(Span { from: now, to: ahead }));
    crate::commit::commit(&mut connection, &wrong).expect("stored");
    // The clock is right again.
    let now = now + 6 * 3600;
    clean(&mut connection, now);
    let count = batch(2, &[("sent", Minute::of(now).0 - 1, 3)], Some(Span { from: now - 60, to: now }));
    crate::commit::commit(&mut connection, &count).expect("stored");
    let window = last_hour(&connection, now, 0);
    assert_eq!((window.sum, window.newest), (3, Some(now.div_euclid(60) * 60 - 60)));
    assert_eq!(window.covered_to, Some(now));
    let coming = coverage::within(&connection, &[1], Span { from: now, to: ahead }).expect("read");
    assert_eq!(coming, [], "nothing is covered that has not come yet");
}

#[test]
fn a_clock_that_starts_in_1970_keeps_everything_and_goes_on() {
    let dir = Dir::new();
    let now = NOW;
    let mut connection = two_months(&dir, now);
    clean(&mut connection, now);
    clean(&mut connection, 100);
    assert_eq!((days_of_minutes(&connection, now), hours(&connection)), (40, 20 * 24 - 1));
    let now = now + DAY;
    clean(&mut connection, now);
    assert_eq!(days_of_minutes(&connection, now), 40, "it goes on after one clean-up");
    let count = batch(1, &[("sent", Minute::of(now).0 - 1, 3)], Some(Span { from: now - 3600, to: now }));
    crate::commit::commit(&mut connection, &count).expect("stored");
    assert_eq!((last_hour(&connection, now, 0).sum, last_hour(&connection, now, 0).covered), (3, 3600));
}

#[test]
fn a_small_step_back_does_not_shrink_what_is_covered() {
    let dir = Dir::new();
    let now = NOW;
    let mut connection = two_months(&dir, now);
    clean(&mut connection, now - 600);
    let covered = coverage::within(&connection, &[1], Span { from: 0, to: now + DAY }).expect("read");
    assert_eq!(covered.last().map(|span| span.to), Some(now));
}

#[test]
fn time_of_which_only_hours_are_known_is_not_covered_in_a_window() {
    let dir = Dir::new();
    let now = NOW;
    let mut connection = two_months(&dir, now);
    assert_eq!(last_hour(&connection, now, 8).usual, [Some(1); 8]);
    clean(&mut connection, now);
    // Five weeks of forty days, as minutes; the sixth is in hours.
    let some = Some(1);
    assert_eq!(last_hour(&connection, now, 8).usual, [some, some, some, some, some, None, None, None]);
    // After the size was short, this week too.
    retention::roll_up(&connection, now / 3600).expect("rolled up");
    let window = last_hour(&connection, now, 1);
    assert_eq!((window.usual, window.covered), (vec![None], 0));
}

#[test]
fn two_years_are_kept_and_what_was_before_is_not_covered_any_more() {
    let dir = Dir::new();
    let now = NOW;
    let mut connection = schema::open(&dir.file()).expect("it can be opened");
    let counts = [("sent", Minute::of(now - 800 * DAY).0, 5), ("sent", Minute::of(now - 700 * DAY).0, 6)];
    let covered = Some(Span { from: now - 1000 * DAY, to: now });
    crate::commit::commit(&mut connection, &batch(0, &counts, covered)).expect("stored");
    clean(&mut connection, now);
    assert_eq!(hours(&connection), 6);
    let covered = coverage::within(&connection, &[1], Span { from: 0, to: now }).expect("read");
    let [Span { from, to }] = covered.as_slice() else { panic!("{covered:?}") };
    assert!((731..=733).contains(&((now - from) / DAY)) && *to == now, "{covered:?}");
}

#[test]
fn minutes_hours_and_weeks_go_on_over_the_end_of_a_year() {
    // 2027-01-01T00:00:00Z, and the minute, hour and year before it.
    let year = 1_798_761_600;
    let dir = Dir::new();
    let mut connection = schema::open(&dir.file()).expect("it can be opened");
    let minute = |seconds: i64| Minute::of(year + seconds).0;
    let counts = [("sent", minute(-1), 1), ("sent", minute(0), 2), ("sent", minute(59), 4), ("sent", minute(60), 8)];
    let counts: BTreeMap<_, u64> = counts.iter().fold(BTreeMap::new(), |mut sums, (status, minute, n)| {
        *sums.entry((*status, *minute)).or_default() += n;
        sums
    });
    let counts: Vec<_> = counts.into_iter().map(|((status, minute), n)| (status, minute, n)).collect();
    crate::commit::commit(&mut connection, &batch(0, &counts, Some(Span { from: year - 3600, to: year + 3600 })))
        .expect("stored");
    let window = last_hour(&connection, year + 60, 0);
    assert_eq!((window.from, window.to, window.sum, window.since), (year - 3540, year + 60, 7, 8));
    assert_eq!(window.covered, 3600);
    let by = |minutes: u32| {
        let span = Span { from: year - 3600, to: year + 3600 };
        let buckets = crate::query::buckets(&connection, &of("sent", &[]), span, Step::of_minutes(minutes));
        buckets.expect("read").iter().map(|bucket| (bucket.from - year, bucket.count)).collect::<Vec<_>>()
    };
    assert_eq!(by(1), [(-60, 1), (0, 6), (60, 8)]);
    assert_eq!(by(60), [(-3600, 1), (0, 14)]);
}
