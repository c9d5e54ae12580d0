//! The forms of a time at the beginning of a line, or in brackets inside it.

use memchr::{memchr_iter, memrchr_iter};

use super::civil::{Civil, Cursor, Written};

/// `2026-12-01T02:46:56.123456+01:00` and its relatives: a blank for the `T`, `/` for `-` (nginx's error log), a comma
/// before the fraction, no zone (local time), a zone after a blank (Exim), an hour without its zero (MariaDB).
/// <https://www.rfc-editor.org/rfc/rfc3339>
pub(super) fn iso(line: &[u8]) -> Option<Iso> {
    let mut cursor = Cursor::new(line);
    let year = cursor.digits(4)?;
    let slash = cursor.take(b'/');
    if !slash {
        cursor.expect(b'-')?;
    }
    let month = cursor.digits(2)?;
    cursor.expect(if slash { b'/' } else { b'-' })?;
    let day = cursor.digits(2)?;
    let between = cursor.peek()?;
    if !cursor.take(b' ') && !cursor.take(b'T') {
        cursor.expect(b't')?;
    }
    let clock = cursor.clock()?;
    let seconds = cursor.at() - 2;
    cursor.fraction();
    let mut offset = cursor.offset();
    if offset.is_none() && between == b' ' {
        offset = zone_after_blank(&mut cursor);
    }
    if cursor.peek().is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let form = match (slash, between) {
        (true, _) => Form::Slashes,
        (_, b' ') => Form::Blank,
        _ => Form::T,
    };
    let civil = Civil::new(Some(year), month, day, clock)?;
    Some(Iso { written: Written { civil, offset, seconds, end: cursor.at() }, form })
}

/// What [`iso`] read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Iso {
    pub(super) written: Written,
    pub(super) form: Form,
}

/// Which of its forms it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `2026-12-01T02:46:56`
    T,
    /// `2026-12-01 02:46:56`
    Blank,
    /// `2026/12/01 02:46:56`
    Slashes,
}

/// ` +0100`, ` UTC` or ` GMT` after a time with a blank.
fn zone_after_blank(cursor: &mut Cursor<'_>) -> Option<i32> {
    let mut ahead = *cursor;
    ahead.expect(b' ')?;
    let offset = match ahead.peek()? {
        b'+' | b'-' => {
            let start = ahead.at();
            let offset = ahead.offset()?;
            (ahead.at() - start > 3).then_some(offset)?
        }
        _ => {
            let (mut utc, mut gmt) = (ahead, ahead);
            if b"UTC".iter().all(|byte| utc.take(*byte)) {
                ahead = utc;
            } else if b"GMT".iter().all(|byte| gmt.take(*byte)) {
                ahead = gmt;
            } else {
                return None;
            }
            0
        }
    };
    if ahead.peek().is_some_and(|byte| byte != b' ') {
        return None;
    }
    *cursor = ahead;
    Some(offset)
}

/// `Dec  1 02:46:56` and its relatives: `Dec 01`, a fraction (`journalctl -o short-precise`), a year before, between or
/// after (Cisco, rsyslog, asctime), a weekday, a bracket (Apache's error log), Cisco's `*` or `.` for a clock that is
/// not set. <https://www.rfc-editor.org/rfc/rfc3164#section-4.1.2>
pub(super) fn bsd(line: &[u8]) -> Option<Written> {
    let mut cursor = Cursor::new(line);
    let bracket = cursor.take(b'[');
    if !bracket && !cursor.take(b'*') {
        cursor.take(b'.');
    }
    let mut year = leading_year(&mut cursor);
    let month = match cursor.month() {
        Some(month) => month,
        None => {
            weekday(&mut cursor)?;
            cursor.month()?
        }
    };
    cursor.expect(b' ')?;
    let day = if cursor.take(b' ') { cursor.digits(1)? } else { one_or_two_digits(&mut cursor)? };
    cursor.expect(b' ')?;
    year = year.or_else(|| leading_year(&mut cursor));
    let clock = cursor.clock()?;
    let seconds = cursor.at() - 2;
    cursor.fraction();
    year = year.or_else(|| trailing_year(&mut cursor));
    if bracket {
        cursor.expect(b']')?;
    }
    if cursor.peek().is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    Some(Written { civil: Civil::new(year, month, day, clock)?, offset: None, seconds, end: cursor.at() })
}

fn one_or_two_digits(cursor: &mut Cursor<'_>) -> Option<u32> {
    cursor.digits(2).or_else(|| cursor.digits(1))
}

/// `Tue `
fn weekday(cursor: &mut Cursor<'_>) -> Option<()> {
    (cursor.skip(|byte| byte.is_ascii_alphabetic()) == 3).then_some(())?;
    cursor.expect(b' ')
}

/// `2026 `
fn leading_year(cursor: &mut Cursor<'_>) -> Option<u32> {
    let mut ahead = *cursor;
    let year = ahead.digits(4)?;
    ahead.expect(b' ')?;
    *cursor = ahead;
    Some(year)
}

/// ` 2026`, before a blank, a colon or a bracket.
fn trailing_year(cursor: &mut Cursor<'_>) -> Option<u32> {
    let mut ahead = *cursor;
    ahead.expect(b' ')?;
    let year = ahead.digits(4).filter(|year| (1970..2200).contains(year))?;
    match ahead.peek()? {
        b' ' | b']' => {}
        // `2026: `, not the host 2001:db8::1.
        b':' => {
            let mut after = ahead;
            (after.take(b':') && after.take(b' ')).then_some(())?;
        }
        _ => return None,
    }
    *cursor = ahead;
    Some(year)
}

/// `Tue 2026-12-01 02:46:56 CET`, as `journalctl -o short-full` writes it. Of zones only UTC has an offset.
pub(super) fn weekday_iso(line: &[u8]) -> Option<Written> {
    let mut cursor = Cursor::new(line);
    weekday(&mut cursor)?;
    let start = cursor.at();
    let mut written = iso(line.get(start..)?)?.written.after(start);
    if written.offset.is_none() {
        let mut rest = Cursor::new(line.get(written.end..)?);
        if rest.take(b' ') && rest.skip(|byte| byte.is_ascii_uppercase()) > 1 && rest.peek() == Some(b' ') {
            written.end += rest.at();
        }
    }
    Some(written)
}

/// `01/Dec/2026:02:46:56 +0100` in brackets, as nginx and Apache write it. Names of clients may imitate it: it is the
/// last before the request, which is the first in quotes.
/// <https://httpd.apache.org/docs/2.4/mod/mod_log_config.html>
pub(super) fn access(line: &[u8]) -> Option<Written> {
    let request = memchr::memchr(b'"', line).unwrap_or(line.len());
    let before = line.get(..request)?;
    let found = memrchr_iter(b'[', before).find_map(|bracket| access_at(line, bracket + 1));
    // In a format that begins with a quote.
    found.or_else(|| memchr_iter(b'[', line).find_map(|bracket| access_at(line, bracket + 1)))
}

fn access_at(line: &[u8], start: usize) -> Option<Written> {
    let mut cursor = Cursor::new(line.get(start..)?);
    let day = cursor.digits(2)?;
    cursor.expect(b'/')?;
    let month = cursor.month()?;
    cursor.expect(b'/')?;
    let year = cursor.digits(4)?;
    cursor.expect(b':')?;
    let clock = cursor.clock()?;
    let seconds = cursor.at() - 2;
    cursor.fraction();
    let offset = if cursor.take(b' ') { Some(cursor.offset()?) } else { cursor.offset() };
    cursor.expect(b']')?;
    let civil = Civil::new(Some(year), month, day, clock)?;
    Some(Written { civil, offset, seconds: start + seconds, end: start + cursor.at() })
}

/// `<34>` with the version `1 ` of RFC 5424, or without: how many bytes it takes, and whether there is a version.
/// <https://www.rfc-editor.org/rfc/rfc5424#section-6.2>
pub(super) fn priority(line: &[u8]) -> Option<(usize, bool)> {
    let mut cursor = Cursor::new(line);
    cursor.expect(b'<')?;
    let digits = cursor.skip(|byte| byte.is_ascii_digit());
    (1..=3).contains(&digits).then_some(())?;
    cursor.expect(b'>')?;
    let end = cursor.at();
    let version = cursor.peek().is_some_and(|byte| (b'1'..=b'9').contains(&byte));
    let digits = cursor.skip(|byte| byte.is_ascii_digit());
    match version && digits <= 2 && cursor.take(b' ') {
        true => Some((cursor.at(), true)),
        false => Some((end, false)),
    }
}
