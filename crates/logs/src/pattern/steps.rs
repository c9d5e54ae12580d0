//! How far a pattern matches a line that it does not match as a whole.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Ast, Span};

use super::Pattern;

/// A pattern has at most this many steps; what remains is one more.
const MOST: usize = 40;

/// A pattern, piece by piece.
#[derive(Debug)]
pub(crate) struct Steps {
    text: String,
    /// The end of each piece, and the pattern up to there.
    pieces: Vec<(usize, Pattern)>,
}

/// How far a line goes along with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached<'a> {
    /// How many pieces match.
    pub(crate) pieces: usize,
    /// The part of the pattern that matches.
    pub(crate) matches: &'a str,
    /// The next piece, which does not.
    pub(crate) fails: &'a str,
}

impl Steps {
    /// The pieces of a pattern that compiles: characters in a row are one.
    pub(crate) fn new(text: &str) -> Steps {
        let pieces = ends(text).into_iter().filter_map(|end| Some((end, Pattern::new(text.get(..end)?).ok()?)));
        Steps { text: text.to_owned(), pieces: pieces.collect() }
    }

    /// How far this line goes.
    pub(crate) fn reached(&mut self, line: &[u8]) -> Reached<'_> {
        // Where a longer part matches, the shorter ones do.
        let (mut low, mut high) = (0, self.pieces.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.pieces.get_mut(middle).is_some_and(|(_, pattern)| pattern.is_match(line)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let end = |piece: usize| self.pieces.get(piece).map_or(self.text.len(), |(end, _)| *end);
        let matched = if low == 0 { 0 } else { end(low - 1) };
        let text = |from, to| self.text.get(from..to).unwrap_or_default();
        Reached { pieces: low, matches: text(0, matched), fails: text(matched, end(low)) }
    }
}

/// Where each piece ends.
fn ends(text: &str) -> Vec<usize> {
    let ast = Parser::new().parse(text);
    let Ok(Ast::Concat(concat)) = &ast else { return vec![text.len()] };
    let mut ends: Vec<usize> = Vec::new();
    let mut in_word = false;
    for ast in &concat.asts {
        let Span { start: _, end } = *ast.span();
        let literal = matches!(ast, Ast::Literal(_));
        let full = ends.len() >= MOST;
        match ends.last_mut() {
            Some(last) if (literal && in_word) || full => *last = end.offset,
            _ => ends.push(end.offset),
        }
        in_word = literal;
    }
    ends
}
