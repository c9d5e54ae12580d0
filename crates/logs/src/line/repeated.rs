//! Lines that stand for several: what syslog writes instead of repeating itself.

use memchr::memmem;

use super::Line;

/// A line that stands for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated<'a> {
    /// `message repeated 3 times: [ text]`: the program said this text so many times more (rsyslog).
    Text(u64, &'a [u8]),
    /// `last message repeated 3 times`: so many times more what the line before says.
    Last(u64),
}

/// What every such line contains.
pub(crate) const LITERAL: &[u8] = b"message repeated ";

/// The most repetitions that are believed: syslogs write a line for each, or at least every few minutes.
const MOST: u64 = 1_000_000;

/// Whether a line stands for others.
pub fn repeated<'a>(line: &Line<'a>) -> Option<Repeated<'a>> {
    // `last` and `message` are no programs, and some syslogs have no host before them.
    let message = line.message.strip_prefix(b"--- ").unwrap_or(line.message);
    if let Some(rest) = message.strip_prefix(LITERAL) {
        let (count, rest) = times(rest)?;
        if let Some(text) = rest.strip_prefix(b": [ ") {
            return Some(Repeated::Text(count, text.strip_suffix(b"]").unwrap_or(text)));
        }
    }
    if !line.program.is_empty() {
        return None;
    }
    let rest = message.strip_prefix(b"last ").unwrap_or(message).strip_prefix(LITERAL)?;
    times(rest).map(|(count, _)| Repeated::Last(count))
}

/// `3 times`
fn times(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = memmem::find(text, b" time")?;
    let count: u64 = std::str::from_utf8(text.get(..end)?).ok()?.parse().ok()?;
    let rest = text.get(end + 5..)?;
    (count <= MOST).then_some((count, rest.strip_prefix(b"s").unwrap_or(rest)))
}
