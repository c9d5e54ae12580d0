use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

/// 2026-12-01T03:00:00Z
const NOW: i64 = 1_796_094_000;

const FORMATS: [TimeFormat; 7] = [
    TimeFormat::Auto,
    TimeFormat::Rfc3339,
    TimeFormat::Rfc5424,
    TimeFormat::Rfc3164,
    TimeFormat::Nginx,
    TimeFormat::Exim,
    TimeFormat::Arrival,
];

fn clock(zone: &str) -> Clock {
    Clock::new(TimeFormat::Auto, Some(zone)).expect("a zone of the system")
}

fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().expect("RFC 3339").as_second()
}

/// The time that a line has in this zone, if it has one.
fn read(zone: &str, line: &str) -> Option<i64> {
    let stamp = clock(zone).read(&[], line.as_bytes(), NOW);
    stamp.known.then_some(stamp.second)
}

/// This second as a clock in the zone shows it.
fn shown(second: i64, zone: &str) -> jiff::ZonedDateTime {
    let zone = TimeZone::get(zone).expect("a zone of the system");
    Timestamp::from_second(second).expect("in range").to_zoned_datetime(zone)
}

#[test]
fn a_line_has_the_time_that_it_says() {
    for (line, time) in [
        ("2026-11-30T02:46:56Z host x", "2026-11-30T02:46:56Z"),
        ("2026-11-30T02:46:56.1+01:00 host x", "2026-11-30T01:46:56Z"),
        ("2026-11-30T02:46:56.123456789012-0530 host x", "2026-11-30T08:16:56Z"),
        ("2026-11-30T02:46:56+01 host x", "2026-11-30T01:46:56Z"),
        ("2026-11-30t02:46:56,5z host x", "2026-11-30T02:46:56Z"),
        ("2026-11-30T02:46:56 host x", "2026-11-30T01:46:56Z"),
        ("<34>1 2026-11-30T02:46:56.003Z host app - - - x", "2026-11-30T02:46:56Z"),
        ("<34>2026-11-30T02:46:56Z host app: x", "2026-11-30T02:46:56Z"),
        ("<13>Nov 30 02:46:56 host app: x", "2026-11-30T01:46:56Z"),
        ("Nov 30 02:46:56 host app: x", "2026-11-30T01:46:56Z"),
        ("Nov  3 02:46:56 host app: x", "2026-11-03T01:46:56Z"),
        ("Nov 03 02:46:56 host app: x", "2026-11-03T01:46:56Z"),
        ("Nov 3 02:46:56 host app: x", "2026-11-03T01:46:56Z"),
        ("Nov 30 02:46:56.123456 host app: x", "2026-11-30T01:46:56Z"),
        ("Nov 30 2025 02:46:56 host app: x", "2025-11-30T01:46:56Z"),
        ("Nov 30 02:46:56 2025 host app: x", "2025-11-30T01:46:56Z"),
        ("2025 Nov 30 02:46:56 host app: x", "2025-11-30T01:46:56Z"),
        ("*Nov 30 02:46:56.123: %SYS-5-CONFIG_I: x", "2026-11-30T01:46:56Z"),
        ("Mon Nov 30 02:46:56 2026 mail.info app: x", "2026-11-30T01:46:56Z"),
        ("Mon 2026-11-30 02:46:56 CET host app: x", "2026-11-30T01:46:56Z"),
        ("Mon 2026-11-30 02:46:56 UTC host app: x", "2026-11-30T02:46:56Z"),
        ("[Mon Nov 30 02:46:56.123456 2026] [core:error] x", "2026-11-30T01:46:56Z"),
        ("192.0.2.1 - - [30/Nov/2026:02:46:56 +0100] \"GET / HTTP/1.1\" 200 5", "2026-11-30T01:46:56Z"),
        ("www.example.com 2001:db8::1 - a [30/Nov/2026:02:46:56 -0500] \"GET", "2026-11-30T07:46:56Z"),
        ("x - [01/Jan/2001:00:00:00 +0000] [30/Nov/2026:02:46:56 +0000] \"GET [x]", "2026-11-30T02:46:56Z"),
        ("x - - [30/Nov/2026:02:46:56 +0000] \"GET /[01/Jan/2001:00:00:00 +0000]", "2026-11-30T02:46:56Z"),
        ("2026/11/30 02:46:56 [error] 1#1: x", "2026-11-30T01:46:56Z"),
        ("2026-11-30 02:46:56 1rABCD-0001Xy-2z <= a", "2026-11-30T01:46:56Z"),
        ("2026-11-30 02:46:56.123 1rABCD-0001Xy-2z <= a", "2026-11-30T01:46:56Z"),
        ("2026-11-30 02:46:56.123 +0100 [1234] 1rABCD-0001Xy-2z <= a", "2026-11-30T01:46:56Z"),
        ("2026-11-30 02:46:56 -0500 1rABCD-0001Xy-2z <= a", "2026-11-30T07:46:56Z"),
        ("2026-11-30 02:46:56 [1234] 1rABCD-0001Xy-2z <= a", "2026-11-30T01:46:56Z"),
        ("2026-11-30  2:46:56 0 [Note] x", "2026-11-30T01:46:56Z"),
        ("2026-11-30 02:46:56.123 UTC [12] LOG: x", "2026-11-30T02:46:56Z"),
        ("2026-11-30T23:59:60Z leap second", "2026-11-30T23:59:59Z"),
        ("2026-12-02T03:00:00Z exactly a day ahead", "2026-12-02T03:00:00Z"),
        ("1999-12-31T23:59:59Z old", "1999-12-31T23:59:59Z"),
    ] {
        assert_eq!(read("Europe/Berlin", line), Some(at(time)), "{line}");
    }
}

#[test]
fn a_line_without_a_usable_time_has_that_of_its_read() {
    for line in [
        "",
        "hello",
        "<34>1 - host app - - - no time",
        "2026-12-02T03:00:01Z more than a day ahead",
        "9999-12-31T23:59:59Z",
        "2026-02-30T00:00:00Z no such day",
        "2026-13-01T00:00:00Z",
        "2026-11-30T24:00:00Z",
        "2026-11-30T02:46 no second",
        "1969-12-31T23:59:59Z",
        "Nov 31 02:46:56 host",
        "Nov 30 02:60:56 host",
        "Nox 30 02:46:56 host",
        "192.0.2.1 - - [30/Nov/2026:02:46:56 CET] \"GET",
        "192.0.2.1 - - [30/Nov/2026:02:46:56 +0100 \"GET",
        "<1234>Nov 30 02:46:56 host",
        "<>1 2026-11-30T02:46:56Z",
    ] {
        let stamp = clock("UTC").read(&[], line.as_bytes(), NOW);
        assert!(!stamp.known && stamp.second == NOW, "{line}");
    }
}

#[test]
fn without_a_year_it_is_the_latest_that_is_at_most_a_day_ahead() {
    for (line, now, time) in [
        ("Dec  2 02:59:59", "2026-12-01T03:00:00Z", "2026-12-02T02:59:59Z"),
        ("Dec  2 03:00:01", "2026-12-01T03:00:00Z", "2025-12-02T03:00:01Z"),
        ("Dec 31 23:59:59", "2027-01-01T00:00:02Z", "2026-12-31T23:59:59Z"),
        ("Jan  1 00:00:01", "2026-12-31T23:59:58Z", "2027-01-01T00:00:01Z"),
        ("Jan  1 00:00:01", "2027-01-01T00:00:02Z", "2027-01-01T00:00:01Z"),
        ("Feb 29 12:00:00", "2026-12-01T03:00:00Z", "2024-02-29T12:00:00Z"),
        ("Feb 29 12:00:00", "2028-02-28T13:00:00Z", "2028-02-29T12:00:00Z"),
        ("Feb 29 12:00:00", "2103-01-01T00:00:00Z", "2096-02-29T12:00:00Z"),
        ("Mar  1 00:00:00", "2028-02-29T23:59:59Z", "2028-03-01T00:00:00Z"),
    ] {
        let stamp = clock("UTC").read(&[], line.as_bytes(), at(now));
        assert!(stamp.known, "{line}");
        assert_eq!(stamp.second, at(time), "{line} at {now}");
    }
}

#[test]
fn the_year_ends_in_the_middle_of_a_log() {
    let mut clock = clock("America/New_York");
    let now = at("2027-01-01T05:00:30Z");
    let lines = ["Dec 31 23:59:58", "Dec 31 23:59:59", "Jan  1 00:00:00", "Dec 31 23:59:59", "Jan  1 00:00:01"];
    let seconds: Vec<i64> = lines.iter().map(|line| clock.read(&[], line.as_bytes(), now).second).collect();
    let midnight = at("2027-01-01T05:00:00Z");
    assert_eq!(seconds, [-2, -1, 0, -1, 1].map(|second| midnight + second));
}

/// Clocks in Berlin go back on 2026-10-25 at 03:00 (01:00 UTC), and forward on 2026-03-29 at 02:00 (01:00 UTC).
#[test]
fn the_hour_that_occurs_twice_is_counted_forward() {
    let mut clock = clock("Europe/Berlin");
    // Read a day later: only the order tells the hours apart.
    let now = at("2026-10-26T12:00:00Z");
    let start = at("2026-10-24T23:30:00Z");
    for minute in 0..240 {
        let second = start + minute * 60;
        let shown = shown(second, "Europe/Berlin");
        let line = shown.strftime("%b %e %H:%M:%S host x").to_string();
        assert_eq!(clock.read(&[], line.as_bytes(), now).second, second, "{line} in minute {minute}");
        // A line that is a little late does not turn the clock back.
        let late = (shown - jiff::SignedDuration::from_secs(2)).strftime("%b %e %H:%M:%S host x").to_string();
        let found = clock.read(&[], late.as_bytes(), now).second;
        assert!((second - 2..=second).contains(&found) || minute == 90, "{late} in minute {minute}: {found}");
    }
}

#[test]
fn lines_between_decide_which_hour_is_meant() {
    let now = at("2026-10-26T12:00:00Z");
    let mut clock = clock("Europe/Berlin");
    clock.read(&[], b"Oct 25 01:50:00 host x", now);
    let between = b"Oct 25 02:20:00 host y\nOct 25 02:55:00 host y\nOct 25 02:05:00 host y\n";
    assert_eq!(clock.read(between, b"Oct 25 02:30:00 host x", now).second, at("2026-10-25T01:30:00Z"));
}

#[test]
fn without_lines_before_the_time_of_the_read_decides_which_hour_is_meant() {
    for (now, time) in [
        ("2026-10-25T00:30:02Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:30:02Z", "2026-10-25T01:30:00Z"),
        ("2026-10-26T12:00:00Z", "2026-10-25T00:30:00Z"),
    ] {
        let stamp = clock("Europe/Berlin").read(&[], b"Oct 25 02:30:00 host x", at(now));
        assert_eq!(stamp.second, at(time), "read at {now}");
    }
}

#[test]
fn a_time_that_is_skipped_is_as_late_as_it_says() {
    let now = at("2026-03-30T12:00:00Z");
    let stamp = clock("Europe/Berlin").read(&[], b"Mar 29 02:30:00 host x", now);
    assert_eq!(stamp.second, at("2026-03-29T01:30:00Z"));
}

#[test]
fn the_form_may_change_in_the_middle() {
    let mut clock = clock("UTC");
    for line in ["Nov 30 10:00:00 h x", "2026-11-30T10:00:00+00:00 h x", "2026/11/30 10:00:00 [x]", "Nov 30 10:00:00 h"]
    {
        assert_eq!(clock.read(&[], line.as_bytes(), NOW).second, at("2026-11-30T10:00:00Z"), "{line}");
    }
}

#[test]
fn a_configured_form_excludes_the_others() {
    let line = |format, line: &str| Clock::new(format, Some("UTC")).expect("UTC").read(&[], line.as_bytes(), NOW).known;
    let lines = [
        (TimeFormat::Rfc3339, "2026-11-30T10:00:00Z x"),
        (TimeFormat::Rfc5424, "<34>1 2026-11-30T10:00:00Z x"),
        (TimeFormat::Rfc3164, "Nov 30 10:00:00 x"),
        (TimeFormat::Nginx, "2026/11/30 10:00:00 [x]"),
        (TimeFormat::Nginx, "192.0.2.1 - - [30/Nov/2026:02:46:56 +0100] \"GET"),
        (TimeFormat::Exim, "2026-11-30 10:00:00 x"),
    ];
    for (own, text) in lines {
        for format in FORMATS {
            let expected = format == own || format == TimeFormat::Auto;
            assert_eq!(line(format, text), expected, "{format:?}: {text}");
        }
    }
}

#[test]
fn an_unknown_zone_is_an_error() {
    assert!(Clock::new(TimeFormat::Auto, Some("Europe/Atlantis")).is_err());
    assert!(Clock::new(TimeFormat::Auto, None).is_ok());
}

const ZONES: [&str; 6] =
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"];

/// Seconds from 1971 to the day after `NOW`.
fn seconds() -> std::ops::Range<i64> {
    31_536_000..NOW + 86_000
}

proptest! {
    #[test]
    fn no_line_panics(
        format in 0..FORMATS.len(),
        line in prop::collection::vec(any::<u8>(), 0..120),
        now in any::<i64>(),
    ) {
        let mut clock = Clock::new(FORMATS[format], Some("Europe/Berlin")).expect("tz");
        let stamp = clock.read(&line, &line, now);
        prop_assert!(stamp.head.start() <= line.len());
    }

    #[test]
    fn no_line_that_nearly_is_one_panics(
        start in "(<[0-9]{0,4}>[0-9]? ?)?([A-Z][a-z]{2} )?\\[?",
        date in "[0-9A-Zac-y]{2,4}[-/ ][0-9A-Zac-y ]{2,3}[-/ ]?[0-9 ]{1,4}",
        time in "[T :][0-9 ]{2}:[0-9]{2}:[0-9]{2}[.,]?[0-9]{0,9}[ Z+-]?[0-9:]{0,5}.{0,9}",
        now in any::<i64>(),
    ) {
        let line = [start, date, time].concat();
        let stamp = clock("Europe/Berlin").read(&[], line.as_bytes(), now);
        prop_assert!(stamp.head.start() <= line.len());
        prop_assert!(stamp.second.saturating_sub(AHEAD) <= now);
    }

    #[test]
    fn a_time_with_its_zone_is_read_as_it_was_written(
        second in seconds(),
        zone in 0..ZONES.len(),
        millis in 0..1000_i64,
    ) {
        let zoned = shown(second, ZONES[zone]) + jiff::SignedDuration::from_millis(millis);
        // Offsets with seconds cannot be written.
        prop_assume!(zoned.offset().seconds() % 60 == 0);
        for form in [
            "%Y-%m-%dT%H:%M:%S%:z h x",
            "%Y-%m-%dT%H:%M:%S.%f%z h x",
            "<9>1 %Y-%m-%dT%H:%M:%S.%3f%:z h x",
            "a b c [%d/%b/%Y:%H:%M:%S %z] \"GET",
            "%Y-%m-%d %H:%M:%S %z [12] x",
            "%Y-%m-%d %H:%M:%S.%3f %z x",
        ] {
            let line = zoned.strftime(form).to_string();
            prop_assert_eq!(read("Pacific/Apia", &line), Some(second), "{}", line);
        }
    }

    #[test]
    fn a_local_time_is_read_as_jiff_does(second in seconds(), zone in 0..ZONES.len()) {
        let zoned = shown(second, ZONES[zone]);
        let local: DateTime = zoned.datetime();
        let both = zoned.time_zone().to_ambiguous_timestamp(local);
        let times = [both.earlier(), both.later()].map(|time| time.expect("in range").as_second());
        for form in [
            "%Y-%m-%dT%H:%M:%S h x",
            "%Y-%m-%d %H:%M:%S x",
            "%Y/%m/%d %H:%M:%S [error]",
            "%b %e %Y %H:%M:%S h",
            "%a %b %d %H:%M:%S %Y x",
        ] {
            let line = zoned.strftime(form).to_string();
            let found = read(ZONES[zone], &line).expect("a time");
            prop_assert!(times.contains(&found), "{line}: {found}");
        }
    }

    #[test]
    fn a_time_without_a_year_is_that_of_the_last_months(back in 0..300_i64 * 86_400, zone in 0..ZONES.len()) {
        let zoned = shown(NOW - back, ZONES[zone]);
        let line = zoned.strftime("%b %e %H:%M:%S host x").to_string();
        let found = read(ZONES[zone], &line).expect("a time");
        prop_assert!([0, 1800, 3600].contains(&(NOW - back - found).abs()), "{line}");
    }

    /// What the lines before have left behind does not matter.
    #[test]
    fn a_line_has_the_same_time_after_any_other(
        lines in prop::collection::vec((0..FORMS.len(), 0..3_i64, 0..60_i64, 0..3_usize), 1..30),
        zone in 0..ZONES.len(),
    ) {
        let mut clock = clock(ZONES[zone]);
        for (form, minute, second, day) in lines {
            let text = shown(NOW - 100_000 + minute * 60 + second, ZONES[zone]).strftime(FORMS[form]).to_string();
            let now = NOW + i64::try_from(day).expect("small") * 86_400;
            let alone = Clock::new(TimeFormat::Auto, Some(ZONES[zone])).expect("tz").read(&[], text.as_bytes(), now);
            prop_assert_eq!(clock.read(&[], text.as_bytes(), now), alone, "{}", text);
        }
    }
}

/// Lines that begin alike and mean different times.
const FORMS: [&str; 14] = [
    "%b %e %H:%M:%S mx1 x",
    "%b %e %H:%M:%S 2025 mx1 x",
    "%b %e %H:%M:%S.12 mx1 x",
    "%Y-%m-%dT%H:%M:%S%:z mx1",
    "%Y-%m-%dT%H:%M:%S.123%:z mx1",
    "%Y-%m-%dT%H:%M:%S.123+01:00 mx1",
    "%Y-%m-%dT%H:%M:%SZ mx1",
    "%Y-%m-%dT%H:%M:%S mx1",
    "%Y-%m-%d %H:%M:%S mx1",
    "%Y-%m-%d %H:%M:%S +0300 mx1",
    "%Y-%m-%d %H:%M:%S UTC mx1",
    "%Y-%m-%d %H:%M:%S,5 mx1",
    "<22>1 %Y-%m-%dT%H:%M:%SZ mx1 app",
    "<22>%b %e %H:%M:%S mx1 app",
];
