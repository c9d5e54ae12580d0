use super::*;

const NOW: i64 = 1_796_095_040;

fn of(query: &str) -> Parameters {
    Parameters::new(query)
}

#[test]
fn a_window_is_asked_for_as_the_check_does() {
    let ask = of("counter=mail_sent&window=60m&label.status=sent&weeks=4").window().expect("a window");
    let labels = [("status", "sent")].into_iter().collect();
    let what = What::Counter(Some("mail_sent".to_owned()));
    assert_eq!(ask, WindowAsk { what, labels, minutes: 60, weeks: 4 });
    let ask = of("").window().expect("a window");
    assert_eq!(ask, WindowAsk { what: What::Counter(None), labels: Labels::default(), minutes: 60, weeks: 0 });
    assert_eq!(of("ratio=a/b").window().expect("a window").what, What::Ratio("a/b".to_owned()));
}

#[test]
fn a_time_is_read_as_people_and_grafana_write_it() {
    for (from, expected) in [
        ("2026-12-01T02:00:00Z", 1_796_090_400),
        ("2026-12-01T03:00:00%2B01:00", 1_796_090_400),
        ("1796090400", 1_796_090_400),
        ("1796090400000", 1_796_090_400),
        ("now-1h", 1_796_091_420),
        ("now-90s", 1_796_094_900),
    ] {
        let ask = of(&format!("from={from}")).series(NOW).unwrap_or_else(|error| panic!("{from}: {error}"));
        assert_eq!(ask.span.from, expected, "{from}");
        assert_eq!(ask.span.to, 1_796_095_080, "the minute that is not over is the last");
    }
}

#[test]
fn a_step_is_rounded_up_to_minutes_and_the_time_to_steps() {
    for (step, seconds) in [("15s", 60), ("60", 60), ("90s", 120), ("5m", 300), ("1h", 3600), ("0", 60)] {
        let ask = of(&format!("step={step}&from=now-3h")).series(NOW).expect("rows");
        assert_eq!(ask.step, seconds, "{step}");
        assert_eq!((ask.span.from % seconds, ask.span.to % seconds), (0, 0), "{step}");
        assert!(ask.span.from <= NOW - 10_800 && ask.span.to > NOW, "{step}");
    }
}

#[test]
fn counters_and_labels_to_split_by_are_lists() {
    let ask = of("counter=a,b&counter=c&by=status,host&label.host=&format=csv").series(NOW).expect("rows");
    assert_eq!(
        (ask.counters, ask.by),
        (vec!["a".into(), "b".into(), "c".into()], vec!["status".into(), "host".into()])
    );
    assert_eq!(ask.labels, [("host", "")].into_iter().collect());
    assert_eq!(ask.format, Format::Csv);
}

#[test]
fn what_is_not_understood_is_refused_with_what_to_write() {
    for (query, error) in [
        ("window=90s", "`window`: it must be whole minutes, at most 31 days, such as 60m"),
        ("window=0", "`window`: it must be whole minutes, at most 31 days, such as 60m"),
        ("window=1500ms", "`window`: it must be whole minutes, at most 31 days, such as 60m"),
        ("window=32d", "`window`: it must be whole minutes, at most 31 days, such as 60m"),
        ("weeks=6", "`weeks`: it must be a number from 0 to 5"),
        ("weeks=-1", "`weeks`: it must be a number from 0 to 5"),
        ("counter=a&counter=b", "counter is given twice"),
        ("counter=a&ratio=b", "`ratio`: it names its counters: leave `counter` out"),
        ("label.a=1&label.a=2", "label.a is given twice"),
    ] {
        assert_eq!(of(query).window().map_err(|error| error.to_string()), Err(error.to_owned()), "{query}");
    }
    for (query, error) in [
        ("from=soon", "`from`: `soon` is not a time: write 2026-12-01T02:00:00Z, Unix seconds or now-24h"),
        ("from=now%2B1h", "`from`: `now+1h` is not a time: write 2026-12-01T02:00:00Z, Unix seconds or now-24h"),
        ("from=-5", "`from`: `-5` is not a time: write 2026-12-01T02:00:00Z, Unix seconds or now-24h"),
        ("from=now&to=now", "`from`: it must be before `to`"),
        ("format=xml", "`format`: it must be json or csv"),
        ("from=now-400d", "`step`: it gives 576001 rows, at most 16000 are possible: use 37m or more"),
    ] {
        assert_eq!(of(query).series(NOW).map_err(|error| error.to_string()), Err(error.to_owned()), "{query}");
    }
    for query in ["range=year", "w=x", "c=5:1", "reload=never"] {
        assert!(of(query).page().is_err(), "{query}");
    }
    let repaired = of("from=now-400d&step=37m").series(NOW).expect("what the message says is possible");
    assert!(repaired.span.seconds() / repaired.step <= 16_000);
}

#[test]
fn the_limits_of_a_check_become_lines_for_each_column() {
    let ask = of("w=100:5000&c=10:&window=60m&range=hour").page().expect("a page");
    let lines: Vec<_> = ask.lines(60).into_iter().map(|line| (line.label, line.severity, line.height * 60.0)).collect();
    assert_eq!(
        lines,
        [
            ("at least 100 in 1h".to_owned(), Severity::Warning, 100.0),
            ("at most 5000 in 1h".to_owned(), Severity::Warning, 5000.0),
            ("at least 10 in 1h".to_owned(), Severity::Critical, 10.0),
        ]
    );
    assert_eq!(ask.kept, "&w=100%3A5000&c=10%3A&window=60m");
}

proptest::proptest! {
    #[test]
    fn any_query_is_answered_or_refused(query in "[a-z.=&%0-9+-]{0,60}", now in 0_i64..4_000_000_000) {
        let parameters = of(&query);
        if let Ok(ask) = parameters.series(now) {
            proptest::prop_assert!(ask.step >= 60 && ask.span.seconds() / ask.step <= MOST_STEPS);
        }
        drop((parameters.window(), parameters.page()));
    }

    #[test]
    fn any_time_gives_whole_steps(
        from in proptest::num::i64::ANY,
        to in proptest::num::i64::ANY,
        step in 0_u32..u32::MAX,
    ) {
        if let Ok(ask) = of(&format!("from={from}&to={to}&step={step}")).series(NOW) {
            proptest::prop_assert!(ask.span.seconds() % ask.step == 0 && ask.span.seconds() > 0);
        }
    }
}
