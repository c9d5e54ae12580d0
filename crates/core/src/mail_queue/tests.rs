use std::fmt::Write as _;
use std::time::Duration;

use super::*;
use crate::reading::Reading;
use crate::reading::outcome::Outcome;
use crate::reading::range::Thresholds;
use crate::render::nagios;

fn range(warning: &str, critical: &str) -> Thresholds {
    Thresholds { warning: warning.parse().ok(), critical: critical.parse().ok() }
}

fn postfix() -> MailQueue {
    let mut queue = MailQueue::default();
    for number in 0..12_u8 {
        let domain = if number < 7 { "gmail.example" } else { "example.org" };
        queue.add(QueueName::Deferred, Some(f64::from(number) * 600.0), [domain.to_owned()]);
    }
    queue.add(QueueName::Active, Some(2.0), ["gmail.example".to_owned(), "example.org".to_owned()]);
    queue.add(QueueName::Hold, Some(900_000.0), ["example.net".to_owned()]);
    queue
}

fn limits() -> QueueLimits {
    QueueLimits { total: range("100", "500"), domain: range("50", "200"), age: range("7200", "259200") }
}

#[test]
fn every_queue_has_its_line() {
    let limited = |total: Thresholds| QueueLimits { total, ..QueueLimits::default() };
    let denied = |system| QueueFault::Denied {
        system,
        account: "nagios".to_owned(),
        words: "fatal: $not allowed|".to_owned(),
        command: "/usr/sbin/exim4 -bp".to_owned(),
    };
    let down = |read| QueueFault::Down { system: MailSystem::Postfix, read };
    let late = QueueFault::Late { program: "postqueue".to_owned(), within: Duration::from_secs(9) };
    let mut exim = MailQueue::default();
    exim.add(QueueName::Frozen, Some(400_000.0), [domain("a@b.example")]);
    exim.add(QueueName::Waiting, Some(1_500.0), [domain("root")]);
    let mut odd = postfix();
    odd.add_unknown();
    let mut unread = MailQueue::default();
    unread.add_unknown();
    let empty = MailQueue::default();
    let mut lines = String::new();
    for (name, system, queue, fault, limits) in [
        ("fine", Some(MailSystem::Postfix), &postfix(), None, limits()),
        ("no limits", Some(MailSystem::Postfix), &postfix(), None, QueueLimits::default()),
        ("empty", Some(MailSystem::Postfix), &empty, None, limits()),
        ("too many", Some(MailSystem::Postfix), &postfix(), None, limited(range("10", "13"))),
        ("a few too many", Some(MailSystem::Postfix), &postfix(), None, limited(range("10", "14"))),
        ("too few, for a pipeline", Some(MailSystem::Postfix), &empty, None, limited(range("", "1:"))),
        (
            "old",
            Some(MailSystem::Postfix),
            &postfix(),
            None,
            QueueLimits { age: range("3600", "259200"), ..QueueLimits::default() },
        ),
        (
            "one domain",
            Some(MailSystem::Postfix),
            &postfix(),
            None,
            QueueLimits { domain: range("5", "7"), ..QueueLimits::default() },
        ),
        ("exim", Some(MailSystem::Exim), &exim, None, limits()),
        ("not all understood", Some(MailSystem::Postfix), &odd, None, limits()),
        ("nothing understood", Some(MailSystem::Postfix), &unread, None, limits()),
        ("down", Some(MailSystem::Postfix), &empty, Some(down(false)), limits()),
        ("down, read by root", Some(MailSystem::Postfix), &postfix(), Some(down(true)), limits()),
        ("late", Some(MailSystem::Postfix), &postfix(), Some(late.clone()), limits()),
        (
            "late, too many already",
            Some(MailSystem::Postfix),
            &postfix(),
            Some(late.clone()),
            limited(range("2", "10")),
        ),
        ("late, a few too many already", Some(MailSystem::Postfix), &postfix(), Some(late), limited(range("10", "90"))),
        ("no postfix", None, &empty, Some(QueueFault::Missing { programs: "postqueue or exim".to_owned() }), limits()),
        ("denied by postfix", Some(MailSystem::Postfix), &empty, Some(denied(MailSystem::Postfix)), limits()),
        ("denied by exim", Some(MailSystem::Exim), &empty, Some(denied(MailSystem::Exim)), limits()),
    ] {
        let answer = judge(system, queue, fault.as_ref(), &limits);
        writeln!(lines, "{name}\n    {}", nagios::plugin(&answer, false)).expect("a String takes it");
    }
    let answer = judge(Some(MailSystem::Postfix), &odd, None, &limits());
    writeln!(lines, "with -v\n{}", nagios::plugin(&answer, true)).expect("a String takes it");
    insta::assert_snapshot!(lines);
}

#[test]
fn a_million_domains_do_not_take_the_memory() {
    let mut queue = MailQueue::default();
    for number in 0..300_000_u32 {
        queue.add(QueueName::Deferred, Some(1.0), [format!("d{number}.example")]);
    }
    queue.add(QueueName::Deferred, Some(1.0), ["d7.example".to_owned()]);
    assert_eq!(queue.domains.len(), MOST_DOMAINS);
    assert_eq!((queue.total, queue.further_domains), (300_001, 200_000));
    assert_eq!(queue.largest_domains(2), [("d7.example", 2), ("d0.example", 1)]);
}

#[test]
fn a_queue_that_was_not_read_to_its_end_is_never_ok_and_has_every_label() {
    let late = QueueFault::Late { program: "postqueue".to_owned(), within: Duration::from_secs(9) };
    let labels = |answer: &crate::check::Answer| -> Vec<String> {
        let items = answer.readings.iter().filter_map(Reading::perfdata);
        items.filter_map(|item| Some(item.split_once('=')?.0.to_owned())).collect()
    };
    let whole = judge(Some(MailSystem::Postfix), &postfix(), None, &limits());
    for queue in [MailQueue::default(), postfix()] {
        let answer = judge(Some(MailSystem::Postfix), &queue, Some(&late), &limits());
        assert_eq!(answer.outcome, Outcome::Unknown);
        assert_eq!(labels(&answer), labels(&whole));
    }
}

#[test]
fn a_domain_is_what_follows_the_last_at_sign() {
    for (address, expected) in [
        ("user@Example.COM", "example.com"),
        ("\"a@b\"@example.org.", "example.org"),
        ("root", "(local)"),
        ("x@", "(local)"),
        ("", "(local)"),
        ("<u@[192.0.2.1]>", "[192.0.2.1]"),
    ] {
        assert_eq!(domain(address), expected, "{address}");
    }
}
