//! The list of Exim: <https://www.exim.org/exim-html-current/doc/html/spec_html/ch-the_exim_command_line.html>, `-bp`.

use std::collections::BTreeSet;

use healthd_core::mail_queue::QueueName;

use super::message::Open;

/// The recipients of a message are indented by more than this.
const INDENT: usize = 7;

/// A line of `exim -bp`.
pub(super) enum Line<'a> {
    /// A message begins.
    Message(Open),
    /// A recipient that it is still for.
    Recipient(&'a str),
    /// An empty line, a recipient that has it already.
    Nothing,
    /// It does not belong into a list.
    Odd,
}

/// Reads a line of `exim -bp`. Exim rounds the age: to hours from 90 minutes on, to days from 72 hours on.
///
/// ```text
/// 25m  2.9K 1vPxyz-00000000abc-0Def <sender@example.com> *** frozen ***
///         D delivered@example.org
///           user@example.org
/// ```
pub(super) fn line(line: &str) -> Line<'_> {
    let trimmed = line.trim();
    let indent = line.len() - line.trim_start().len();
    let mut words = trimmed.split_ascii_whitespace();
    match words.next() {
        None => Line::Nothing,
        Some(first) if indent < INDENT => match age(first) {
            // The size may be missing, and ids have had several forms.
            Some(age) if words.take(2).any(is_id) => {
                let is_frozen = trimmed.ends_with("*** frozen ***");
                let queue = if is_frozen { QueueName::Frozen } else { QueueName::Waiting };
                Line::Message(Open { queue: Some(queue), age: Some(age), domains: BTreeSet::new() })
            }
            // What it says of a message that it cannot read.
            _ if first == "***" => Line::Nothing,
            _ => Line::Odd,
        },
        // `D`: delivered; `+D`: delivered to all that it expanded to.
        Some("D" | "+D") if trimmed.contains(' ') => Line::Nothing,
        Some(_) => Line::Recipient(trimmed),
    }
}

/// `25m`, `3h`, `2d` in seconds.
fn age(word: &str) -> Option<f64> {
    let unit = match word.as_bytes().last()? {
        b'm' => 60.0,
        b'h' => 3_600.0,
        b'd' => 86_400.0,
        _ => return None,
    };
    let number = word.get(..word.len() - 1)?;
    number.parse::<u32>().ok().map(|number| f64::from(number) * unit)
}

/// `1vPxyz-0000aB-Cd`, since 4.97 `1vPxyz-00000000abc-0Def`.
fn is_id(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::super::list::{Format, List};
    use super::*;

    fn read(text: &str) -> (healthd_core::mail_queue::MailQueue, Option<String>) {
        let mut list = List::new(Format::Exim);
        for line in text.lines() {
            list.line(line.as_bytes());
        }
        let (queue, _, odd) = list.finish();
        (queue, odd)
    }

    #[test]
    fn messages_of_old_and_new_releases_are_counted() {
        let text = "\
25m  2.9K 0t5C6f-0000c8-00 <alice@wonderland.example>
          red.king@looking-glass.example

 3h   718 1vPxyz-00000000abc-0Def <>
        D done@example.org
        +D list@lists.example
          a@example.org
          b@Example.org

 4d  1.5M 1vPxyz-00000000abd-0Def <> *** frozen ***
          postmaster@example.net

12h       1vPxyz-00000000abe-0Def
    *** spool read error: Permission denied ***


";
        let (queue, odd) = read(text);
        assert_eq!((queue.total, odd), (4, None));
        assert_eq!([QueueName::Waiting, QueueName::Frozen].map(|name| queue.of(name)), [3, 1]);
        assert_eq!((queue.oldest, queue.oldest_kept), (Some(43_200.0), Some(345_600.0)));
        let domains = [("example.net", 1), ("example.org", 1), ("looking-glass.example", 1)];
        assert_eq!(queue.largest_domains(9), domains);
    }

    #[test]
    fn what_is_not_a_list_is_not_an_empty_one() {
        let (queue, odd) = read("LOG: MAIN PANIC\n  cannot open main log\n");
        assert_eq!((queue.total, odd.as_deref()), (0, Some("LOG: MAIN PANIC")));
        assert_eq!(read(""), (healthd_core::mail_queue::MailQueue::default(), None));
    }
}
