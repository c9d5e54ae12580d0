//! The [Journal Export Format](https://systemd.io/JOURNAL_EXPORT_FORMATS/), read piece by piece.

use memchr::memchr;

use crate::follow::MAX_LINE;

/// How much of a field is kept. A message longer than a line may be is known by that.
const KEEP: usize = MAX_LINE + 1;

/// What is needed of one entry of the journal.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its place in the journal.
    pub(crate) cursor: String,
    /// When journald received it, in microseconds of Unix time.
    pub(crate) received: Option<u64>,
    /// When it was sent, as far as that is known, likewise.
    pub(crate) sent: Option<u64>,
    pub(crate) host: Vec<u8>,
    /// What the program calls itself, such as `postfix/smtp`.
    pub(crate) identifier: Vec<u8>,
    /// The name of the process.
    pub(crate) command: Vec<u8>,
    /// The process that the program names, as syslog knows it.
    pub(crate) syslog_pid: Vec<u8>,
    pub(crate) pid: Vec<u8>,
    /// The first bytes of the message, at most one more than a line may have.
    pub(crate) message: Vec<u8>,
}

/// Where the parser is in an entry.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In a line: `NAME=value`, or `NAME` before a binary value.
    #[default]
    Line,
    /// In the length of a binary value.
    Length { bytes: u8, value: u64 },
    /// In a binary value, with so many bytes to come.
    Binary(u64),
    /// Before the newline that follows a binary value.
    Newline,
}

/// Reads entries from pieces of any size. It keeps at most one entry.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    state: State,
    /// The line, or the binary value.
    field: Vec<u8>,
    /// The name of the binary value.
    name: Vec<u8>,
    entry: Entry,
}

impl Parser {
    /// Takes a piece, and hands each entry that ends in it to `each`.
    pub(crate) fn take(&mut self, piece: &[u8], each: &mut impl FnMut(Entry)) {
        let mut rest = piece;
        while let Some(first) = rest.first() {
            let used = match self.state {
                State::Line => self.line(rest, each),
                State::Length { bytes, value } => {
                    let value = value | u64::from(*first) << (8 * u32::from(bytes));
                    self.state = match (bytes, value) {
                        (7, 0) => State::Newline,
                        (7, _) => State::Binary(value),
                        _ => State::Length { bytes: bytes + 1, value },
                    };
                    1
                }
                State::Binary(left) => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    self.keep(rest.get(..here).unwrap_or_default());
                    let left = left - u64::try_from(here).unwrap_or(left);
                    self.state = if left == 0 { State::Newline } else { State::Binary(left) };
                    here
                }
                State::Newline => {
                    let (name, value) = (std::mem::take(&mut self.name), std::mem::take(&mut self.field));
                    self.entry.set(&name, &value);
                    self.state = State::Line;
                    1
                }
            };
            rest = rest.get(used..).unwrap_or_default();
        }
    }

    fn line(&mut self, rest: &[u8], each: &mut impl FnMut(Entry)) -> usize {
        let Some(newline) = memchr(b'\n', rest) else {
            self.keep(rest);
            return rest.len();
        };
        self.keep(rest.get(..newline).unwrap_or_default());
        let line = std::mem::take(&mut self.field);
        match memchr(b'=', &line).and_then(|equals| line.split_at_checked(equals)) {
            Some((name, value)) => self.entry.set(name, value.get(1..).unwrap_or_default()),
            None if line.is_empty() => {
                let entry = std::mem::take(&mut self.entry);
                if !entry.cursor.is_empty() {
                    each(entry);
                }
            }
            None => {
                self.name = line;
                self.state = State::Length { bytes: 0, value: 0 };
            }
        }
        newline + 1
    }

    /// Keeps the beginning of a field.
    fn keep(&mut self, bytes: &[u8]) {
        // The name before a text value is short.
        let room = (KEEP + 64).saturating_sub(self.field.len()).min(bytes.len());
        self.field.extend_from_slice(bytes.get(..room).unwrap_or_default());
    }
}

impl Entry {
    /// Sets what a field is for. Of a field that occurs twice, the first value counts.
    fn set(&mut self, name: &[u8], value: &[u8]) {
        let number = || std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        let to = match name {
            b"__CURSOR" => {
                self.cursor = String::from_utf8_lossy(value).into_owned();
                return;
            }
            b"__REALTIME_TIMESTAMP" => {
                self.received = number();
                return;
            }
            b"_SOURCE_REALTIME_TIMESTAMP" => {
                self.sent = number();
                return;
            }
            b"_HOSTNAME" => &mut self.host,
            b"SYSLOG_IDENTIFIER" => &mut self.identifier,
            b"_COMM" => &mut self.command,
            b"SYSLOG_PID" => &mut self.syslog_pid,
            b"_PID" => &mut self.pid,
            b"MESSAGE" => &mut self.message,
            _ => return,
        };
        if to.is_empty() {
            *to = value.get(..KEEP).unwrap_or(value).to_vec();
        }
    }

    /// The entry as a line of a syslog file: `2026-12-01T02:46:56.123456Z host identifier[pid]: message`, without a
    /// newline.
    pub(crate) fn line(&self) -> Vec<u8> {
        let first = |values: [&[u8]; 2], otherwise: &'static [u8]| {
            values.into_iter().find(|value| !value.is_empty()).unwrap_or(otherwise).to_vec()
        };
        let micros = self.sent.or(self.received).unwrap_or_default();
        let host = first([&self.host, b""], b"localhost");
        let identifier = first([&self.identifier, &self.command], b"unknown");
        let pid = first([&self.syslog_pid, &self.pid], b"");
        let mut line = time(micros).into_bytes();
        line.push(b' ');
        line.extend(host);
        line.push(b' ');
        line.extend(identifier);
        if !pid.is_empty() {
            line.push(b'[');
            line.extend(pid);
            line.push(b']');
        }
        line.extend_from_slice(b": ");
        line.extend_from_slice(&self.message);
        // A line stays one line, whatever a program wrote into it.
        line.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
        line
    }
}

/// The last microsecond of the year 9999.
const LAST: u64 = 253_402_300_799_999_999;

fn time(micros: u64) -> String {
    let since = std::time::Duration::from_micros(micros.min(LAST));
    humantime::format_rfc3339_micros(std::time::UNIX_EPOCH + since).to_string()
}

/// Whether two cursors are of the same entry. They can differ in the file's number, which changes when the journal is
/// moved to the disk, while boot, time and content of an entry stay.
pub(crate) fn same_entry(one: &str, two: &str) -> bool {
    let of_entry = |cursor: &str| -> Vec<String> {
        let parts = cursor.split(';').filter(|part| !part.starts_with("s=") && !part.starts_with("i="));
        parts.map(str::to_owned).collect()
    };
    one == two || (of_entry(one) == of_entry(two) && !of_entry(one).is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &[u8], pieces: usize) -> Vec<Entry> {
        let (mut parser, mut entries) = (Parser::default(), Vec::new());
        for piece in text.chunks(pieces.max(1)) {
            parser.take(piece, &mut |entry| entries.push(entry));
        }
        entries
    }

    fn binary(name: &str, value: &[u8]) -> Vec<u8> {
        let length = u64::try_from(value.len()).expect("the test is right").to_le_bytes();
        [name.as_bytes(), b"\n", &length, value, b"\n"].concat()
    }

    #[test]
    fn an_entry_becomes_a_line_of_syslog() {
        let text = b"__CURSOR=s=1;i=2;b=3;m=4;t=5;x=6\n__REALTIME_TIMESTAMP=1796086800000123\nPRIORITY=6\n\
            _SOURCE_REALTIME_TIMESTAMP=1796086799999999\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/smtp\n_COMM=smtp\n\
            SYSLOG_PID=12\n_PID=99\nMESSAGE=A1: to=<a@example.com>, status=sent\n\n";
        let [entry] = parsed(text, 7).try_into().expect("the test is right");
        assert_eq!(entry.cursor, "s=1;i=2;b=3;m=4;t=5;x=6");
        let expected = "2026-12-01T00:59:59.999999Z mx1 postfix/smtp[12]: A1: to=<a@example.com>, status=sent";
        assert_eq!(String::from_utf8(entry.line()).expect("the test is right"), expected);
    }

    #[test]
    fn what_is_missing_in_an_entry_has_a_substitute() {
        for (fields, expected) in [
            ("_COMM=cron\n_PID=7\nMESSAGE=x\n", "1970-01-01T00:00:00.000000Z localhost cron[7]: x"),
            ("_HOSTNAME=h\n", "1970-01-01T00:00:00.000000Z h unknown: "),
            ("__REALTIME_TIMESTAMP=18446744073709551615\n", "9999-12-31T23:59:59.999999Z localhost unknown: "),
            ("__REALTIME_TIMESTAMP=x\nMESSAGE=a\nMESSAGE=b\n", "1970-01-01T00:00:00.000000Z localhost unknown: a"),
        ] {
            let [entry] =
                parsed(format!("__CURSOR=c\n{fields}\n").as_bytes(), 5).try_into().expect("the test is right");
            assert_eq!(String::from_utf8(entry.line()).expect("the test is right"), expected);
        }
    }

    #[test]
    fn binary_values_may_contain_anything() {
        let message = b"two\nlines\n\n\xff\xfe\0__CURSOR=x\n\n";
        let text =
            [b"__CURSOR=c\n".to_vec(), binary("MESSAGE", message), binary("OTHER", b""), b"\n".to_vec()].concat();
        let text = [text.clone(), b"-- No entries --\n".get(..0).expect("the test is right").to_vec(), text].concat();
        for pieces in [1, 3, 1000] {
            let entries = parsed(&text, pieces);
            assert_eq!(entries.len(), 2);
            assert_eq!(entries[1].message, message);
            assert!(entries[1].line().ends_with(b": two lines  \xff\xfe\0__CURSOR=x  "));
        }
    }

    #[test]
    fn of_a_huge_message_only_the_beginning_is_kept() {
        let huge = vec![b'x'; 3_000_000];
        let text =
            [b"__CURSOR=c\nMESSAGE=".to_vec(), huge.clone(), b"\n\n__CURSOR=d\n".to_vec(), binary("MESSAGE", &huge)];
        let entries = parsed(&[text.concat(), b"\n".to_vec()].concat(), 4096);
        assert_eq!(entries.iter().map(|entry| entry.message.len()).collect::<Vec<_>>(), [KEEP, KEEP]);
    }

    #[test]
    fn cursors_of_the_same_entry_may_differ_in_the_file() {
        assert!(same_entry("s=1;i=2;b=3;m=4;t=5;x=6", "s=9;i=8;b=3;m=4;t=5;x=6"));
        assert!(!same_entry("s=1;i=2;b=3;m=4;t=5;x=6", "s=1;i=3;b=3;m=5;t=6;x=7"));
        assert!(!same_entry("s=1", "s=2"));
        assert!(same_entry("s=1", "s=1"));
    }

    proptest! {
        #[test]
        fn no_input_breaks_the_parser_and_pieces_make_no_difference(
            text in proptest::collection::vec(prop_oneof![
                Just(b"__CURSOR=c\n".to_vec()),
                Just(b"\n".to_vec()),
                Just(b"MESSAGE".to_vec()),
                Just(binary("MESSAGE", b"a\nb")),
                proptest::collection::vec(any::<u8>(), 0..20),
            ], 0..30),
            pieces in 1usize..50,
        ) {
            let text = text.concat();
            let whole = parsed(&text, usize::MAX);
            prop_assert!(whole.iter().all(|entry| !entry.line().contains(&b'\n')));
            prop_assert_eq!(parsed(&text, pieces), whole);
        }
    }
}
