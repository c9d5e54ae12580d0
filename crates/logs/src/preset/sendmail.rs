//! `sendmail`: messages received, and deliveries.
//!
//! | line | `event` | counts |
//! | --- | --- | --- |
//! | `from=…, msgid=…` | `received` | 1 for each message |
//! | `to=…, stat=Sent (…)` | `sent` | 1 for each recipient of the line |
//! | `to=…, stat=Deferred: …` | `deferred` | 1 for each recipient and attempt |
//! | `to=…, stat=queued` | `queued` | 1 for each recipient |
//! | `to=…, stat=User unknown`, and any other | `failed` | 1 for each recipient |
//!
//! A message of a local program passes two daemons (`sendmail`, then `sm-mta`): both write a line `from=` and a line
//! `to=`. With `content_filters = ["127.0.0.1"]` the hop between them counts nothing.

use super::definition::{Definition, Verdict};
use super::fields::{Pairs, domain, recipients};
use super::hops::Hops;
use crate::line::Line;
use crate::values::Values;

pub(super) const DEFINITION: Definition = Definition {
    captures: &["event", "mailer", "host", "program", "dsn", "domain"],
    labels: &["event"],
    lowercase: &["domain"],
    literals: &[b" stat=", b" msgid="],
};

/// Reads a line.
pub(super) fn read<'a>(line: &Line<'a>, hops: &Hops, values: &mut Values<'a>) -> Verdict {
    if !is_sendmail(line.program) {
        return Verdict::Other;
    }
    let Some(end) = memchr::memchr(b':', line.message) else { return Verdict::Other };
    let (id, rest) = line.message.split_at(end);
    let Some(text) = rest.strip_prefix(b": ").filter(|_| is_id(id)) else { return Verdict::Other };
    let mut fields = Fields::default();
    for (key, value) in Pairs::new(text) {
        match key {
            b"relay" => fields.relay = value,
            b"mailer" => fields.mailer = value,
            b"dsn" => fields.dsn = value,
            b"msgid" => fields.has_msgid = true,
            b"stat" => {
                fields.stat = Some(value);
                break;
            }
            _ => {}
        }
    }
    values.set(1, fields.mailer);
    values.set(2, line.host);
    values.set(3, line.program);
    values.set(4, fields.dsn);
    let first = Pairs::new(text).next();
    match first {
        Some((b"from", _)) if fields.has_msgid && hops.may_return_from(client(fields.relay)) => Verdict::Other,
        Some((b"from", sender)) if fields.has_msgid => {
            values.set(0, b"received");
            values.set(5, domain(sender));
            Verdict::Match(1)
        }
        // Nobody is to get it: every recipient was refused.
        Some((b"from", _)) => Verdict::Other,
        Some((b"to", list)) => match fields.stat {
            Some(_) if hops.has_relay(client(fields.relay)) => Verdict::Other,
            Some(stat) => {
                values.set(0, event(stat));
                let count = recipients(list);
                values.set(5, if count == 1 { domain(list) } else { b"" });
                Verdict::Match(count)
            }
            None => Verdict::Resembles,
        },
        _ => Verdict::Other,
    }
}

#[derive(Default)]
struct Fields<'a> {
    relay: &'a [u8],
    mailer: &'a [u8],
    dsn: &'a [u8],
    has_msgid: bool,
    stat: Option<&'a [u8]>,
}

fn event(stat: &[u8]) -> &'static [u8] {
    let begins = |word: &[u8]| stat.get(..word.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(word));
    match () {
        () if begins(b"sent") => b"sent",
        () if begins(b"deferred") => b"deferred",
        () if begins(b"queued") => b"queued",
        () => b"failed",
    }
}

/// `sendmail`, `sm-mta`, `sm-msp-queue`, `sendmail-in`
fn is_sendmail(program: &[u8]) -> bool {
    [&b"sendmail"[..], b"sm-mta", b"sm-msp-queue"].iter().any(|name| program.starts_with(name))
}

/// Letters and digits, such as `4B11ku0T012345`.
fn is_id(word: &[u8]) -> bool {
    (8..=32).contains(&word.len()) && word.iter().all(u8::is_ascii_alphanumeric)
}

/// `mail.example.com. [192.0.2.1]` with neither point nor blank, as Postfix would write it.
fn client(relay: &[u8]) -> &[u8] {
    match memchr::memchr(b'[', relay) {
        Some(start) => relay.get(start..).unwrap_or_default(),
        None => relay,
    }
}
