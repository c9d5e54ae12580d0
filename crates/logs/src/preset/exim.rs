//! `exim`: Exim's main log, one for each line with a flag.
//!
//! | line | `event` | counts |
//! | --- | --- | --- |
//! | `<= sender` | `received` | 1 for each message |
//! | `<= <>` | `notice` | 1 for each message without a sender: notices, made here or received |
//! | `=> recipient` | `delivered` | 1 for each recipient |
//! | `-> recipient` (in the same delivery), `>> recipient` (cut-through) | `delivered` | 1 for each recipient |
//! | `*> recipient` | `suppressed` | 1: not delivered because of `-N` |
//! | `== recipient` | `deferred` | 1 for each attempt |
//! | `** recipient` | `failed` | 1 for each recipient |
//! | `Completed` | `completed` | 1 for each message |
//! | `(= sender` | `refused` | 1: accepted and thrown away (fakereject) |
//!
//! `<=` and `=>` are different ends of the same message: choose one with `where`. Lines of the reject log and all other
//! lines count nothing. <https://www.exim.org/exim-html-current/doc/html/spec_html/ch-log_files.html>

use super::definition::{Definition, Verdict};
use super::fields::domain;
use crate::line::{Line, token};
use crate::values::Values;

pub(super) const DEFINITION: Definition = Definition {
    captures: &["event", "flag", "host", "router", "transport", "protocol", "domain"],
    labels: &["event"],
    lowercase: &["domain"],
    literals: &[b" <= ", b" => ", b" -> ", b" >> ", b" *> ", b" ** ", b" == ", b" Completed", b" (= "],
};

/// Reads a line.
pub(super) fn read<'a>(line: &Line<'a>, start: usize, values: &mut Values<'a>) -> Verdict {
    // Exim writes its log itself; through syslog there is a header, and mostly the time again.
    let (host, text) = match is_exim(line.program) {
        true => (line.host, without_time(without_part(line.message))),
        false => (&b""[..], without_time(line.whole.get(start..).unwrap_or_default().trim_ascii_start())),
    };
    let text = without_pid(text);
    let (id, rest) = token(text);
    let (flag, rest) = token(rest);
    let event: &[u8] = match flag {
        b"<=" if sender(rest) == b"<>" => b"notice",
        b"<=" => b"received",
        b"=>" | b"->" | b">>" => b"delivered",
        b"*>" => b"suppressed",
        b"==" => b"deferred",
        b"**" => b"failed",
        b"Completed" => b"completed",
        b"(=" => b"refused",
        _ => return if is_id(id) && is_symbol(flag) { Verdict::Resembles } else { Verdict::Other },
    };
    if !is_id(id) {
        let like_id = id.len() > 12 && id.contains(&b'-') && id.first().is_some_and(u8::is_ascii_alphanumeric);
        return if like_id { Verdict::Resembles } else { Verdict::Other };
    }
    values.set(0, event);
    values.set(1, flag);
    values.set(2, host);
    if event != b"completed" {
        fields(rest, flag == b"<=", values);
    }
    Verdict::Match(1)
}

/// The address, and the first of each field: strangers write what comes later.
fn fields<'a>(rest: &'a [u8], arrival: bool, values: &mut Values<'a>) {
    let (address, fields) = address(rest);
    let address = address.strip_suffix(b":").unwrap_or(address);
    let mut set = |place: usize, value: &'a [u8]| {
        if values.get(place).is_empty() {
            values.set(place, value.strip_suffix(b":").unwrap_or(value));
        }
    };
    set(6, domain(address));
    for (at, word) in fields.split(|byte| *byte == b' ').enumerate() {
        match word {
            // `=> bob <bob@example.com>`
            [b'<', inside @ .., b'>'] if at == 0 => set(6, domain(inside)),
            [b'R', b'=', router @ ..] => set(3, router),
            [b'T', b'=', transport @ ..] if !arrival => set(4, transport),
            [b'P', b'=', protocol @ ..] => set(5, protocol),
            // A subject, or what another server says.
            [b'T', b'=', ..] | [b'C', b'=', ..] => return,
            _ => {}
        }
        if word.ends_with(b":") {
            return;
        }
    }
}

/// `exim`, `exim4`, `exim-in`
fn is_exim(program: &[u8]) -> bool {
    program.starts_with(b"exim")
}

/// Without `[1\3] ` before the pieces of a long line, which only syslog needs.
fn without_part(text: &[u8]) -> &[u8] {
    let Some(inside) = text.strip_prefix(b"[") else { return text };
    let Some(end) = memchr::memchr(b']', inside) else { return text };
    match inside.get(..end) {
        Some([b'1', b'\\' | b'/', count @ ..]) if count.iter().all(u8::is_ascii_digit) => {
            inside.get(end + 1..).unwrap_or_default().trim_ascii_start()
        }
        _ => text,
    }
}

/// Without `2026-12-01 02:46:56.123 +0100 `.
fn without_time(text: &[u8]) -> &[u8] {
    let (date, rest) = token(text);
    if date.len() != 10 || date.get(4) != Some(&b'-') {
        return text;
    }
    let (_, after) = token(rest);
    match token(after) {
        (zone, after_zone) if matches!(zone, [b'+' | b'-', ..]) && zone.len() == 5 => after_zone,
        _ => after,
    }
}

/// Without `[1234] `.
fn without_pid(text: &[u8]) -> &[u8] {
    match token(text) {
        ([b'[', digits @ .., b']'], rest) if digits.iter().all(u8::is_ascii_digit) => rest,
        _ => text,
    }
}

/// `1rABCD-0001Xy-2z`, or since 4.97 `1rABCD-0000000001X-2abc`.
fn is_id(word: &[u8]) -> bool {
    let mut parts = word.split(|byte| *byte == b'-');
    let lengths = [parts.next(), parts.next(), parts.next()].map(|part| match part {
        Some(part) if part.iter().all(u8::is_ascii_alphanumeric) => part.len(),
        _ => 0,
    });
    parts.next().is_none() && matches!(lengths, [6, 6, 2] | [6, 11, 4])
}

/// Two signs, as the flags are.
fn is_symbol(word: &[u8]) -> bool {
    word.len() == 2 && word.iter().all(|byte| b"<=>-*()!~".contains(byte))
}

/// The sender of a line of an arrival.
fn sender(rest: &[u8]) -> &[u8] {
    address(rest).0
}

/// The address, which may have blanks inside quotes, and what follows.
fn address(rest: &[u8]) -> (&[u8], &[u8]) {
    let mut quoted = false;
    let mut escaped = false;
    let end = rest.iter().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b' ' if !quoted => return true,
            _ => {}
        }
        false
    });
    match end {
        Some(end) => (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default()),
        // A quote that does not end is none.
        None => token(rest),
    }
}
