use std::fmt::Write as _;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::render::nagios;
use crate::samples::labels::Labels;
use crate::samples::window::RatioWindow;

/// 2026-12-01 03:00 UTC.
const NOW: i64 = 1_796_094_000;
const HOUR: i64 = 3_600;

/// An hour of mail that was collected for weeks, the last one 2 minutes ago.
fn hour(sum: u64) -> Window {
    Window {
        counter: "mail_sent".to_owned(),
        from: NOW - HOUR,
        to: NOW,
        sum,
        since: 1,
        covered: 3_600,
        covered_from: Some(NOW - 40 * 86_400),
        covered_to: Some(NOW + 20),
        newest: Some(NOW - 120),
        usual: vec![Some(240), Some(200), None, Some(300)],
        log: "/var/log/mail.log".to_owned(),
        read_age: Some(0.5),
        ..Window::default()
    }
}

/// The same collected for these last seconds only.
fn for_only(seconds: i64, sum: u64) -> Window {
    Window {
        covered: u64::try_from(seconds).unwrap_or_default(),
        covered_from: Some(NOW - seconds),
        usual: vec![None; 4],
        ..hour(sum)
    }
}

fn range(text: &str) -> Thresholds {
    let (warning, critical) = text.split_once(' ').unwrap_or((text, ""));
    Thresholds { warning: warning.parse().ok(), critical: critical.parse().ok() }
}

fn count(text: &str) -> VolumeLimits {
    VolumeLimits { count: range(text), ..VolumeLimits::default() }
}

fn silence(minutes: u64) -> VolumeLimits {
    VolumeLimits { silence: Some(Duration::from_secs(60 * minutes)), ..VolumeLimits::default() }
}

fn baseline(text: &str) -> VolumeLimits {
    VolumeLimits { baseline: range(text), ..VolumeLimits::default() }
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().copied().collect()
}

/// The situations that people meet, with the limits of each.
fn situations() -> Vec<(&'static str, Window, VolumeLimits)> {
    const BOTH: &str = "100:5000 10:20000";
    let faulty = |sum| Window {
        fault: Some("cannot read /var/log/mail.log (permission denied): add healthd to the group adm".to_owned()),
        read_age: Some(900.0),
        covered: 2_700,
        covered_to: Some(NOW - 900),
        ..hour(sum)
    };
    let of_mx1 = |names: &[&str], sum| Window {
        labels: labels(&[("host", "mx1")]),
        label_names: names.iter().map(|&name| name.to_owned()).collect(),
        ..hour(sum)
    };
    vec![
        ("in range", hour(240), count(BOTH)),
        ("no limits", hour(240), VolumeLimits::default()),
        ("a few too few", hour(99), count(BOTH)),
        ("too few", hour(3), count(BOTH)),
        ("none", Window { newest: Some(NOW - 2 * HOUR), ..hour(0) }, count(BOTH)),
        ("a few too many", hour(5_001), count(BOTH)),
        ("too many", hour(20_001), count(BOTH)),
        ("too many for the script of 2010", hour(20_001), count(":5000 :20000")),
        ("a bare number", hour(101), count("100")),
        ("one", hour(1), count("@0:5")),
        ("after a first start", for_only(1_200, 80), count(BOTH)),
        ("after a first start, too many", for_only(1_200, 20_001), count(BOTH)),
        ("after a first start, a few too many", for_only(1_200, 5_001), count(BOTH)),
        ("nearly whole", for_only(3_240, 99), count(BOTH)),
        ("not quite", for_only(3_239, 99), count(BOTH)),
        (
            "nothing yet",
            Window { covered: 0, covered_to: None, covered_from: None, newest: None, read_age: None, ..hour(0) },
            count(BOTH),
        ),
        ("a fault", faulty(30), count(BOTH)),
        ("a fault, too many before it", faulty(20_001), count(BOTH)),
        ("a fault, a few too many before it", faulty(5_001), count(BOTH)),
        ("stale", Window { read_age: Some(181.0), ..hour(240) }, count(BOTH)),
        (
            "just restarted",
            Window { read_age: None, covered: 3_500, covered_to: Some(NOW - 100), ..hour(240) },
            count(BOTH),
        ),
        (
            "down until now",
            Window { read_age: None, covered: 600, covered_to: Some(NOW - 3_000), ..hour(2) },
            count(BOTH),
        ),
        (
            "down for a day",
            Window { read_age: None, covered: 0, covered_to: Some(NOW - 86_400), ..hour(0) },
            count(BOTH),
        ),
        ("usual", hour(240), baseline("30:300")),
        ("unusually few", hour(24), baseline("30:300 5:")),
        ("unusually many", hour(960), baseline("30:300")),
        ("very unusual", hour(2), baseline("30:300 5:")),
        ("two weeks only", Window { usual: vec![Some(9), None, Some(8), None], ..hour(0) }, baseline("30:300")),
        ("usually few", Window { usual: vec![Some(9), Some(8), Some(49)], ..hour(0) }, baseline("30:300")),
        (
            "an even number of weeks",
            Window { usual: vec![Some(100), Some(200), Some(50), Some(150)], ..hour(9) },
            baseline("30:"),
        ),
        ("a fault and a baseline", faulty(24), baseline("30:300")),
        ("heard", hour(240), silence(30)),
        ("silent", Window { newest: Some(NOW - 2_700), ..hour(9) }, silence(30)),
        ("silent since it was collected", Window { newest: None, ..for_only(1_860, 0) }, silence(30)),
        ("collected too short for silence", Window { newest: None, ..for_only(600, 0) }, silence(30)),
        ("heard before a gap", Window { newest: Some(NOW - 900), ..for_only(600, 0) }, silence(30)),
        ("silent, then a fault", Window { newest: Some(NOW - 2_700), ..faulty(9) }, silence(30)),
        (
            "silent and too few",
            Window { newest: Some(NOW - 2_700), ..hour(9) },
            VolumeLimits { ..silence(30).with(BOTH) },
        ),
        ("a label", of_mx1(&["host", "status"], 3), count(BOTH)),
        ("a value that was never counted", Window { newest: None, ..of_mx1(&["host"], 0) }, count(BOTH)),
        ("an unknown label", of_mx1(&["relay", "status"], 0), count(BOTH)),
        ("no labels at all", of_mx1(&[], 0), count(BOTH)),
        ("perhaps among the others", Window { other: 700, ..of_mx1(&["host"], 9) }, count(BOTH)),
        ("others that do not matter", Window { other: 700, ..of_mx1(&["host"], 240) }, count(BOTH)),
        (
            "silent, but perhaps among the others",
            Window { other: 7, newest: Some(NOW - 2_700), ..of_mx1(&["host"], 9) },
            silence(30),
        ),
        ("a day", Window { from: NOW - 86_400, covered: 86_400, ..hour(1_234_567) }, count("100:")),
    ]
}

impl VolumeLimits {
    fn with(self, text: &str) -> VolumeLimits {
        VolumeLimits { count: range(text), ..self }
    }
}

#[test]
fn every_situation_has_its_line() {
    let mut lines = String::new();
    for (name, window, limits) in situations() {
        let answer = judge(&window, &limits, Noun::Messages);
        writeln!(lines, "{name}\n    {}", nagios::plugin(&answer, false)).expect("a String takes it");
    }
    let (_, window, limits) = &situations()[3];
    let details = nagios::plugin(&judge(window, limits, Noun::Matches), true);
    writeln!(lines, "with -v, as matches\n{details}").expect("a String takes it");
    insta::assert_snapshot!(lines);
}

#[test]
fn the_labels_are_the_same_in_every_run() {
    let labels = |answer: &Answer| {
        let perfdata: Vec<String> = answer.readings.iter().filter_map(Reading::perfdata).collect();
        perfdata.iter().filter_map(|item| Some(item.split_once('=')?.0.to_owned())).collect::<Vec<_>>()
    };
    for (name, window, limits) in situations() {
        let unanswered = not_known(&limits, Noun::Messages, "no healthd answers");
        assert_eq!(unanswered.outcome, Outcome::Unknown);
        assert_eq!(labels(&judge(&window, &limits, Noun::Messages)), labels(&unanswered), "{name}");
        let values: Vec<String> = unanswered.readings.iter().filter_map(Reading::perfdata).collect();
        assert!(values.iter().all(|item| item.contains("=U")), "{values:?}");
    }
}

fn share(of: u64, to: u64) -> RatioWindow {
    let counter = |name: &str, sum| Window {
        counter: name.to_owned(),
        log: "/var/log/nginx/access.log".to_owned(),
        label_names: ["server".to_owned()].into(),
        ..hour(sum)
    };
    RatioWindow {
        ratio: "http_5xx_share".to_owned(),
        of: counter("http_5xx", of),
        to: counter("http_requests", to),
        min: None,
    }
}

#[test]
fn a_ratio_is_judged_when_there_is_enough_of_the_whole() {
    let partly = |mut ratio: RatioWindow| {
        ratio.of.covered = 1_200;
        ratio.of.covered_from = Some(NOW - 1_200);
        ratio
    };
    let faulty = |mut ratio: RatioWindow| {
        ratio.to.fault = Some("no such file: create it".to_owned());
        ratio
    };
    let labeled = |mut ratio: RatioWindow, name: &str| {
        ratio.of.labels = labels(&[(name, "shop")]);
        ratio.to.labels = labels(&[(name, "shop")]);
        ratio
    };
    let limits = |min| RatioLimits { share: range("1 5"), min };
    let mut lines = String::new();
    for (name, ratio, min) in [
        ("fine", share(5, 1_000), None),
        ("at the limit", share(10, 1_000), None),
        ("a little much", share(15, 1_000), None),
        ("much", share(60, 1_000), None),
        ("all", share(100, 100), None),
        ("none of it", share(0, 1_000), None),
        ("too few", share(99, 99), None),
        ("nothing", share(0, 0), None),
        ("enough for this service", share(9, 99), Some(50)),
        ("enough for the configuration", RatioWindow { min: Some(10), ..share(9, 99) }, None),
        ("the command line counts", RatioWindow { min: Some(10), ..share(9, 99) }, Some(1_000)),
        ("partly collected", partly(share(60, 1_000)), None),
        ("a fault", faulty(share(60, 1_000)), None),
        ("a label", labeled(share(60, 1_000), "server"), None),
        ("an unknown label", labeled(share(60, 1_000), "host"), None),
    ] {
        let answer = judge_ratio(&ratio, &limits(min));
        writeln!(lines, "{name}\n    {}", nagios::plugin(&answer, false)).expect("a String takes it");
    }
    let unanswered = ratio_not_known(&limits(None), "no healthd answers");
    writeln!(lines, "no answer\n    {}", nagios::plugin(&unanswered, false)).expect("a String takes it");
    insta::assert_snapshot!(lines);
}

prop_compose! {
    fn windows()(
        sum in 0_u64..300, covered in 0_u64..=3_600, age in prop::option::of(0.0_f64..400.0), fault: bool,
        newest in prop::option::of(0_i64..10_000)
    ) -> Window {
        Window {
            covered,
            covered_from: Some(NOW - i64::try_from(covered).unwrap_or_default()),
            read_age: age,
            fault: fault.then(|| "broken: mend it".to_owned()),
            newest: newest.map(|ago| NOW - ago),
            ..hour(sum)
        }
    }
}

proptest! {
    #[test]
    fn an_incomplete_window_is_never_ok_and_never_too_few(
        window in windows(), least in 0_u64..300, width in 0_u64..300,
    ) {
        let limits = count(&format!(": {least}:{}", least + width));
        let whole = window.covered >= 3_240 && window.fault.is_none() && window.read_age.is_none_or(|age| age <= 180.0);
        let expected = match () {
            () if window.sum > least + width => Outcome::Critical,
            () if !whole => Outcome::Unknown,
            () if window.sum < least => Outcome::Critical,
            () => Outcome::Ok,
        };
        prop_assert_eq!(judge(&window, &limits, Noun::Messages).outcome, expected);
    }

    #[test]
    fn one_more_message_never_makes_an_upper_limit_quieter(window in windows(), most in 0_u64..300) {
        let limits = count(&format!("{most}"));
        let rank = |window: &Window| match judge(window, &limits, Noun::Messages).outcome {
            Outcome::Ok | Outcome::Unknown => 0,
            Outcome::Warning | Outcome::Critical => 1,
        };
        let more = Window { sum: window.sum + 1, ..window.clone() };
        prop_assert!(rank(&more) >= rank(&window));
    }

    #[test]
    fn no_line_in_uncovered_time_is_not_critical(window in windows(), minutes in 1_u64..90) {
        let answer = judge(&window, &silence(minutes), Noun::Messages);
        if window.covered + 20 < minutes * 60 && window.newest.is_none() {
            prop_assert_eq!(answer.outcome, Outcome::Unknown);
        }
        if answer.outcome == Outcome::Critical {
            prop_assert!(window.covered + 20 >= minutes * 60);
            let seconds = i64::try_from(minutes * 60).unwrap_or_default();
            prop_assert!(window.newest.is_none_or(|newest| NOW + 20 - newest >= seconds));
        }
    }
}
