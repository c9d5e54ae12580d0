//! Finds in a block the lines that may matter.

use regex_automata::util::prefilter::Prefilter;
use regex_automata::{MatchKind, Span};

/// Finds the next place of any of some literals.
#[derive(Debug)]
pub(super) struct Finder {
    literals: Option<Prefilter>,
    /// The next place in the block, `None` if there is none.
    next: Option<usize>,
}

impl Finder {
    /// Finds these literals; `None`: every line.
    pub(super) fn new(literals: Option<&[Vec<u8>]>) -> Finder {
        let literals = literals.and_then(|literals| Prefilter::new(MatchKind::LeftmostFirst, literals));
        Finder { literals, next: None }
    }

    /// Starts with a block.
    pub(super) fn start(&mut self, block: &[u8]) {
        self.next = self.find(block, 0);
    }

    /// Where the next literal is, in the part of the block from `from` on.
    pub(super) fn next(&mut self, block: &[u8], from: usize) -> Option<usize> {
        if self.next.is_some_and(|next| next < from) {
            self.next = self.find(block, from);
        }
        self.next
    }

    /// Whether it found a literal before `end`.
    pub(super) fn is_before(&self, end: usize) -> bool {
        self.next.is_some_and(|next| next < end)
    }

    fn find(&self, block: &[u8], from: usize) -> Option<usize> {
        if from >= block.len() {
            return None;
        }
        match &self.literals {
            Some(literals) => literals.find(block, Span { start: from, end: block.len() }).map(|found| found.start),
            None => Some(from),
        }
    }
}
