//! The presets for Postfix, on a real log whose true counts are known: `tests/data/mail/README.md`.

mod support;

use std::collections::BTreeMap;

use healthd_core::samples::batch::{Counted, SavedCounter};
use healthd_logs::engine::Engine;
use healthd_logs::sink::Sink;
use healthd_logs::spec::Preset;
use support::{ARRIVAL, counter, log, real_log, sums, total};

const FILTER: &str = "127.0.0.1:2536";

#[test]
fn deliveries_are_counted_by_status_and_agent() {
    let mut engine = engine(vec![counter("d", Preset::PostfixDelivered)]);
    engine.lines(&real_log(), ARRIVAL);
    let (counters, tally) = engine.take();
    let counted = &counters["d"];
    let expected = [
        ("agent=error status=deferred", 139),
        ("agent=lmtp status=sent", 80),
        ("agent=local status=bounced", 100),
        ("agent=local status=sent", 60),
        ("agent=qmgr status=expired", 30),
        ("agent=smtp status=bounced", 180),
        ("agent=smtp status=deferred", 271),
        ("agent=smtp status=sent", 4693),
        ("agent=virtual status=sent", 60),
    ];
    assert_eq!(sums(counted), expected.map(|(labels, sum)| (labels.to_owned(), sum)).into());
    assert_eq!(counted.unmatched, 0);
    assert_eq!((tally.lines, tally.bytes, tally.without_time), (33_734, 3_763_563, 0));
}

#[test]
fn accepted_messages_are_those_of_clients() {
    let mut spec = counter("a", Preset::PostfixAccepted);
    spec.labels = Some(vec!["via".to_owned(), "service".to_owned()]);
    spec.content_filters = vec![FILTER.to_owned()];
    let mut engine = engine(vec![spec]);
    engine.lines(&real_log(), ARRIVAL);
    let counted = engine.take().0.remove("a").expect("every counter is there");
    let expected = [
        ("service=postfix via=pickup", 15),
        ("service=postfix via=smtpd", 3890),
        ("service=postfix/submission via=smtpd", 410),
    ];
    assert_eq!(sums(&counted), expected.map(|(labels, sum)| (labels.to_owned(), sum)).into());
    assert_eq!((total(&counted), counted.unmatched), (4315, 0));
}

#[test]
fn without_the_filter_its_mail_is_accepted_twice() {
    let counted = count(vec![counter("a", Preset::PostfixAccepted)], &real_log());
    assert_eq!(total(&counted["a"]), 4415);
    assert!(counted["a"].remembered.is_empty(), "every client finished its message");
}

#[test]
fn messages_are_counted_once_whatever_their_recipients_and_retries() {
    let mut with_filter = counter("filter", Preset::PostfixMessages);
    with_filter.content_filters = vec![FILTER.to_owned()];
    let counted = count(vec![with_filter, counter("plain", Preset::PostfixMessages)], &real_log());
    assert_eq!((total(&counted["filter"]), total(&counted["plain"])), (4037, 4137));
    assert_eq!((counted["filter"].unmatched, counted["filter"].remembered.len()), (0, 10), "those that still wait");
}

#[test]
fn a_restart_after_any_block_changes_nothing() {
    let mut specs = vec![counter("m", Preset::PostfixMessages), counter("a", Preset::PostfixAccepted)];
    for spec in &mut specs {
        spec.content_filters = vec![FILTER.to_owned()];
    }
    let spec = log(specs);
    let mut saved: BTreeMap<String, SavedCounter> = BTreeMap::new();
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    let log = real_log();
    let mut rest = log.as_slice();
    while !rest.is_empty() {
        let (block, after) = rest.split_at(support::whole_lines(rest, 40_000));
        rest = after;
        let mut engine = Engine::new(&spec, &saved).expect("the specification is right");
        engine.lines(block, ARRIVAL);
        for (name, counted) in engine.take().0 {
            *sums.entry(name.clone()).or_default() += total(&counted);
            let saved = saved.entry(name).or_default();
            saved.remembered.extend(counted.remembered);
            saved.remembered.retain(|key, _| !counted.forgotten.contains(key));
        }
    }
    assert_eq!((sums["m"], sums["a"]), (4037, 4315));
}

#[test]
fn stamps_and_names_do_not_change_the_counts() {
    let text = real_log();
    let rename = |from: &str, to: &str| support::replace(&text, from.as_bytes(), to.as_bytes());
    let variants = [
        ("RFC 3339", support::with_times(&text, |clock| format!("2026-11-23T{clock}.123456+00:00"))),
        ("RFC 5424", support::rfc5424(&text)),
        ("PRI", support::with_times(&text, |clock| format!("<22>Nov 23 {clock}"))),
        ("year", support::with_times(&text, |clock| format!("Nov 23 2026 {clock}"))),
        ("no time", support::with_times(&text, |clock| format!("yesterday {clock}"))),
        ("BusyBox", rename(" mx1 ", " mx1 mail.info ")),
        ("OpenWrt", rename(" mx1 ", " mail.info ")),
        ("FreeBSD", rename(" mx1 ", " <mail.info> mx1 ")),
        ("Solaris", support::replace(&text, b"]: ", b"]: [ID 197553 mail.info] ")),
        ("an instance", rename(" postfix/", " postfix-out/")),
        ("another name", rename(" postfix/", " mail/")),
        ("CR LF", support::replace(&text, b"\n", b"\r\n")),
    ];
    for (name, log) in variants {
        let mut specs = vec![
            counter("d", Preset::PostfixDelivered),
            counter("m", Preset::PostfixMessages),
            counter("a", Preset::PostfixAccepted),
        ];
        for spec in &mut specs {
            spec.content_filters = vec![FILTER.to_owned()];
        }
        let counted = count(specs, &log);
        let found: Vec<u64> = ["d", "m", "a"].iter().map(|counter| total(&counted[*counter])).collect();
        assert_eq!(found, [4793 + 280 + 410 + 30, 4037, 4315], "{name}");
        assert!(counted.values().all(|counted| counted.unmatched == 0), "{name}");
    }
}

fn count(counters: Vec<healthd_logs::spec::CounterSpec>, lines: &[u8]) -> BTreeMap<String, Counted> {
    let mut engine = engine(counters);
    engine.lines(lines, ARRIVAL);
    engine.take().0
}

fn engine(counters: Vec<healthd_logs::spec::CounterSpec>) -> Engine {
    Engine::new(&log(counters), &BTreeMap::new()).expect("the specification is right")
}
