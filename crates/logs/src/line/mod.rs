//! What syslog puts before a message: host, program, process.

mod repeated;
#[cfg(test)]
mod tests;

use memchr::memmem;

use crate::time::Head;
pub(crate) use repeated::LITERAL;
pub use repeated::{Repeated, repeated};

/// A line, cut at the borders that syslog gives it. Parts that it lacks are empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Line<'a> {
    /// All of it, without its end of line.
    pub whole: &'a [u8],
    /// Who wrote it.
    pub host: &'a [u8],
    /// The program as it calls itself, such as `postfix/submission/smtpd`.
    pub program: &'a [u8],
    /// Its process number.
    pub pid: &'a [u8],
    /// What it says.
    pub message: &'a [u8],
}

impl<'a> Line<'a> {
    /// Cuts a line whose time ends where `head` says.
    pub fn cut(whole: &'a [u8], head: Head) -> Line<'a> {
        match head {
            Head::Plain(start) => plain(whole, whole.get(start..).unwrap_or_default()),
            Head::Rfc5424(start) => structured(whole, whole.get(start..).unwrap_or_default()),
            Head::Inside => Line { whole, message: whole, ..Line::default() },
            Head::Unknown => guessed(whole),
        }
    }

    /// Where the message begins in the line.
    pub(crate) fn message_start(&self) -> usize {
        self.whole.len() - self.message.len()
    }
}

/// ` host program[pid]: message`, with what some syslogs put between: FreeBSD's `<mail.info>` before the host,
/// BusyBox's `mail.info` after it, Solaris' `[ID 801593 mail.info]` before the message.
fn plain<'a>(whole: &'a [u8], rest: &'a [u8]) -> Line<'a> {
    let rest = rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start();
    let rest = match token(rest) {
        (tag, after) if tag.starts_with(b"<") && tag.ends_with(b">") => after,
        _ => rest,
    };
    let (first, after_first) = token(rest);
    // Without a host: OpenWrt, or a file that a program writes itself.
    if is_facility(first) {
        return tagged(whole, b"", after_first);
    }
    if ends_tag(first) {
        return tagged(whole, b"", rest);
    }
    match token(after_first) {
        (facility, message) if is_facility(facility) => tagged(whole, first, message),
        _ => tagged(whole, first, after_first),
    }
}

/// `program[pid]: message`; without a program, all of it is the message.
fn tagged<'a>(whole: &'a [u8], host: &'a [u8], rest: &'a [u8]) -> Line<'a> {
    let length = rest.iter().take_while(|byte| !matches!(byte, b' ' | b'[' | b':')).count();
    let (program, after) = rest.split_at(length);
    let nothing = Line { whole, host, message: rest, ..Line::default() };
    if program.is_empty() {
        return nothing;
    }
    let (pid, after) = match after.strip_prefix(b"[") {
        Some(inside) => match memchr::memchr2(b']', b' ', inside) {
            Some(end) if inside.get(end) == Some(&b']') => {
                (inside.get(..end).unwrap_or_default(), inside.get(end + 1..).unwrap_or_default())
            }
            _ => return nothing,
        },
        None => (&b""[..], after),
    };
    let message = match after.strip_prefix(b":") {
        Some(message) => message.strip_prefix(b" ").unwrap_or(message),
        None if !pid.is_empty() => after.trim_ascii_start(),
        None => return nothing,
    };
    Line { whole, host, program, pid, message: without_id(message) }
}

/// ` host program pid msgid data message` of RFC 5424; `-` is a missing part.
fn structured<'a>(whole: &'a [u8], rest: &'a [u8]) -> Line<'a> {
    let known = |part: &'a [u8]| if part == b"-" { &b""[..] } else { part };
    let (host, rest) = token(rest.trim_ascii_start());
    let (program, rest) = token(rest);
    let (pid, rest) = token(rest);
    let (_msgid, rest) = token(rest);
    let message = after_data(rest);
    let message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    Line { whole, host: known(host), program: known(program), pid: known(pid), message }
}

/// What follows `-` or `[id name="value"][…]`; in a value, `"`, `]` and `\` have a `\` before them.
fn after_data(rest: &[u8]) -> &[u8] {
    if !rest.starts_with(b"[") {
        return token(rest).1;
    }
    let (mut quoted, mut escaped, mut inside) = (false, false, false);
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if inside => quoted = !quoted,
            b'[' if !quoted => inside = true,
            b']' if !quoted => inside = false,
            b' ' if !inside => return rest.get(at + 1..).unwrap_or_default(),
            _ => {}
        }
    }
    b""
}

/// Without a readable time: the program is the word before the first `[pid]: `, the host the word before that.
fn guessed(whole: &[u8]) -> Line<'_> {
    let message = Line { whole, message: whole, ..Line::default() };
    let Some(end) = memmem::find(whole, b"]: ") else { return message };
    let before = whole.get(..end).unwrap_or_default();
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, pid) = before.split_at(before.len() - digits);
    let Some(before) = before.strip_suffix(b"[").filter(|_| digits > 0) else { return message };
    let (before, program) = last_token(before);
    let (_, host) = last_token(before);
    Line { whole, host, program, pid, message: without_id(whole.get(end + 3..).unwrap_or_default()) }
}

/// Without Solaris' `[ID 801593 mail.info] `.
fn without_id(message: &[u8]) -> &[u8] {
    let Some(inside) = message.strip_prefix(b"[ID ") else { return message };
    let Some(end) = memmem::find(inside, b"] ") else { return message };
    inside.get(end + 2..).unwrap_or_default()
}

/// The first word, and what follows the blanks after it.
pub(crate) fn token(text: &[u8]) -> (&[u8], &[u8]) {
    // Words are short: a loop is faster than memchr.
    match text.iter().position(|byte| *byte == b' ') {
        Some(end) => {
            let (word, rest) = text.split_at(end);
            (word, rest.trim_ascii_start())
        }
        None => (text, b""),
    }
}

/// What is before the last word, and the last word.
fn last_token(text: &[u8]) -> (&[u8], &[u8]) {
    let text = text.trim_ascii_end();
    match memchr::memrchr(b' ', text) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
        None => (b"", text),
    }
}

/// `program[pid]:` or `program:`, which is not a host.
fn ends_tag(word: &[u8]) -> bool {
    match word.strip_suffix(b":") {
        Some(tag) => tag.ends_with(b"]") || !tag.contains(&b':'),
        None => false,
    }
}

/// `mail.info`
fn is_facility(word: &[u8]) -> bool {
    let Some(point) = memchr::memchr(b'.', word) else { return false };
    let (facility, level) = (word.get(..point).unwrap_or_default(), word.get(point + 1..).unwrap_or_default());
    let facilities: [&[u8]; 13] = [
        b"kern",
        b"user",
        b"mail",
        b"daemon",
        b"auth",
        b"syslog",
        b"lpr",
        b"news",
        b"uucp",
        b"cron",
        b"authpriv",
        b"ftp",
        b"console",
    ];
    let levels: [&[u8]; 11] =
        [b"emerg", b"panic", b"alert", b"crit", b"err", b"error", b"warn", b"warning", b"notice", b"info", b"debug"];
    let local = facility.strip_prefix(b"local").is_some_and(|number| matches!(number, [b'0'..=b'7']));
    (local || facilities.contains(&facility)) && levels.contains(&level)
}
