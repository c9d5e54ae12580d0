//! Reads the time of a line that begins like the line before.

use super::civil::{Cursor, Written};
use super::stamp::Head;

/// The longest beginning that is compared.
const LONGEST: usize = 48;

/// The beginning of a line up to its minute, what follows its second, and when that minute is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recent {
    line: [u8; LONGEST],
    /// Where the seconds begin.
    seconds: usize,
    /// What follows the seconds and their fraction: the zone, and the byte after it.
    suffix: (usize, usize),
    local: bool,
    structured: bool,
    start: i64,
    /// The day of the read, which decides the year of RFC 3164.
    day: i64,
}

impl Recent {
    /// Of a line with this time, in the minute that starts at `start`.
    pub(super) fn new(line: &[u8], written: &Written, head: Head, start: i64, day: i64) -> Option<Recent> {
        let structured = match head {
            Head::Plain(end) if end == written.end => false,
            Head::Rfc5424(end) if end == written.end => true,
            _ => return None,
        };
        let mut cursor = Cursor::new(line.get(written.seconds + 2..)?);
        cursor.fraction();
        let suffix = (written.seconds + 2 + cursor.at(), written.end + 1);
        let mut kept = [0; LONGEST];
        kept.get_mut(..suffix.1)?.copy_from_slice(line.get(..suffix.1)?);
        let local = written.offset.is_none();
        Some(Recent { line: kept, seconds: written.seconds, suffix, local, structured, start, day })
    }

    /// The time of a line that begins alike; `None` if it does not.
    pub(super) fn read(&self, line: &[u8], day: i64) -> Option<(i64, Head)> {
        if self.day != day || line.get(..self.seconds)? != self.line.get(..self.seconds)? {
            return None;
        }
        let mut cursor = Cursor::new(line.get(self.seconds..)?);
        let second = cursor.digits(2).filter(|second| *second < 60)?;
        cursor.fraction();
        let at = self.seconds + cursor.at();
        let suffix = self.line.get(self.suffix.0..self.suffix.1)?;
        let rest = line.get(at..)?.strip_prefix(suffix)?;
        // A year or a zone may follow: ` 2026 host`, ` +0100`.
        let zone = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || b"+- ".contains(byte);
        if self.local && rest.first().is_none_or(zone) {
            return None;
        }
        let end = at + suffix.len() - 1;
        let head = if self.structured { Head::Rfc5424(end) } else { Head::Plain(end) };
        Some((self.start + i64::from(second), head))
    }
}
