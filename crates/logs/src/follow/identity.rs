//! Whether a file is a known generation, by what is in it.

use std::io;

use healthd_core::samples::source::Generation;

use super::text::{HEAD, TAIL, Text, length_of};

/// From how many bytes on that two texts have in common they are taken for the same one.
pub(crate) const STRONG: u64 = 4096;

/// How much of two texts is compared at each end, to see whether one is the beginning of the other.
const COMPARED: usize = 64 * 1024;

/// Whether a file with these first bytes can be `known`.
pub(crate) fn same_head(known: &Generation, head: &[u8]) -> bool {
    !known.head.is_empty() && head.starts_with(&known.head)
}

/// Whether the text continues `known`: it begins alike, and has the same bytes just before the position.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn continues(text: &mut Text, known: &Generation) -> io::Result<bool> {
    let head = text.bytes(0, known.head.len())?;
    if head != known.head {
        return Ok(false);
    }
    Ok(tail_at(text, known.position, known.tail.len())?.as_deref() == Some(&known.tail))
}

/// Whether a text that begins with `block` has everything that was counted of `known`. Of what is longer than a block,
/// the first bytes of a text tell.
pub(crate) fn holds(block: &[u8], known: &Generation) -> bool {
    let end = usize::try_from(known.position).unwrap_or(usize::MAX);
    let counted = block.get(..end);
    same_head(known, block) && counted.map_or(block.len() >= COMPARED, |counted| counted.ends_with(&known.tail))
}

/// The `length` bytes before an offset; `None` if the text is shorter than the offset.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn tail_at(text: &mut Text, offset: u64, length: usize) -> io::Result<Option<Vec<u8>>> {
    let from = offset.saturating_sub(length_of(length));
    let tail = text.bytes(from, usize::try_from(offset - from).unwrap_or(length))?;
    Ok((from + length_of(tail.len()) == offset).then_some(tail))
}

/// What `known` becomes when `taken`, the bytes from its position on, are counted.
pub(crate) fn advance(known: &mut Generation, taken: &[u8]) {
    known.tail.extend_from_slice(taken.get(taken.len().saturating_sub(TAIL)..).unwrap_or_default());
    let surplus = known.tail.len().saturating_sub(TAIL);
    known.tail.drain(..surplus);
    if length_of(known.head.len()) == known.position {
        let room = HEAD.saturating_sub(known.head.len()).min(taken.len());
        known.head.extend_from_slice(taken.get(..room).unwrap_or_default());
    }
    known.position += length_of(taken.len());
}

/// How two texts compare, as far as their first bytes and those before the shorter one's end tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alike {
    /// They differ.
    No,
    /// They are the same.
    Same,
    /// The shorter one, which has at least this many bytes, is the beginning of the longer.
    Prefix(u64),
}

impl Alike {
    /// Whether one is a copy of the other, perhaps an unfinished one. Two generations can have a header in common, so a
    /// few bytes say nothing.
    pub(crate) fn is_copy(self) -> bool {
        match self {
            Alike::No => false,
            Alike::Same => true,
            Alike::Prefix(common) => common >= STRONG,
        }
    }
}

/// Compares two texts.
///
/// # Errors
/// When one of them cannot be read.
pub(crate) fn compare(one: &mut Text, two: &mut Text) -> io::Result<Alike> {
    let (first, second) = (one.bytes(0, COMPARED)?, two.bytes(0, COMPARED)?);
    let common = first.len().min(second.len());
    if first.get(..common) != second.get(..common) {
        return Ok(Alike::No);
    }
    let length = |text: &Text, begin: &[u8]| match begin.len() {
        COMPARED => text.length(),
        short => Ok(Some(length_of(short))),
    };
    let (Some(one_length), Some(two_length)) = (length(one, &first)?, length(two, &second)?) else {
        return Ok(Alike::Prefix(length_of(common)));
    };
    let shorter = one_length.min(two_length);
    if tail_at(one, shorter, COMPARED)? != tail_at(two, shorter, COMPARED)? {
        return Ok(Alike::No);
    }
    Ok(if one_length == two_length { Alike::Same } else { Alike::Prefix(shorter) })
}
