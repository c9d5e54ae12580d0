//! Sets of transactions as text.
//!
//! MariaDB: `0-1-8,0-2-23`, <https://mariadb.com/docs/server/ha-and-performance/standard-replication/gtid>. A
//! difference of two sets need not begin at 1; for that we have a form of our own, `1-1-168..467`.
//!
//! MySQL: `uuid:1-5:7:tag:1-3`, <https://dev.mysql.com/doc/refman/8.4/en/replication-gtids-concepts.html>.
//!
//! Files: `1:12:4567`, a form of our own: everything of server 1 before offset 4567 of its file 12; or
//! `1:12:4567..12:5000`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::gtids::{Gtids, Key, Notation};
use super::origin::Uuid;
use super::ranges::Span;
use crate::position::history::History as _;

/// What is wrong with a text, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GtidError {
    /// Not three parts.
    #[error("no domain-server-sequence at byte {at}")]
    Gtid {
        /// Where it begins.
        at: usize,
    },
    /// Not a server's UUID.
    #[error("no UUID at byte {at}")]
    Uuid {
        /// Where it begins.
        at: usize,
    },
    /// Neither an interval nor a tag of at most 32 letters, digits and `_`.
    #[error("neither an interval nor a tag at byte {at}")]
    Tag {
        /// Where it begins.
        at: usize,
    },
    /// A UUID or a tag without an interval, or an interval that ends before it begins, or begins before 1.
    #[error("no interval at byte {at}")]
    Interval {
        /// Where it should be.
        at: usize,
    },
    /// No digits, or a number beyond what the server can mean.
    #[error("no number, or too large a one, at byte {at}")]
    Number {
        /// Where it begins.
        at: usize,
    },
    /// Not a file's number and an offset in it, or larger than 2^24 files or 2^40 bytes.
    #[error("no file position at byte {at}")]
    Position {
        /// Where it begins.
        at: usize,
    },
}

/// A place in the binary log as one number: the file's in the upper 24 bits, the offset in the lower 40. A file grows
/// beyond `max_binlog_size` with a single large transaction, so 4 GiB would not do.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilePosition(pub(super) u64);

impl FilePosition {
    const OFFSET_BITS: u32 = 40;

    fn new(file: u64, offset: u64) -> Option<FilePosition> {
        let fits = file < 1 << (u64::BITS - Self::OFFSET_BITS) && offset < 1 << Self::OFFSET_BITS;
        let number = file << Self::OFFSET_BITS | offset;
        (fits && number > 0).then_some(FilePosition(number))
    }

    pub(super) fn text(self) -> String {
        format!("{}:{}", self.0 >> Self::OFFSET_BITS, self.0 & ((1 << Self::OFFSET_BITS) - 1))
    }
}

impl Gtids {
    /// Reads a notation. An empty text is the empty set.
    pub fn parse(notation: Notation, text: &str) -> Result<Gtids, GtidError> {
        let mut spans = Vec::new();
        for item in split(Piece { at: 0, text }, ",").filter(|item| !item.text.is_empty()) {
            match notation {
                Notation::MariaDb => spans.extend(mariadb(item)?),
                Notation::MySql => mysql(item, &mut spans)?,
                Notation::File => spans.extend(file(item)?),
            }
        }
        Ok(Gtids::of_spans(spans))
    }

    /// Everything that a server wrote before `offset` of a binary log file. The file has the name that the server gives
    /// it; only the part after the last dot counts.
    pub fn before(server_id: u32, file: &str, offset: u64) -> Result<Gtids, GtidError> {
        let bad = GtidError::Position { at: 0 };
        let (_, index) = file.rsplit_once('.').ok_or(bad)?;
        let index = number(Piece { at: 0, text: index }).map_err(|_| bad)?;
        let FilePosition(last) = FilePosition::new(index, offset).ok_or(bad)?;
        Ok(Gtids::of_spans([(Key::File { server_id }, Span { first: 1, last })]))
    }

    /// The transactions that have this notation, in it: MySQL's in its own normal form, MariaDB's by domain and server
    /// (the server itself has no fixed order).
    pub fn print(&self, notation: Notation) -> String {
        let mut text = String::new();
        let mut uuid_before = None;
        for (key, spans) in self.iter().filter(|(key, _)| key.notation() == notation) {
            let written = !text.is_empty();
            match key {
                Key::MariaDb { domain, server_id } => {
                    let name = format!("{domain}-{server_id}-");
                    text.push_str(&listed(written, &name, spans, |number| number.to_string()));
                }
                Key::File { server_id } => {
                    let name = format!("{server_id}:");
                    text.push_str(&listed(written, &name, spans, |number| FilePosition(number).text()));
                }
                Key::MySql { uuid, tag } => {
                    if uuid_before.replace(uuid) != Some(uuid) {
                        text.extend([if written { ",\n" } else { "" }, &uuid.to_string()]);
                    }
                    if !tag.is_empty() {
                        text.extend([":", tag]);
                    }
                    spans.iter().for_each(|span| text.extend([":", &interval(*span)]));
                }
            }
        }
        text
    }
}

/// Ranges as `name168..467`. As servers do, only the end is written if a range begins with 1. A comma precedes each, or
/// each but the first.
fn listed(comma: bool, name: &str, spans: &[Span], number: impl Fn(u64) -> String) -> String {
    let mut text = String::new();
    for span in spans {
        text.extend([if comma || !text.is_empty() { "," } else { "" }, name]);
        if span.first > 1 {
            text.extend([&number(span.first), ".."]);
        }
        text.push_str(&number(span.last));
    }
    text
}

/// MySQL's `1-5`, or `7` alone.
pub(super) fn interval(Span { first, last }: Span) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// A part of a text, and where it is.
#[derive(Debug, Clone, Copy)]
struct Piece<'a> {
    at: usize,
    text: &'a str,
}

/// The parts between separators, without blanks and line ends around them.
fn split<'a>(whole: Piece<'a>, separator: &'static str) -> impl Iterator<Item = Piece<'a>> {
    let mut next = whole.at;
    whole.text.split(separator).map(move |part| {
        let at = next + part.len() - part.trim_start().len();
        next += part.len() + separator.len();
        Piece { at, text: part.trim() }
    })
}

fn number(piece: Piece<'_>) -> Result<u64, GtidError> {
    // Rust's own parser also takes a sign.
    let digits = piece.text.bytes().all(|byte| byte.is_ascii_digit());
    piece.text.parse().ok().filter(|_| digits).ok_or(GtidError::Number { at: piece.at })
}

fn id(piece: Piece<'_>) -> Result<u32, GtidError> {
    u32::try_from(number(piece)?).map_err(|_| GtidError::Number { at: piece.at })
}

/// `N`, from 1 to there, or `N..M`.
fn range<'a>(piece: Piece<'a>, read: impl Fn(Piece<'a>) -> Result<u64, GtidError>) -> Result<Option<Span>, GtidError> {
    let mut ends = split(piece, "..");
    let ends = (ends.next().unwrap_or(piece), ends.next(), ends.next());
    let (first, last) = match ends {
        // A position before the first transaction: nothing.
        (last, None, _) => match read(last)? {
            0 => return Ok(None),
            last => (1, last),
        },
        (first, Some(last), None) => (read(first)?, read(last)?),
        (_, Some(_), Some(_)) => return Err(GtidError::Interval { at: piece.at }),
    };
    Span::new(first, last).map(Some).ok_or(GtidError::Interval { at: piece.at })
}

fn mariadb(item: Piece<'_>) -> Result<Option<(Key, Span)>, GtidError> {
    let mut parts = split(item, "-");
    let (Some(domain), Some(server_id), Some(sequence), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(GtidError::Gtid { at: item.at });
    };
    let key = Key::MariaDb { domain: id(domain)?, server_id: id(server_id)? };
    Ok(range(sequence, number)?.map(|span| (key, span)))
}

fn file(item: Piece<'_>) -> Result<Option<(Key, Span)>, GtidError> {
    let bad = GtidError::Position { at: item.at };
    let (server_id, rest) = item.text.split_once(':').ok_or(bad)?;
    let at = item.at + server_id.len() + 1;
    let position = |piece: Piece<'_>| {
        let mut parts = split(piece, ":");
        match (parts.next(), parts.next(), parts.next()) {
            (Some(file), Some(offset), None) => FilePosition::new(number(file)?, number(offset)?)
                .map(|position| position.0)
                .ok_or(GtidError::Position { at: piece.at }),
            _ => Err(GtidError::Position { at: piece.at }),
        }
    };
    let key = Key::File { server_id: id(Piece { at: item.at, text: server_id })? };
    Ok(range(Piece { at, text: rest }, position)?.map(|span| (key, span)))
}

/// Parses `uuid:1-5:7:tag:1-3`. A tag applies to the intervals after it.
fn mysql(item: Piece<'_>, spans: &mut Vec<(Key, Span)>) -> Result<(), GtidError> {
    let mut parts = split(item, ":");
    let first = parts.next().unwrap_or(item);
    let uuid = Uuid::parse(first.text).ok_or(GtidError::Uuid { at: first.at })?;
    let mut tag = String::new();
    // Whether the UUID or the tag before has an interval.
    let mut open = true;
    for part in parts {
        if part.text.starts_with(|first: char| first.is_ascii_digit()) {
            let mut ends = split(part, "-");
            let begin = number(ends.next().unwrap_or(part))?;
            let end = ends.next().map_or(Ok(begin), number)?;
            let span = Span::new(begin, end).filter(|_| ends.next().is_none());
            spans.push((Key::MySql { uuid, tag: tag.clone() }, span.ok_or(GtidError::Interval { at: part.at })?));
            open = false;
        } else if open && !tag.is_empty() {
            return Err(GtidError::Interval { at: part.at });
        } else {
            tag = tag_name(part)?;
            open = true;
        }
    }
    if open { Err(GtidError::Interval { at: item.at + item.text.len() }) } else { Ok(()) }
}

fn tag_name(part: Piece<'_>) -> Result<String, GtidError> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let good = (1..=32).contains(&part.text.len()) && part.text.bytes().all(word);
    if good { Ok(part.text.to_ascii_lowercase()) } else { Err(GtidError::Tag { at: part.at }) }
}

/// A set in JSON: one text for each notation. An unknown notation is an error, never an empty set.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    mariadb: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    mysql: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    file: String,
}

impl TryFrom<Texts> for Gtids {
    type Error = GtidError;

    fn try_from(texts: Texts) -> Result<Gtids, GtidError> {
        let mut all = Gtids::parse(Notation::MariaDb, &texts.mariadb)?;
        all.merge(&Gtids::parse(Notation::MySql, &texts.mysql)?);
        all.merge(&Gtids::parse(Notation::File, &texts.file)?);
        Ok(all)
    }
}

impl From<Gtids> for Texts {
    fn from(set: Gtids) -> Texts {
        Texts {
            mariadb: set.print(Notation::MariaDb),
            mysql: set.print(Notation::MySql),
            file: set.print(Notation::File),
        }
    }
}
