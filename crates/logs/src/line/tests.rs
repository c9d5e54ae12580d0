use proptest::prelude::*;

use super::*;
use crate::spec::TimeFormat;
use crate::time::Clock;

fn cut(line: &[u8]) -> Line<'_> {
    let stamp = Clock::new(TimeFormat::Auto, Some("UTC")).expect("UTC").read(&[], line, 1_796_094_000);
    Line::cut(line, stamp.head)
}

/// Host, program, process and message, with `|` between.
fn parts(line: &str) -> String {
    let Line { host, program, pid, message, .. } = cut(line.as_bytes());
    [host, program, pid, message].map(String::from_utf8_lossy).join("|")
}

#[test]
fn a_line_is_cut_as_its_syslog_wrote_it() {
    for (line, expected) in [
        ("Nov 30 02:46:56 mx1 postfix/smtp[12]: a: b", "mx1|postfix/smtp|12|a: b"),
        (
            "Nov 30 02:46:56 mx1.example.com postfix/submission/smtpd[12]: a",
            "mx1.example.com|postfix/submission/smtpd|12|a",
        ),
        ("2026-11-30T02:46:56.1+01:00 mx1 postfix/smtp[12]: a", "mx1|postfix/smtp|12|a"),
        ("<22>Nov 30 02:46:56 mx1 postfix/smtp[12]: a", "mx1|postfix/smtp|12|a"),
        ("<22>1 2026-11-30T02:46:56Z mx1 postfix/smtp 12 - - \u{feff}a b", "mx1|postfix/smtp|12|a b"),
        ("<22>1 - mx1 - - - [x@1 a=\"]\\\" \"][y] a b", "mx1|||a b"),
        ("<22>1 2026-11-30T02:46:56Z mx1 app - ID [x a=\"b\"]", "mx1|app||"),
        ("Nov 30 02:46:56 mx1 mail.info postfix/smtp[12]: a", "mx1|postfix/smtp|12|a"),
        ("Nov 30 02:46:56 mail.info postfix/smtp[12]: a", "|postfix/smtp|12|a"),
        ("Nov 30 02:46:56 <mail.info> mx1 postfix/smtp[12]: a", "mx1|postfix/smtp|12|a"),
        ("Nov 30 02:46:56 mx1 sendmail[12]: [ID 801593 mail.info] a: b", "mx1|sendmail|12|a: b"),
        ("Nov 30 02:46:56 postfix/smtp[12]: a", "|postfix/smtp|12|a"),
        ("Nov 30 02:46:56 mx1 kernel: a", "mx1|kernel||a"),
        ("Nov 30 02:46:56 mx1 sshd[12] a", "mx1|sshd|12|a"),
        ("Nov 30 02:46:56 mx1 sshd[12]:a", "mx1|sshd|12|a"),
        ("Nov 30 02:46:56 2001:db8::1 postfix/smtp[12]: a", "2001:db8::1|postfix/smtp|12|a"),
        ("Nov 30 02:46:56 mx1 last message repeated 3 times", "mx1|||last message repeated 3 times"),
        ("yesterday mx1 postfix/smtp[12]: a: b[3]: c", "mx1|postfix/smtp|12|a: b[3]: c"),
        ("no header", "|||no header"),
        ("Nov 30 02:46:56", "|||"),
        ("Nov 30 02:46:56 mx1", "mx1|||"),
        ("", "|||"),
    ] {
        assert_eq!(parts(line), expected, "{line}");
    }
}

#[test]
fn lines_that_stand_for_others_are_known() {
    let found = |line: &'static str| repeated(&cut(line.as_bytes()));
    let text = Some(Repeated::Text(3, b"a: b [c]"));
    assert_eq!(found("Nov 30 02:46:56 mx1 p[1]: message repeated 3 times: [ a: b [c]]"), text);
    assert_eq!(found("Nov 30 02:46:56 mx1 p: message repeated 3 times: [ a: b [c]]"), text);
    assert_eq!(found("<22>1 2026-11-30T02:46:56Z mx1 p 1 - - message repeated 3 times: [ a: b [c]]"), text);
    for line in [
        "Nov 30 02:46:56 mx1 last message repeated 3 times",
        "Nov 30 02:46:56 mx1 --- last message repeated 3 times ---",
        "Nov 30 02:46:56 last message repeated 3 times",
    ] {
        assert_eq!(found(line), Some(Repeated::Last(3)), "{line}");
    }
    assert_eq!(found("Nov 30 02:46:56 mx1 last message repeated 1 time"), Some(Repeated::Last(1)));
    for line in [
        "Nov 30 02:46:56 mx1 p[1]: last message repeated 3 times",
        "Nov 30 02:46:56 mx1 p[1]: the message repeated 3 times: [ a]",
        "Nov 30 02:46:56 mx1 p[1]: message repeated -3 times: [ a]",
        "Nov 30 02:46:56 mx1 last message repeated 99999999999999999999 times",
        "Nov 30 02:46:56 mx1 last message repeated 2000000 times",
        "Nov 30 02:46:56 mx1 last message",
    ] {
        assert_eq!(found(line), None, "{line}");
    }
}

proptest! {
    #[test]
    fn the_parts_of_any_line_are_in_it(line in prop::collection::vec(any::<u8>(), 0..200)) {
        let parts = cut(&line);
        prop_assert!(line.ends_with(parts.message));
        repeated(&parts);
    }

    #[test]
    fn a_header_is_read_as_it_was_written(
        host in "[a-z0-9][a-z0-9-]{0,12}(\\.[a-z]{1,5}){0,2}",
        program in "[a-z][a-z0-9_.-]{0,9}(/[a-z0-9-]{1,9}){0,2}",
        pid in "[0-9]{1,7}",
        message in "[!-Z^-~][ -Z^-~]{0,60}",
    ) {
        let wanted = format!("{host}|{program}|{pid}|{message}");
        prop_assert_eq!(parts(&format!("Nov 30 02:46:56 {host} {program}[{pid}]: {message}")), wanted.clone());
        prop_assert_eq!(parts(&format!("<22>1 2026-11-30T02:46:56Z {host} {program} {pid} - - {message}")), wanted);
    }
}
