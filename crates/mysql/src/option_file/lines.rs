//! Splits a file into the pieces that the clients treat as lines.

/// The clients read into a fixed buffer with `fgets`, which has room for this many bytes.
const LONGEST_LINE: usize = 4094;

/// How a line ends in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With its newline, or with a NUL somewhere before it.
    Complete,
    /// With the end of the file.
    EndOfFile,
    /// At the longest length; the rest of it is the next line.
    Cut,
}

/// What the clients treat as one line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawLine<'a> {
    /// The line number as in an editor. After a line that was too long, the clients count differently.
    pub(super) number: usize,
    /// Up to the first NUL, with the newline if it was reached.
    pub(super) bytes: &'a [u8],
    pub(super) ending: Ending,
}

/// The lines of a file.
pub(super) struct RawLines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> RawLines<'a> {
    pub(super) fn new(content: &'a [u8]) -> Self {
        Self { rest: content, number: 1 }
    }
}

impl<'a> Iterator for RawLines<'a> {
    type Item = RawLine<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let window = &self.rest[..self.rest.len().min(LONGEST_LINE)];
        let newline = window.iter().position(|&byte| byte == b'\n');
        let (piece, rest) = self.rest.split_at(newline.map_or(window.len(), |at| at + 1));
        self.rest = rest;
        let number = self.number;
        let ending = match newline {
            Some(_) => {
                self.number += 1;
                Ending::Complete
            }
            None if rest.is_empty() => Ending::EndOfFile,
            None => Ending::Cut,
        };
        let length = piece.iter().position(|&byte| byte == 0).unwrap_or(piece.len());
        Some(RawLine { number, bytes: &piece[..length], ending })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content: &[u8], expected: &[(usize, &[u8], Ending)]) {
        let found: Vec<_> = RawLines::new(content).map(|line| (line.number, line.bytes, line.ending)).collect();
        assert_eq!(found, expected, "{}", content.escape_ascii());
    }

    #[test]
    fn lines_end_at_a_newline_a_nul_or_the_end() {
        check(b"", &[]);
        check(b"a\n\nb", &[(1, b"a\n", Ending::Complete), (2, b"\n", Ending::Complete), (3, b"b", Ending::EndOfFile)]);
        check(b"a\0b\nc\n", &[(1, b"a", Ending::Complete), (2, b"c\n", Ending::Complete)]);
    }

    #[test]
    fn a_long_line_is_cut_and_its_rest_keeps_the_number() {
        let line = [b'x'; LONGEST_LINE];
        let content = [&line[..], b"rest\nnext\n"].concat();
        check(&content, &[(1, &line, Ending::Cut), (1, b"rest\n", Ending::Complete), (2, b"next\n", Ending::Complete)]);
    }

    #[test]
    fn a_last_line_of_the_longest_length_is_not_cut() {
        let line = [b'x'; LONGEST_LINE];
        check(&line, &[(1, &line, Ending::EndOfFile)]);
    }
}
