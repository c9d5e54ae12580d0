//! `nginx-combined`: one for each request. `nginx-error`: one for each entry of the error log.
//!
//! `nginx-combined` reads the common and the combined format of nginx and Apache, with anything after them, and with
//! the virtual host before them (Apache's `vhost_combined`, or `$host` in nginx): that is `server`.
//!
//! | line | counts |
//! | --- | --- |
//! | any request that was answered | 1, by code, class (`5xx`) and method |
//! | a request that is not HTTP (`"\x16\x03\x01"`, `""`, `"-"`) | 1, with the method `other` |
//! | a method that is not of the usual ones | 1, with the method `other` |
//!
//! `url` is without the query string. <https://nginx.org/en/docs/http/ngx_http_log_module.html>

use std::net::IpAddr;

use super::definition::{Definition, Verdict};
use crate::line::{Line, token};
use crate::time::Head;
use crate::values::Values;

pub(super) const COMBINED: Definition = Definition {
    captures: &["code", "class", "method", "server", "url", "host"],
    labels: &["code", "class", "method"],
    lowercase: &["server"],
    literals: &[b"] ", b"]\""],
};

pub(super) const ERROR: Definition =
    Definition { captures: &["level", "host"], labels: &["level"], lowercase: &[], literals: &[b"] "] };

/// Reads a line of an access log.
pub(super) fn combined<'a>(line: &Line<'a>, head: Head, values: &mut Values<'a>) -> Verdict {
    // Names of clients cannot contain a quote, so the first one begins the request.
    let Some(quote) = memchr::memchr(b'"', line.whole) else { return Verdict::Other };
    let before = line.whole.get(..quote).unwrap_or_default();
    if !before.trim_ascii_end().ends_with(b"]") {
        // The time stands in the line as in an access log, but the fields have another order.
        return if head == Head::Inside { Verdict::Resembles } else { Verdict::Other };
    }
    let Some(bracket) = memchr::memrchr(b'[', before) else { return Verdict::Other };
    let text = line.whole.get(quote + 1..).unwrap_or_default();
    let Some(end) = end_of_quoted(text) else { return Verdict::Resembles };
    let (request, after) = text.split_at(end);
    let after = after.strip_prefix(b"\" ").unwrap_or_default();
    let (code, after) = token(after);
    let (size, _) = token(after);
    let Some(class) = class(code) else { return Verdict::Resembles };
    if !(size == b"-" || (!size.is_empty() && size.iter().all(u8::is_ascii_digit))) {
        return Verdict::Resembles;
    }
    let (method, url) = request_line(request);
    let head = before.get(..bracket).unwrap_or_default();
    // Through syslog, the host that writes and the tag stand before.
    let (host, head) = match line.program {
        b"" => (&b""[..], head),
        _ => (line.host, head.get(line.message_start()..).unwrap_or_default()),
    };
    for (place, value) in [code, class, method, server(head), url, host].into_iter().enumerate() {
        values.set(place, value);
    }
    Verdict::Match(1)
}

/// Where the quotes end; `\` goes before a quote inside (Apache).
fn end_of_quoted(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        match text.get(found) {
            Some(b'"') => return Some(found),
            _ => at = found + 2,
        }
    }
}

fn class(code: &[u8]) -> Option<&'static [u8]> {
    match code {
        [first, b'0'..=b'9', b'0'..=b'9'] => Some(match first {
            b'1' => b"1xx",
            b'2' => b"2xx",
            b'3' => b"3xx",
            b'4' => b"4xx",
            b'5' => b"5xx",
            b'0'..=b'9' => b"other",
            _ => return None,
        }),
        // Apache, when the client was gone.
        b"-" => Some(b"other"),
        _ => None,
    }
}

/// The method, and the address without its query string.
fn request_line(request: &[u8]) -> (&[u8], &[u8]) {
    const METHODS: [&[u8]; 17] = [
        b"GET",
        b"POST",
        b"HEAD",
        b"PUT",
        b"DELETE",
        b"OPTIONS",
        b"PATCH",
        b"CONNECT",
        b"TRACE",
        b"PROPFIND",
        b"PROPPATCH",
        b"MKCOL",
        b"COPY",
        b"MOVE",
        b"LOCK",
        b"UNLOCK",
        b"REPORT",
    ];
    let (method, rest) = token(request);
    if !METHODS.contains(&method) {
        return (b"other", b"-");
    }
    let (url, _) = token(rest);
    let end = memchr::memchr2(b'?', b'#', url).unwrap_or(url.len());
    match url.get(..end) {
        Some(path) if !path.is_empty() => (method, path),
        _ => (method, b"-"),
    }
}

/// The virtual host: the first word, if the second is the client's address.
fn server(head: &[u8]) -> &[u8] {
    let (first, rest) = token(head);
    let (second, _) = token(rest);
    if !is_address(second) || is_address(first) {
        return b"";
    }
    match first.iter().rposition(|byte| *byte == b':') {
        Some(colon) if first.get(colon + 1..).is_some_and(|port| port.iter().all(u8::is_ascii_digit)) => {
            first.get(..colon).unwrap_or_default()
        }
        _ => first,
    }
}

fn is_address(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| word.parse::<IpAddr>().is_ok())
}

/// Reads a line of nginx's error log: `2026/12/01 02:46:56 [error] 1234#1234: *5 …`. Lines of a message that has
/// several count nothing.
pub(super) fn error<'a>(line: &Line<'a>, start: usize, values: &mut Values<'a>) -> Verdict {
    let (host, text) = match line.program {
        b"nginx" => (line.host, line.message),
        _ => (&b""[..], line.whole.get(start..).unwrap_or_default().trim_ascii_start()),
    };
    let text = match token(text) {
        // Through syslog the time stands there again.
        (date, rest) if date.len() == 10 && date.get(4) == Some(&b'/') => token(rest).1,
        _ => text,
    };
    let (level, rest) = token(text);
    let (process, _) = token(rest);
    let process = process.strip_suffix(b":").unwrap_or_default();
    let is_process = process.contains(&b'#') && process.iter().all(|byte| byte.is_ascii_digit() || *byte == b'#');
    match level {
        [b'[', level @ .., b']'] if is_level(level) && is_process => {
            values.set(0, level);
            values.set(1, host);
            Verdict::Match(1)
        }
        [b'[', .., b']'] if is_process => Verdict::Resembles,
        [b'[', level @ .., b']'] if is_level(level) && start > 0 && !rest.is_empty() => Verdict::Resembles,
        _ => Verdict::Other,
    }
}

fn is_level(level: &[u8]) -> bool {
    matches!(level, b"debug" | b"info" | b"notice" | b"warn" | b"error" | b"crit" | b"alert" | b"emerg")
}
