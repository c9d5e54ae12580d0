//! `key=value, ` pairs, as Postfix and sendmail write them.
//!
//! The order of the pairs is not fixed, and new ones appear: Postfix 3.11 added `tls=`. So they are read from the left,
//! and values that strangers choose end where their brackets and quotes end, whatever they contain.

/// Reads pairs from the left. Ends at the end of the text, or where something else than a pair stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pairs<'a> {
    rest: &'a [u8],
}

impl<'a> Pairs<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Pairs<'a> {
        Pairs { rest: text }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        // Keys and most values are short: loops are faster than memchr.
        let key = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = self.rest.iter().position(|byte| !key(byte))?;
        let (key, rest) = self.rest.split_at(length);
        let text = rest.strip_prefix(b"=").filter(|_| length > 0)?;
        let (value, rest) = text.split_at(value_length(text));
        self.rest = rest.strip_prefix(b", ").or_else(|| rest.strip_prefix(b",")).unwrap_or_default();
        Some((key, value))
    }
}

/// How long the value is: up to the next comma outside of brackets and quotes.
///
/// A comma with no blank after it belongs to a value: sendmail's lists of recipients.
fn value_length(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += element_length(text.get(at..).unwrap_or_default());
        match text.get(at..) {
            Some([b',', b' ', ..] | [b','] | []) | None => return at,
            Some([b',', ..]) => at += 1,
            // The rest of an element that is not as it should be, such as `<a>b`.
            Some(rest) => match memchr::memchr(b',', rest) {
                Some(comma) => at += comma,
                None => return text.len(),
            },
        }
    }
}

/// How long one element of a list is.
fn element_length(text: &[u8]) -> usize {
    let closed = match text.first() {
        Some(b'<') => bracketed(text),
        Some(b'"') => quoted(text),
        _ => None,
    };
    match closed {
        Some(length) => length,
        None => text.iter().position(|byte| *byte == b',').unwrap_or(text.len()),
    }
}

/// `<…>`, where a quoted part may contain anything. If its quotes do not end, the first `>` ends it: Postfix before 3.5
/// writes addresses without the quotes they need.
fn bracketed(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match memchr::memchr2(b'>', b'"', text.get(at..)?).map(|found| at + found) {
            Some(found) if text.get(found) == Some(&b'>') => return Some(found + 1),
            Some(found) => match quoted_part(text.get(found..)?) {
                Some(length) => at = found + length,
                None => return memchr::memchr(b'>', text).map(|end| end + 1),
            },
            None => return memchr::memchr(b'>', text).map(|end| end + 1),
        }
    }
}

/// `"…"@example.com`, up to the comma.
fn quoted(text: &[u8]) -> Option<usize> {
    let length = quoted_part(text)?;
    let rest = text.get(length..)?;
    Some(length + memchr::memchr(b',', rest).unwrap_or(rest.len()))
}

/// `"…"` with `\` before `"` and `\`.
fn quoted_part(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let found = at + memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        match text.get(found) {
            Some(b'"') => return Some(found + 1),
            _ => at = found + 2,
        }
    }
}

/// An address without its brackets.
pub(crate) fn address(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"<").and_then(|inside| inside.strip_suffix(b">")).unwrap_or(value)
}

/// The domain of an address; empty if it has none.
pub(crate) fn domain(value: &[u8]) -> &[u8] {
    let address = address(value);
    match memchr::memrchr(b'@', address) {
        Some(at) => address.get(at + 1..).unwrap_or_default(),
        None => b"",
    }
}

/// The name of a relay: `mx.example.net[192.0.2.1]:25` is `mx.example.net`, `none` stays.
pub(crate) fn relay_name(relay: &[u8]) -> &[u8] {
    let end = memchr::memchr2(b'[', b' ', relay).unwrap_or(relay.len());
    relay.get(..end).unwrap_or_default()
}

/// The number of recipients in a list such as `<a@example.com>,<b@example.com>`.
pub(crate) fn recipients(list: &[u8]) -> u64 {
    let (mut count, mut at) = (1, 0);
    loop {
        at += element_length(list.get(at..).unwrap_or_default());
        // What follows a closed bracket up to the comma belongs to the element.
        let rest = list.get(at..).unwrap_or_default();
        match memchr::memchr(b',', rest) {
            Some(comma) if comma + 1 < rest.len() => {
                at += comma + 1;
                count += 1;
            }
            _ => return count,
        }
    }
}
