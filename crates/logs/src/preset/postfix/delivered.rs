//! `postfix-delivered`: one for each recipient and attempt.
//!
//! | line | counts |
//! | --- | --- |
//! | a delivery agent's `to=<…>, …, status=WORD (…)` | 1, by status |
//! | a recipient whose delivery was deferred and tried again | 1 for each attempt |
//! | a message to three recipients | 3 |
//! | a bounce notice that was delivered | 1, as any mail |
//! | mail to an address that is forwarded | 1 as `sent` for the address, 1 for where it goes |
//! | a delivery to a content filter | 1, unless `content_filters` names the filter |
//! | qmgr's `status=expired, returned to sender` | 1 for each message, as `expired` |
//! | an address probe | 1, as `deliverable` or `undeliverable` |
//!
//! What follows the bracket after the status is another server's text, and is not read.

use super::super::definition::{Definition, Verdict};
use super::super::fields::{Pairs, domain, relay_name};
use super::super::hops::Hops;
use super::{Queued, is_qmgr};
use crate::line::Line;
use crate::values::Values;

pub(in super::super) const DEFINITION: Definition = Definition {
    captures: &["status", "agent", "host", "service", "relay", "domain", "dsn"],
    labels: &["status", "agent"],
    lowercase: &["relay", "domain"],
    literals: &[b"status="],
};

/// A delivery.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delivery<'a> {
    pub(super) to: &'a [u8],
    pub(super) relay: &'a [u8],
    pub(super) dsn: &'a [u8],
    pub(super) status: &'a [u8],
    /// What the agent, or another server, says about it.
    pub(super) text: &'a [u8],
}

/// Reads `to=<…>, …, status=WORD (…)`.
pub(super) fn delivery(text: &[u8]) -> Option<Delivery<'_>> {
    if !text.starts_with(b"to=") {
        return None;
    }
    let mut delivery = Delivery { to: b"", relay: b"", dsn: b"", status: b"", text: b"" };
    for (key, value) in Pairs::new(text) {
        match key {
            b"to" if delivery.to.is_empty() => delivery.to = value,
            b"relay" => delivery.relay = value,
            b"dsn" => delivery.dsn = value,
            b"status" => {
                let end = memchr::memchr(b' ', value)?;
                let (word, rest) = value.split_at(end);
                delivery.status = is_word(word).then_some(word)?;
                delivery.text = rest.strip_prefix(b" (")?;
                return Some(delivery);
            }
            _ => {}
        }
    }
    None
}

fn is_word(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Reads a line.
pub(in super::super) fn read<'a>(line: &Line<'a>, hops: &Hops, values: &mut Values<'a>) -> Verdict {
    let Some(queued) = Queued::of(line) else { return Verdict::Other };
    let (status, relay, dsn, to) = match delivery(queued.text) {
        Some(delivery) => (delivery.status, delivery.relay, delivery.dsn, delivery.to),
        None if queued.text.starts_with(b"to=") => return Verdict::Resembles,
        None => match expired(&queued) {
            Some(status) => (status, &b""[..], &b""[..], &b""[..]),
            None => return Verdict::Other,
        },
    };
    if hops.has_relay(relay) {
        return Verdict::Other;
    }
    let service = line.program.len() - queued.agent.len();
    let service = line.program.get(..service.saturating_sub(1)).unwrap_or_default();
    let captures = [status, queued.agent, line.host, service, relay_name(relay), domain(to), dsn];
    for (place, value) in captures.into_iter().enumerate() {
        values.set(place, value);
    }
    Verdict::Match(1)
}

/// `from=<…>, status=expired, returned to sender`: also `force-expired`, which becomes `expired`.
fn expired<'a>(queued: &Queued<'a>) -> Option<&'a [u8]> {
    if !is_qmgr(queued.agent) || !queued.text.starts_with(b"from=") {
        return None;
    }
    let (_, status) = Pairs::new(queued.text).nth(1).filter(|(key, _)| *key == b"status")?;
    matches!(status, b"expired" | b"force-expired").then_some(b"expired")
}
