mod laws;
mod memory;
mod postfix;

use super::*;
use crate::spec::TimeFormat;
use crate::time::Clock;

/// 2026-12-01T03:00:00Z
const NOW: i64 = 1_796_094_000;

const PRESETS: [Preset; 7] = [
    Preset::PostfixAccepted,
    Preset::PostfixDelivered,
    Preset::PostfixMessages,
    Preset::Exim,
    Preset::Sendmail,
    Preset::NginxCombined,
    Preset::NginxError,
];

fn hops(entries: &[&str]) -> Hops {
    Hops::new(&entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>()).expect("entries of content_filters")
}

fn reader(preset: Preset, filters: &[&str]) -> Reader {
    Reader::preset(preset, hops(filters), &BTreeMap::new())
}

/// What a reader says of a line: the count with the captures that are not empty, `unmatched`, or nothing.
fn say(reader: &mut Reader, preset: Preset, line: &str) -> String {
    let mut clock = Clock::new(TimeFormat::Auto, Some("UTC")).expect("UTC");
    let stamp = clock.read(&[], line.as_bytes(), NOW);
    let cut = Line::cut(line.as_bytes(), stamp.head);
    let mut values = Values::default();
    let verdict = reader.read(&cut, stamp, &mut values);
    let literals = definition(preset).literals;
    if verdict != Verdict::Other {
        assert!(literals.iter().any(|literal| memchr::memmem::find(line.as_bytes(), literal).is_some()), "{line}");
    }
    match verdict {
        Verdict::Match(count) => {
            let names = definition(preset).captures.iter().enumerate();
            let captures = names.map(|(place, name)| (name, String::from_utf8_lossy(values.get(place))));
            let captures = captures.filter(|(name, value)| !value.is_empty() && **name != "host");
            let captures: Vec<String> = captures.map(|(name, value)| format!("{name}={value}")).collect();
            format!("{count} {}", captures.join(" "))
        }
        Verdict::Resembles => "unmatched".to_owned(),
        Verdict::Other => String::new(),
    }
}

/// Lines, each followed by what a reader says of it: two blanks, and `-` for nothing. `#` begins a comment.
fn table(preset: Preset, lines: &str) {
    let mut line = "";
    let mut count = 0;
    for text in lines.lines().filter(|text| !text.starts_with('#')) {
        match text.strip_prefix("  ") {
            Some(expected) => {
                let expected = if expected == "-" { "" } else { expected };
                assert_eq!(say(&mut reader(preset, &[]), preset, line), expected, "{line}");
                count += 1;
            }
            None => line = text,
        }
    }
    assert!(count > 5, "the table is empty");
}

#[test]
fn deliveries_of_every_version_and_agent() {
    table(Preset::PostfixDelivered, include_str!("lines/postfix-delivered.txt"));
}

#[test]
fn exim_lines_of_every_flag_and_format() {
    table(Preset::Exim, include_str!("lines/exim.txt"));
}

#[test]
fn sendmail_lines() {
    table(Preset::Sendmail, include_str!("lines/sendmail.txt"));
}

#[test]
fn requests_of_nginx_and_apache() {
    table(Preset::NginxCombined, include_str!("lines/nginx-combined.txt"));
}

#[test]
fn entries_of_the_error_log_of_nginx() {
    table(Preset::NginxError, include_str!("lines/nginx-error.txt"));
}

#[test]
fn the_hop_between_two_daemons_of_sendmail_counts_nothing() {
    let head = "Nov 30 02:46:56 mx1";
    let inside =
        format!("{head} sendmail[1]: 4AU1kuT0012345: to=b, mailer=relay, relay=[127.0.0.1] [127.0.0.1], stat=Sent (x)");
    let again =
        format!("{head} sm-mta[1]: 4AU1kuT0012346: from=<r@e>, nrcpts=1, msgid=<1@e>, relay=localhost [127.0.0.1]");
    for (filters, expected) in [(&[][..], false), (&["127.0.0.1"], true)] {
        for line in [&inside, &again] {
            let said = say(&mut reader(Preset::Sendmail, filters), Preset::Sendmail, line);
            assert_eq!(said.is_empty(), expected, "{filters:?}: {line}");
        }
    }
}
