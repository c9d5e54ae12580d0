use std::collections::BTreeSet;
use std::path::PathBuf;

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::Minute;
use proptest::prelude::*;

use super::*;
use crate::spec::{CounterSpec, Matcher, Preset, SourceSpec, TimeFormat};

/// 2026-12-01T03:00:00Z
const NOW: i64 = 1_796_094_000;

fn counter(name: &str, regex: &str) -> CounterSpec {
    CounterSpec {
        name: name.to_owned(),
        matcher: Matcher::Regex(regex.to_owned()),
        filter: BTreeMap::new(),
        labels: None,
        max_series: 500,
        content_filters: Vec::new(),
    }
}

fn preset(name: &str, preset: Preset) -> CounterSpec {
    CounterSpec { matcher: Matcher::Preset(preset), ..counter(name, "") }
}

fn spec(counters: Vec<CounterSpec>) -> LogSpec {
    let source = SourceSpec::File(PathBuf::from("log"));
    LogSpec { source, time: TimeFormat::Auto, zone: Some("UTC".to_owned()), counters }
}

fn engine(counters: Vec<CounterSpec>) -> Engine {
    Engine::new(&spec(counters), &BTreeMap::new()).expect("a right specification")
}

/// Series with their minutes (of the hour before `NOW`) and counts.
fn counted(engine: &mut Engine, name: &str) -> String {
    let (mut counters, _) = engine.take();
    let buckets = counters.remove(name).expect("every counter is there").buckets;
    let hour = Minute::of(NOW).0 - 60;
    let text = buckets.iter().map(|((labels, minute), count)| format!("{labels}@{}={count}", minute.0 - hour));
    text.collect::<Vec<_>>().join(" ")
}

fn error(spec: &LogSpec) -> String {
    Engine::new(spec, &BTreeMap::new()).expect_err("a wrong specification").to_string()
}

#[test]
fn lines_are_counted_in_their_minutes() {
    let mut engine = engine(vec![counter("x", "hit (?<who>[a-z]+)"), counter("none", "nothing")]);
    engine.lines(b"Dec  1 02:00:59 h p: hit a\nDec  1 02:01:00 h p: miss\nDec  1 02:01:00 h p: hit a\n", NOW);
    engine.lines(b"Dec  1 02:00:58 h p: hit a\r\nDec  1 02:01:01 h p: hit b\nno time: hit a\n", NOW);
    let (counters, tally) = engine.take();
    assert_eq!((tally.lines, tally.bytes, tally.without_time), (6, 150, 1));
    assert_eq!(counters.len(), 2, "also the counter that counted nothing");
    assert!(counters["none"].buckets.is_empty());
    let found: Vec<(String, i64, u64)> = counters["x"]
        .buckets
        .iter()
        .map(|((labels, minute), count)| (labels.to_string(), minute.0 - Minute::of(NOW).0, *count))
        .collect();
    let bucket = |labels: &str, minute, count| (labels.to_owned(), minute, count);
    assert_eq!(
        found,
        [bucket("who=a", -60, 2), bucket("who=a", -59, 1), bucket("who=a", 0, 1), bucket("who=b", -59, 1)]
    );
    assert_eq!(counted(&mut engine, "x"), "", "it was handed over");
}

#[test]
fn repeated_lines_count_as_often_as_they_were_said() {
    let mut engine = engine(vec![counter("x", r"^\w+ +\d+ [\d:]+ \w+ p\[1\]: hit (?<who>[a-z]+)$")]);
    let mut say = |lines: &str| {
        engine.lines(lines.as_bytes(), NOW);
        counted(&mut engine, "x")
    };
    assert_eq!(say("Dec  1 02:00:00 h p[1]: message repeated 3 times: [ hit a]\n"), "who=a@0=3");
    assert_eq!(
        say("Dec  1 02:00:00 h p[1]: hit a\nDec  1 02:01:00 h last message repeated 2 times\n"),
        "who=a@0=1 who=a@1=2"
    );
    assert_eq!(
        say("Dec  1 02:02:00 h last message repeated 4 times\n"),
        "who=a@2=4",
        "the line is in the block before"
    );
    assert_eq!(say("Dec  1 02:03:00 h p[1]: miss\nDec  1 02:03:00 h last message repeated 4 times\n"), "");
    let other = "Dec  1 02:03:00 h p[1]: hit b\nDec  1 02:03:01 g p[1]: miss\n".to_owned();
    assert_eq!(
        say(&(other + "Dec  1 02:03:01 h last message repeated 2 times\n")),
        "who=b@3=3",
        "the line before of the same host"
    );
    assert_eq!(say("Dec  1 02:04:00 h p[1]: he said message repeated 9 times: [ hit a]\n"), "");
    engine.generation();
    engine.lines(b"Dec  1 02:02:00 h last message repeated 4 times\n", NOW);
    assert_eq!(counted(&mut engine, "x"), "", "another file does not go on");
}

#[test]
fn the_beginning_of_a_long_line_counts() {
    let mut engine = engine(vec![counter("x", "hit")]);
    engine.long_line(b"Dec  1 02:00:00 h p: hit and so on", NOW);
    let (counters, tally) = engine.take();
    assert_eq!((counters["x"].buckets.len(), tally.long_lines, tally.lines), (1, 1, 1));
}

#[test]
fn where_chooses_and_labels_are_those_that_are_named() {
    let mut sent = preset("sent", Preset::PostfixDelivered);
    sent.filter = [("status".to_owned(), "sent".to_owned())].into();
    sent.labels = Some(vec!["host".to_owned(), "domain".to_owned()]);
    let mut far = preset("far", Preset::PostfixDelivered);
    far.filter = [("domain".to_owned(), "Example.com".to_owned())].into();
    far.labels = Some(Vec::new());
    let mut engine = engine(vec![sent, far]);
    let line = |to: &str, status: &str| {
        format!("Dec  1 02:00:00 h postfix/smtp[1]: 2DCF19920D4: to=<{to}>, relay=none, status={status} (x)\n")
    };
    let lines =
        [line("a@EXAMPLE.com", "sent"), line("a@example.com", "bounced"), line("a@example.net", "sent")].concat();
    engine.lines(lines.as_bytes(), NOW);
    let (counters, _) = engine.take();
    let series = |name: &str| counters[name].buckets.keys().map(|(labels, _)| labels.to_string()).collect::<Vec<_>>();
    assert_eq!(series("sent"), ["domain=example.com host=h", "domain=example.net host=h"]);
    assert_eq!((series("far"), counters["far"].buckets.values().sum::<u64>()), (vec![String::new()], 2));
}

#[test]
fn a_million_labels_stay_within_their_limit() {
    let mut spec = spec(vec![CounterSpec { max_series: 3, ..counter("x", "hit (?<who>.+)") }]);
    let kept: Labels = [("who", "kept")].into_iter().collect();
    let saved = SavedCounter { series: BTreeSet::from([kept.clone()]), ..SavedCounter::default() };
    let saved = BTreeMap::from([("x".to_owned(), saved)]);
    let mut engine = Engine::new(&spec, &saved).expect("a right specification");
    for thousand in 0..1000 {
        let line = |number: i32| format!("Dec  1 02:00:00 h p: hit {number}\n");
        let block: String = (0..1000).map(|number| line(thousand * 1000 + number)).collect();
        engine.lines(block.as_bytes(), NOW);
    }
    engine.lines(b"Dec  1 02:00:00 h p: hit kept\n", NOW);
    assert_eq!(counted(&mut engine, "x"), "who=(other)@0=999998 who=0@0=1 who=1@0=1 who=kept@0=1");
    // After a restart every series has its place again.
    let all = ["kept", "0", "1", Labels::OTHER].map(|who| [("who", who)].into_iter().collect::<Labels>());
    let saved = SavedCounter { series: all.into_iter().collect(), ..SavedCounter::default() };
    engine = Engine::new(&spec, &BTreeMap::from([("x".to_owned(), saved)])).expect("a right specification");
    engine.lines(b"Dec  1 02:00:00 h p: hit 7\nDec  1 02:00:00 h p: hit 1\n", NOW);
    assert_eq!(counted(&mut engine, "x"), "who=(other)@0=1 who=1@0=1");
    // Labels of another name, from another configuration, take no place.
    spec.counters = vec![CounterSpec { max_series: 1, ..counter("x", "hit (?<name>.+)") }];
    engine = Engine::new(&spec, &BTreeMap::from([("x".to_owned(), SavedCounter::default())])).expect("right");
    engine.lines(b"Dec  1 02:00:00 h p: hit 7\n", NOW);
    assert_eq!(counted(&mut engine, "x"), "name=7@0=1");
}

#[test]
fn labels_are_printable_and_short() {
    let mut engine = engine(vec![counter("x", "hit (?<who>.+)$")]);
    let mut lines = b"Dec  1 02:00:00 h p: hit \xff\x1b[2J\n".to_vec();
    lines.extend_from_slice(format!("Dec  1 02:00:00 h p: hit {}\n", "\u{fc}".repeat(500)).as_bytes());
    engine.lines(&lines, NOW);
    let shown = counted(&mut engine, "x");
    assert_eq!(shown, format!("who={}@0=1 who=\u{fffd}\u{fffd}[2J@0=1", "\u{fc}".repeat(100)));
}

#[test]
fn mistakes_are_told_by_name() {
    let with = |change: &dyn Fn(&mut CounterSpec)| {
        let mut counter = preset("mail", Preset::PostfixDelivered);
        change(&mut counter);
        spec(vec![counter])
    };
    assert_eq!(
        error(&with(&|counter| counter.labels = Some(vec!["state".to_owned()]))),
        "counter mail: labels names \"state\", which is not captured. Available: status, agent, host, service, relay, \
         domain, dsn"
    );
    assert_eq!(
        error(&spec(vec![CounterSpec { labels: Some(vec!["a".to_owned()]), ..counter("x", "y") }])),
        "counter x: labels names \"a\", which is not captured. Available: none, as the regex has no named group \
         (?<name>…)"
    );
    let filter = with(&|counter| counter.filter = [("a".to_owned(), "b".to_owned())].into());
    assert!(error(&filter).starts_with("counter mail: where names \"a\", which is not captured"));
    let twice = with(&|counter| counter.labels = Some(vec!["host".to_owned(), "host".to_owned()]));
    assert_eq!(error(&twice), "counter mail: labels names \"host\" twice");
    assert_eq!(error(&with(&|counter| counter.max_series = 0)), "counter mail: max_series is 0; it must be at least 1");
    let wrong = with(&|counter| counter.content_filters = vec!["a b".to_owned()]);
    assert!(error(&wrong).starts_with("counter mail: content_filters has \"a b\". Write the filter's HOST:PORT"));
    assert_eq!(error(&spec(vec![counter("x", "a"), counter("x", "b")])), "counter x exists twice");
    assert_eq!(
        error(&spec(vec![counter("x", "a(")])),
        "counter x: regex, line 1, column 2: unclosed group\n    a(\n     ^"
    );
    let groups: String = (0..17).map(|number| format!("(?<g{number}>a)")).collect();
    assert_eq!(
        error(&spec(vec![counter("x", &groups)])),
        "counter x: the regex has 17 named groups, at most 16 are possible"
    );
    let zone = LogSpec { zone: Some("Europe/Atlantis".to_owned()), ..spec(Vec::new()) };
    assert!(
        error(&zone).starts_with("time_zone: the time zone database has no \"Europe/Atlantis\""),
        "{}",
        error(&zone)
    );
}

const LINES: [&str; 9] = [
    "Dec  1 02:00:00 h p[1]: hit a\n",
    "Dec  1 02:01:00 h p[1]: hit b\n",
    "Dec  1 02:01:30 g p[1]: miss\n",
    "Dec  1 02:02:00 h last message repeated 2 times\n",
    "Dec  1 02:02:00 h p[1]: message repeated 5 times: [ hit c]\n",
    "Dec  1 02:02:00 h postfix/smtp[1]: 2DCF19920D4: to=<a@b>, relay=none, status=sent (hit d)\n",
    "Dec  1 02:03:00 h postfix/smtp[1]: 2DCF19920D4: to=<a@b>; status=sent\n",
    "hit e\r\n",
    "\n",
];

proptest! {
    /// However the log is cut into blocks, the counts are those of all of it at once.
    #[test]
    fn blocks_do_not_matter(lines in prop::collection::vec((0..LINES.len(), any::<bool>()), 0..30)) {
        let counters = || vec![
            counter("hit", "hit (?<who>[a-z])"),
            counter("every", r"\d+|e"),
            preset("mail", Preset::PostfixDelivered),
            preset("messages", Preset::PostfixMessages),
        ];
        let mut whole = engine(counters());
        let mut cut = engine(counters());
        let (mut all, mut block) = (String::new(), String::new());
        for (line, ends) in lines {
            all += LINES[line];
            block += LINES[line];
            if ends {
                cut.lines(block.as_bytes(), NOW);
                block.clear();
            }
        }
        cut.lines(block.as_bytes(), NOW);
        whole.lines(all.as_bytes(), NOW);
        prop_assert_eq!(whole.take(), cut.take());
    }

    #[test]
    fn no_bytes_panic(
        blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..4),
        now in any::<i64>(),
    ) {
        let web = preset("web", Preset::NginxCombined);
        let mut engine = engine(vec![counter("x", "."), preset("mail", Preset::PostfixDelivered), web]);
        let mut bytes = 0;
        for block in &blocks {
            engine.lines(block, now);
            engine.long_line(block, now);
            bytes += 2 * number(block.len());
        }
        prop_assert_eq!(engine.take().1.bytes, bytes);
    }
}
