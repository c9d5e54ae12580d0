use super::*;

/// A line of a program.
macro_rules! syslog {
    ($text:literal) => {
        concat!("Nov 30 02:46:56 mx1 ", $text)
    };
}

/// What a reader with a memory counts of a whole log.
fn counted(preset: Preset, filters: &[&str], log: &[&str]) -> (u64, u64) {
    let mut reader = reader(preset, filters);
    let (mut sum, mut unmatched) = (0, 0);
    for line in log {
        match say(&mut reader, preset, line).split(' ').next() {
            Some("unmatched") => unmatched += 1,
            Some(count) => sum += count.parse().unwrap_or(0),
            None => {}
        }
    }
    (sum, unmatched)
}

#[test]
fn a_delivery_to_a_content_filter_is_a_hop() {
    let delivered = |filter: &str, relay: &str| {
        let line =
            format!("Nov 30 02:46:56 mx1 postfix/smtp[1]: 2DCF19920D4: to=<a@b>, relay={relay}, status=sent (x)");
        say(&mut reader(Preset::PostfixDelivered, &[filter]), Preset::PostfixDelivered, &line)
    };
    for (filter, relay, hop) in [
        ("127.0.0.1:10024", "127.0.0.1[127.0.0.1]:10024", true),
        ("127.0.0.1:10024", "localhost[127.0.0.1]:10024", true),
        ("localhost:10024", "localhost[127.0.0.1]:10024", true),
        ("LOCALHOST:10024", "localhost[::1]:10024", true),
        ("[127.0.0.1]:10024", "127.0.0.1[127.0.0.1]:10024", true),
        ("smtp-amavis:[127.0.0.1]:10024", "127.0.0.1[127.0.0.1]:10024", true),
        ("[::1]:10024", "::1[::1]:10024", true),
        ("127.0.0.1:10024", "127.0.0.1[127.0.0.1]:10025", false),
        ("127.0.0.1:10024", "127.0.0.1[127.0.0.1]:100245", false),
        ("127.0.0.1:10024", "mx.example.net[192.0.2.1]:10024", false),
        ("127.0.0.1", "127.0.0.1[127.0.0.1]:10024", true),
        ("spamassassin", "spamassassin", true),
        ("filter:dummy", "filter", true),
        ("lmtp:unix:private/filter", "mx1[private/filter]", true),
        ("postfix/10025", "postfix", false),
    ] {
        assert_eq!(delivered(filter, relay).is_empty(), hop, "{filter}: {relay}");
    }
    for wrong in ["", " ", "a b", "a, b", ":10024", "[]:1"] {
        assert!(Hops::new(&[wrong.to_owned()]).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_message_is_accepted_when_it_is_in_the_queue() {
    let client =
        syslog!("postfix/smtpd[1]: 2DCF19920D4: client=x.example.com[192.0.2.1], sasl_method=PLAIN, sasl_username=u");
    let id = syslog!("postfix/cleanup[1]: 2DCF19920D4: message-id=<1@example.com>");
    let active = syslog!("postfix/qmgr[1]: 2DCF19920D4: from=<a@example.com>, size=1, nrcpt=1 (queue active)");
    let removed = syslog!("postfix/qmgr[1]: 2DCF19920D4: removed");
    let pickup = syslog!("postfix/pickup[1]: 2DCF19920D4: uid=0 from=<root>");
    let rejected =
        syslog!("postfix/cleanup[1]: 2DCF19920D4: milter-reject: END-OF-MESSAGE from x: 5.7.1 spam; from=<a@b>");
    let expired = syslog!("postfix/qmgr[1]: 2DCF19920D4: from=<a@example.com>, status=expired, returned to sender");
    let qmqp = syslog!("postfix/qmqpd[1]: 2DCF19920D4: client=x.example.com[192.0.2.1]");
    let filtered = syslog!(
        "postfix/smtpd[1]: 2DCF19920D4: client=localhost[127.0.0.1], orig_queue_id=1AAF19920D4, orig_client=x[::1]"
    );
    let proxied = syslog!(
        "postfix/smtpd[1]: 2DCF19920D4: client=localhost[127.0.0.1], orig_queue_id=NOQUEUE, orig_client=x[192.0.2.1]"
    );
    let noqueue = syslog!("postfix/smtpd[1]: NOQUEUE: client=x.example.com[192.0.2.1]");
    let service = syslog!("postfix/10025/smtpd[1]: 2DCF19920D4: client=localhost[127.0.0.1]");
    let changed_id = syslog!("postfix/smtpd[1]: 2DCF-19920D4: client=x.example.com[192.0.2.1]");
    let changed_queue = syslog!("postfix/qmgr[1]: 2DCF19920D4: from=<a@example.com>, bytes=1 (queue active) x");
    for (name, filters, log, expected) in [
        ("SMTP", &[][..], vec![client, id, active, removed], (1, 0)),
        ("sendmail(1)", &[], vec![pickup, id, active, removed], (1, 0)),
        ("QMQP", &[], vec![qmqp, id, active, removed], (1, 0)),
        ("retries", &[], vec![client, id, active, active, active, expired, removed], (1, 0)),
        ("the id again", &[], vec![client, id, active, removed, client, id, active, removed], (2, 0)),
        ("refused after its data", &[], vec![client, id, rejected], (0, 0)),
        ("refused, then the id again", &[], vec![client, id, rejected, client, id, active], (1, 0)),
        ("a notice", &[], vec![id, active, removed], (0, 0)),
        ("the log begins in the middle", &[], vec![active, removed], (0, 0)),
        ("XFORWARD after the queue", &[], vec![filtered, id, active, removed], (0, 0)),
        ("XFORWARD before the queue", &[], vec![noqueue, proxied, id, active, removed], (1, 0)),
        ("a service for returns", &["postfix/10025"], vec![service, id, active, removed], (0, 0)),
        ("another service", &["postfix/1002"], vec![service, id, active, removed], (1, 0)),
        ("another id", &[], vec![changed_id], (0, 1)),
        ("another queue line", &[], vec![client, changed_queue], (0, 1)),
    ] {
        assert_eq!(counted(Preset::PostfixAccepted, filters, &log), expected, "{name}");
    }
}

#[test]
fn mail_that_a_filter_gives_back_is_not_accepted_again() {
    let line = |text: &str| format!("Nov 30 02:46:56 mx1 postfix/{text}");
    let message = |id: &str, client: &str, message_id: &str| {
        [
            line(&format!("smtpd[1]: {id}: client={client}")),
            line(&format!("cleanup[1]: {id}: message-id={message_id}")),
            line(&format!("qmgr[1]: {id}: from=<a@example.com>, size=1, nrcpt=1 (queue active)")),
        ]
    };
    let removed = |id: &str| [line(&format!("qmgr[1]: {id}: removed"))];
    let far = "x.example.com[192.0.2.1]";
    let near = "localhost[127.0.0.1]";
    let count = |parts: &[&[String]]| {
        let log: Vec<&str> = parts.iter().flat_map(|part| part.iter().map(String::as_str)).collect();
        counted(Preset::PostfixAccepted, &["127.0.0.1:10024"], &log).0
    };
    let first = message("AAAAAAAAAAA", far, "<1@example.com>");
    let again = message("BBBBBBBBBBB", near, "<1@example.com>");
    assert_eq!(count(&[&first, &again, &removed("AAAAAAAAAAA"), &removed("BBBBBBBBBBB")]), 1);
    assert_eq!(count(&[&first, &removed("AAAAAAAAAAA"), &again]), 2, "the first one is gone");
    assert_eq!(count(&[&first, &message("BBBBBBBBBBB", far, "<1@example.com>")]), 2, "another host sends it again");
    assert_eq!(count(&[&first, &message("BBBBBBBBBBB", near, "<2@example.com>")]), 2, "another message");
    let nameless = [message("AAAAAAAAAAA", near, "<>"), message("BBBBBBBBBBB", near, "<>")].concat();
    assert_eq!(count(&[&nameless]), 2, "without Message-ID");
    let chain = message("CCCCCCCCCCC", near, "<1@example.com>");
    assert_eq!(count(&[&first, &again, &removed("AAAAAAAAAAA"), &chain]), 1, "two filters, one after the other");
}

#[test]
fn a_message_counts_when_the_first_recipient_has_it() {
    let active = syslog!("postfix/qmgr[1]: 2DCF19920D4: from=<a@example.com>, size=1, nrcpt=2 (queue active)");
    let other = syslog!("postfix/qmgr[1]: 2DCF19920D4: from=<b@example.com>, size=1, nrcpt=2 (queue active)");
    let notice = syslog!("postfix/qmgr[1]: 2DCF19920D4: from=<>, size=1, nrcpt=1 (queue active)");
    let sent = syslog!("postfix/smtp[1]: 2DCF19920D4: to=<a@example.com>, relay=x[192.0.2.1]:25, status=sent (ok)");
    let elsewhere =
        "Nov 30 02:46:56 mx2 postfix/smtp[1]: 2DCF19920D4: to=<a@b>, relay=x[192.0.2.1]:25, status=sent (ok)";
    let deferred = syslog!("postfix/smtp[1]: 2DCF19920D4: to=<b@example.com>, relay=none, status=deferred (x)");
    let filter = syslog!("postfix/smtp[1]: 2DCF19920D4: to=<a@b>, relay=127.0.0.1[127.0.0.1]:10024, status=sent (ok)");
    let forwarded =
        syslog!("postfix/local[1]: 2DCF19920D4: to=<a@b>, relay=local, status=sent (forwarded as 3DCF19920D4)");
    let removed = syslog!("postfix/qmgr[1]: 2DCF19920D4: removed");
    let hop = &["127.0.0.1:10024"][..];
    for (name, filters, log, expected) in [
        ("two recipients", &[][..], vec![active, sent, sent, removed], 1),
        ("one now, one later", &[], vec![active, sent, deferred, active, sent, removed], 1),
        ("none", &[], vec![active, deferred, active, deferred, removed], 0),
        ("after a retry", &[], vec![active, deferred, active, sent, removed], 1),
        ("the id again", &[], vec![active, sent, removed, active, sent, removed], 2),
        ("the id again, the removal lost", &[], vec![active, sent, other, sent], 2),
        ("two hosts", &[], vec![active, sent, elsewhere], 2),
        ("a notice", &[], vec![notice, sent, removed], 0),
        ("after a notice of the same id", &[], vec![notice, sent, removed, active, sent], 1),
        ("the log begins in the middle", &[], vec![sent, sent, removed], 1),
        ("to a filter", hop, vec![active, filter, removed], 0),
        ("to a filter that is not named", &[], vec![active, filter, removed], 1),
        ("forwarded", &[], vec![active, forwarded, removed], 0),
    ] {
        assert_eq!(counted(Preset::PostfixMessages, filters, &log), (expected, 0), "{name}");
    }
}
