//! The lists of Postfix: <https://www.postfix.org/postqueue.1.html>.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::process::Command;

use healthd_core::mail_queue::{QueueName, domain};
use healthd_core::text::civil;
use serde::Deserialize;

use super::message::Open;

/// The months of `postqueue -p`.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// A stamp without a year that is further ahead than this, in seconds, is of the year before.
const AHEAD: i64 = 86_400;

/// An object of `postqueue -j`.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    queue_name: Cow<'a, str>,
    arrival_time: i64,
    #[serde(borrow, default)]
    recipients: Vec<Recipient<'a>>,
}

#[derive(Deserialize)]
struct Recipient<'a> {
    #[serde(borrow, default)]
    address: Cow<'a, str>,
}

/// Reads an object of `postqueue -j`: the queue, the age in seconds, the domains.
pub(super) fn entry(line: &str, now: i64) -> Option<(QueueName, Option<f64>, BTreeSet<String>)> {
    let entry: Entry<'_> = serde_json::from_str(line).ok()?;
    let queue = match &*entry.queue_name {
        "active" => QueueName::Active,
        "deferred" => QueueName::Deferred,
        "hold" => QueueName::Hold,
        "incoming" => QueueName::Incoming,
        "maildrop" => QueueName::Maildrop,
        _ => QueueName::Other,
    };
    let domains = entry.recipients.iter().map(|recipient| domain(&recipient.address)).collect();
    Some((queue, seconds(now.checked_sub(entry.arrival_time)?), domains))
}

fn seconds(age: i64) -> Option<f64> {
    u64::try_from(age.max(0)).ok().map(healthd_core::reading::count_of)
}

/// A line of `postqueue -p`.
pub(super) enum TextLine<'a> {
    /// A message begins.
    Message(Open),
    /// One of its recipients.
    Recipient(&'a str),
    /// The list ends.
    End,
    /// The head, an empty line, why a delivery failed.
    Nothing,
    /// It does not belong into a list.
    Odd,
}

/// Reads a line of `postqueue -p`:
///
/// ```text
/// -Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
/// 3F2504E04F8*    1234 Mon Nov 23 09:27:22  sender@example.com
///                               (connect to mx.example.org: timed out)
///                                          user@example.org
/// -- 1 Kbytes in 1 Request.
/// ```
pub(super) fn text_line(line: &str, now: Option<i64>) -> TextLine<'_> {
    let trimmed = line.trim();
    if trimmed.is_empty() || line.starts_with("-Queue ID-") || trimmed.starts_with('(') {
        return TextLine::Nothing;
    }
    if line.starts_with("Mail queue is empty") || line.starts_with("-- ") {
        return TextLine::End;
    }
    if line.starts_with([' ', '\t']) {
        return TextLine::Recipient(trimmed);
    }
    let mut words = line.split_ascii_whitespace();
    let (Some(id), Some(size)) = (words.next(), words.next()) else { return TextLine::Odd };
    let stamp: Vec<&str> = words.take(4).collect();
    let bare = id.trim_end_matches(['*', '!', '#']);
    let is_id = bare.len() >= 5 && bare.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let [_, month, day, time] = stamp.as_slice() else { return TextLine::Odd };
    if !is_id || size.parse::<u64>().is_err() || !MONTHS.contains(month) {
        return TextLine::Odd;
    }
    let queue = match id.as_bytes().last() {
        Some(b'*') => QueueName::Active,
        Some(b'!') => QueueName::Hold,
        _ => QueueName::Deferred,
    };
    let age = now.and_then(|now| age(month, day, time, now));
    TextLine::Message(Open { queue: Some(queue), age, domains: BTreeSet::new() })
}

/// The age of a message by a stamp in local time without a year. It may be off by an hour over a change of the clock.
fn age(month: &str, day: &str, time: &str, now: i64) -> Option<f64> {
    let month = MONTHS.iter().position(|known| *known == month)? + 1;
    // The year of now, approximately: the two that are possible are tried.
    let year = 1970 + now / 31_556_952;
    let arrived = [year + 1, year, year - 1]
        .into_iter()
        .filter_map(|year| civil::seconds(&format!("{year}-{month}-{day} {time}")))
        .find(|arrived| *arrived <= now + AHEAD)?;
    seconds(now - arrived)
}

/// The local time, in seconds as if it were UTC.
pub(super) fn local_now() -> Option<i64> {
    let output = Command::new("date").arg("+%Y-%m-%d %H:%M:%S").env("LC_ALL", "C").output().ok()?;
    civil::seconds(String::from_utf8_lossy(&output.stdout).trim())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::list::{Format, List};
    use super::*;

    /// 2026-12-01 03:00.
    const NOW: i64 = 1_796_094_000;

    fn read(format: Format, text: &str) -> (healthd_core::mail_queue::MailQueue, bool, Option<String>) {
        let mut list = List::new(format);
        for line in text.lines() {
            list.line(line.as_bytes());
        }
        list.finish()
    }

    #[test]
    fn objects_are_messages_and_broken_ones_too() {
        let text = include_str!("tests/postqueue.jsonl");
        let (queue, is_whole, odd) = read(Format::PostfixJson { now: NOW }, text);
        assert_eq!((queue.total, queue.not_understood, is_whole, odd), (6, 2, true, None));
        let names = [QueueName::Deferred, QueueName::Active, QueueName::Hold, QueueName::Other];
        assert_eq!(names.map(|name| queue.of(name)), [1, 1, 1, 1]);
        assert_eq!((queue.oldest, queue.oldest_kept), (Some(3_600.0), Some(94_000.0)));
        // A message to two addresses of a domain is one for it.
        assert_eq!(queue.largest_domains(9), [("(local)", 1), ("example.net", 1), ("example.org", 1)]);
        assert_eq!(read(Format::PostfixJson { now: NOW }, "").0.total, 0);
        let (queue, _, odd) = read(Format::PostfixJson { now: NOW }, "Mail queue is empty");
        assert_eq!((queue.total, odd.as_deref()), (0, Some("Mail queue is empty")));
    }

    #[test]
    fn the_list_for_people_is_read_with_its_end() {
        let text = "\
-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
3F2504E04F8*     1234 Tue Dec  1 02:50:00  sender@example.com
                                         user@example.org

4jY0zt4RYfz1SdPN!  99 Mon Nov 30 03:00:00  MAILER-DAEMON
   (host mx.example.net[192.0.2.7] said: 450 4.2.0 -- come back later)
                                         a@example.net
                                         b@example.net

9ED32992CEC      1234 Wed Dec 31 23:00:00  sender@example.com
                                         user@example.org

-- 2 Kbytes in 3 Requests.
";
        let (queue, is_whole, odd) = read(Format::PostfixText { now: Some(NOW) }, text);
        assert_eq!((queue.total, queue.not_understood, is_whole, odd), (3, 0, true, None));
        assert_eq!([QueueName::Active, QueueName::Hold, QueueName::Deferred].map(|name| queue.of(name)), [1, 1, 1]);
        // Of the last day of the year before.
        assert_eq!((queue.oldest, queue.oldest_kept), (Some(334.0 * 86_400.0 + 4.0 * 3_600.0), Some(86_400.0)));
        assert_eq!(queue.largest_domains(9), [("example.org", 2), ("example.net", 1)]);
        let cut = text.rsplit_once("-- 2").expect("an end").0;
        assert!(!read(Format::PostfixText { now: Some(NOW) }, cut).1);
        let (queue, is_whole, odd) = read(Format::PostfixText { now: None }, "Mail queue is empty\n");
        assert_eq!((queue.total, is_whole, odd), (0, true, None));
        let (_, is_whole, odd) = read(Format::PostfixText { now: None }, "bash: postqueue: no such file");
        assert_eq!((is_whole, odd.as_deref()), (false, Some("bash: postqueue: no such file")));
        assert!(local_now().is_some());
    }

    proptest! {
        #[test]
        fn no_line_breaks_a_list(lines in prop::collection::vec(any::<Vec<u8>>(), 0..9), times in any::<i64>()) {
            for format in [Format::PostfixJson { now: times }, Format::PostfixText { now: Some(NOW) }, Format::Exim] {
                let mut list = List::new(format);
                for line in &lines {
                    list.line(line);
                }
                let (queue, _, _) = list.finish();
                prop_assert!(queue.total <= u64::try_from(lines.len()).unwrap_or_default());
            }
        }

        #[test]
        fn an_object_of_any_time_has_an_age(arrived in any::<i64>(), now in any::<i64>(), address in any::<String>()) {
            let line = serde_json::json!({
                "queue_name": "active", "arrival_time": arrived, "recipients": [{"address": address}],
            });
            let mut list = List::new(Format::PostfixJson { now });
            list.line(line.to_string().as_bytes());
            let (queue, _, _) = list.finish();
            prop_assert_eq!(queue.total, 1);
            prop_assert!(queue.oldest.is_none_or(|age| age >= 0.0));
        }
    }
}
