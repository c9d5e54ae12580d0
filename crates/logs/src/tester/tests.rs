use std::path::PathBuf;

use super::*;
use crate::spec::{Matcher, Preset, SourceSpec, TimeFormat};

const NOW: i64 = 1_796_094_000;

fn spec(matcher: Matcher, filter: &[(&str, &str)]) -> LogSpec {
    let counter = CounterSpec {
        name: "mail".to_owned(),
        matcher,
        filter: filter.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        labels: None,
        max_series: 500,
        content_filters: Vec::new(),
    };
    let source = SourceSpec::File(PathBuf::from("mail.log"));
    LogSpec { source, time: TimeFormat::Auto, zone: Some("UTC".to_owned()), counters: vec![counter] }
}

fn tried(spec: &LogSpec, input: &[u8]) -> Report {
    test(spec, "mail", &mut &*input, NOW, &mut |_| {}).expect("the counter can be tried")
}

const LINES: &str = "\
Nov 30 10:00:00 mx1 postfix/smtpd[1]: connect from client.example.com[192.0.2.1]
Nov 30 10:00:01 mx1 postfix/smtp[2]: 2DCF19920D4: to=<a@example.com>, relay=none, dsn=2.0.0, status=sent (ok)
Nov 30 10:01:02 mx1 postfix/smtp[2]: 2DCF19920D5: to=<b@example.com>, relay=none, dsn=5.0.0, status=bounced (no)
Nov 30 10:01:03 mx1 postfix/smtp[2]: 2DCF19920D6: to=<c@example.com>; relay=none; status=sent
Nov 30 10:02:00 mx1 postfix/cleanup[3]: 2DCF19920D7: message-id=<x status=sent (y@example.com>
Nov 30 10:02:59 mx1 postfix/smtp[2]: 2DCF19920D8: to=<d@example.com>, relay=none, dsn=2.0.0, status=sent (ok)";

#[test]
fn a_preset_shows_what_counts_and_what_nearly_does() {
    let spec = spec(Matcher::Preset(Preset::PostfixDelivered), &[("status", "sent")]);
    let report = tried(&spec, LINES.as_bytes());
    assert_eq!((report.count, report.lines, report.unmatched, report.without_time), (2, 6, 1, 0));
    let minutes: Vec<u64> = report.minutes.values().copied().collect();
    assert_eq!(minutes, [1, 1]);
    assert_eq!(report.first.len(), 2);
    let nearest: Vec<(&str, &str)> =
        report.nearest.iter().map(|near| (near.line.get(37..48).unwrap_or_default(), near.why.as_str())).collect();
    assert_eq!(
        nearest,
        [
            ("2DCF19920D6", "looks like what is counted, but could not be read"),
            ("2DCF19920D5", "matches, but where wants status = \"sent\""),
            ("]: 2DCF1992", "contains \"status=\", but is something else"),
        ]
    );
}

#[test]
fn a_regex_shows_the_piece_that_fails() {
    let regex = r"smtp\[\d+\]: \w+: to=<[^>]*>, relay=(?<relay>[^,]+), delay=[\d.]+, .*status=(?<status>\w+)";
    let report = tried(&spec(Matcher::Regex(regex.to_owned()), &[]), LINES.as_bytes());
    assert_eq!(report.count, 0);
    let first = report.nearest.first().expect("a line comes close");
    assert!(first.line.contains("2DCF19920D4"), "{first:?}");
    let matches = r"smtp\[\d+\]: \w+: to=<[^>]*>, relay=(?<relay>[^,]+)";
    assert_eq!(first.why, format!("matches {matches:?}, then not {:?}", ", delay="));
}

#[test]
fn a_wrong_file_shows_its_first_lines() {
    let report = tried(&spec(Matcher::Preset(Preset::PostfixDelivered), &[]), b"hello\x1b[2J\nworld\n");
    let near = |line: &str| Near { line: line.to_owned(), why: "does not contain \"status=\"".to_owned() };
    assert_eq!(report.nearest, [near("hello\u{fffd}[2J"), near("world")]);
}

#[test]
fn blocks_and_long_lines_do_not_change_the_counts() {
    let mut input = LINES.as_bytes().to_vec();
    input.push(b'\n');
    let once = input.clone();
    while input.len() < 3 * BLOCK {
        input.extend_from_slice(&once);
    }
    let copies = u64::try_from(input.len() / once.len()).expect("small");
    input.extend_from_slice(b"Nov 30 10:02:59 mx1 postfix/smtp[2]: 2DCF19920D8: to=<d@example.com>, status=sent (");
    input.resize(input.len() + 5 * BLOCK, b'x');
    input.extend_from_slice(b" status=\n");
    input.extend_from_slice(&once);
    let mut told = Vec::new();
    let spec = spec(Matcher::Preset(Preset::PostfixDelivered), &[("status", "sent")]);
    let report = test(&spec, "mail", &mut input.as_slice(), NOW, &mut |bytes| told.push(bytes)).expect("it runs");
    assert_eq!((report.count, report.lines), (2 * copies + 1 + 2, 6 * copies + 1 + 6));
    assert!(told.is_sorted() && told.last() == Some(&report.bytes));
    assert_eq!(report.bytes, u64::try_from(input.len()).expect("small"));
}

#[test]
fn an_unknown_counter_is_an_error_with_the_names() {
    let spec = spec(Matcher::Preset(Preset::Exim), &[]);
    let error = test(&spec, "mall", &mut &b""[..], NOW, &mut |_| {}).expect_err("there is no such counter");
    assert_eq!(error.to_string(), "the log has no counter mall. It has: mail");
}
