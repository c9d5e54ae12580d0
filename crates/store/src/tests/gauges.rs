//! Values that go up and down.

use super::*;
use crate::{GaugeSample, Level};

fn sample(at: i64, host: &str, value: f64) -> GaugeSample {
    GaugeSample { name: "mail_queue".to_owned(), labels: labels(&[("host", host)]), at, value }
}

#[test]
fn a_minute_has_the_lowest_highest_mean_and_last_value() {
    let dir = Dir::new();
    let store = Store::open(&dir.file(), Settings::default());
    let at = base() * 60;
    let samples = [(0, 4.0), (20, -2.5), (59, 9.0), (60, 1.0), (61, f64::NAN)];
    store.record(samples.iter().map(|(after, value)| sample(at + after, "mx1", *value)).collect()).expect("stored");
    store.record(vec![sample(at + 120, "mx2", 7.0), sample(at + 61, "mx1", 3.0)]).expect("stored");
    let reader = store.reader();
    let read = |pairs: &[(&str, &str)], minutes| {
        let span = Span { from: at, to: at + 180 };
        reader.levels("mail_queue", &labels(pairs), span, Step::of_minutes(minutes)).expect("read")
    };
    let mx1 = &read(&[("host", "mx1")], 1)[&labels(&[("host", "mx1")])];
    let first = Level { from: at, low: -2.5, high: 9.0, mean: 3.5, last: 9.0 };
    assert_eq!(*mx1, [first, Level { from: at + 60, low: 1.0, high: 3.0, mean: 2.0, last: 3.0 }]);
    let all = read(&[], 60 * 24 * 400);
    assert_eq!(all.keys().map(ToString::to_string).collect::<Vec<_>>(), ["host=mx1", "host=mx2"]);
    let mx1 = all[&labels(&[("host", "mx1")])][0];
    assert_eq!((mx1.low, mx1.high, mx1.mean, mx1.last), (-2.5, 9.0, 2.9, 3.0));
    assert!(
        reader.levels("other", &Labels::default(), Span { from: 0, to: at * 2 }, Step::of_minutes(1))
            == Ok(BTreeMap::new())
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn hours_have_what_their_minutes_had(
        values in prop::collection::vec((0_i64..100 * 24 * 60, -1000_i32..1000), 1..40),
    ) {
        let dir = Dir::new();
        let mut connection = schema::open(&dir.file()).expect("it can be opened");
        let now = 2_000_000_000 / 3600 * 3600;
        let mut values = values;
        values.sort_unstable_by_key(|(ago, _)| -ago);
        values.dedup_by_key(|(ago, _)| *ago);
        let of = |(ago, value): &(i64, i32)| sample(now - ago * 60, "a", f64::from(*value));
        let samples: Vec<_> = values.iter().map(of).collect();
        crate::gauge::record(&mut connection, &samples, i64::MIN).expect("stored");
        let read = |connection: &Connection| {
            let all = Span { from: 0, to: now + 60 };
            crate::gauge::levels(connection, "mail_queue", &Labels::default(), all, Step::of_minutes(60)).expect("read")
        };
        let before = read(&connection);
        retention::clean_up(&mut connection, &Settings::default(), now).expect("cleaned");
        prop_assert_eq!(read(&connection), before);
        let old: i64 = connection
            .query_row("SELECT count(*) FROM gauge_minute WHERE minute < ?", [now / 60 - 40 * 1440], |row| row.get(0))
            .expect("a number");
        prop_assert_eq!(old, 0);
    }
}
