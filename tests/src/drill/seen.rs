//! What the clients have seen.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

/// Number of writers.
pub(crate) const WRITERS: usize = 4;

/// A read asks for the newest known row and for one that is this much older: too old to have been in flight together.
const OLDER: Duration = Duration::from_millis(400);

/// A row: its writer and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) writer: usize,
    pub(crate) seq: u64,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} of writer {}", self.seq, self.writer)
    }
}

/// A commit that was acknowledged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ack {
    pub(crate) row: Row,
    /// The node that acknowledged it.
    pub(crate) node: usize,
    /// The HAProxy that it came through.
    pub(crate) proxy: usize,
    /// When it was sent.
    pub(crate) sent: Instant,
    /// When the acknowledgement came.
    pub(crate) at: Instant,
}

/// A row that was acknowledged, or shown by a read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) row: Row,
    /// Since when it has been known.
    pub(crate) since: Instant,
}

/// The known rows of one writer on one node: from the newest back to one that is [`OLDER`].
///
/// By the newest row alone, a reader could not tell a node that lacks the last moment from one that lacks minutes.
#[derive(Debug, Clone, Default)]
pub(crate) struct History(VecDeque<Known>);

impl History {
    fn learn(&mut self, row: Row, since: Instant) {
        if self.0.back().is_some_and(|newest| newest.row.seq >= row.seq) {
            return;
        }
        self.0.push_back(Known { row, since });
        while self.0.get(1).is_some_and(|second| second.since + OLDER <= since) {
            self.0.pop_front();
        }
    }

    /// The rows that a read must have: the newest, and one that is this much older.
    fn expected(&self) -> impl Iterator<Item = Known> + use<> {
        let newest = self.0.back().copied();
        let older = self.0.front().copied().filter(|older| newest.is_some_and(|new| older.since + OLDER <= new.since));
        newest.into_iter().chain(older)
    }
}

/// An answer to a reader.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    /// The node that answered.
    pub(crate) node: usize,
    /// When the question was sent.
    pub(crate) asked: Instant,
    /// Rows that were known when the question was sent, and that the answer lacks.
    pub(crate) lacking: Vec<Known>,
}

/// Everything that was seen, in the order of its arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) acks: Vec<Ack>,
    pub(crate) reads: Vec<Read>,
    /// Sessions and statements that failed.
    pub(crate) failures: usize,
    /// The rows of each writer, separately for each node: what one node had is not forgotten because the other one
    /// continues without it.
    pub(crate) known: [[History; 2]; WRITERS],
}

impl Seen {
    /// Records that a node has acknowledged or shown a row.
    pub(crate) fn learn(&mut self, node: usize, row: Row, since: Instant) {
        if let Some(history) = self.known.get_mut(row.writer).and_then(|of| of.get_mut(node)) {
            history.learn(row, since);
        }
    }

    /// The rows that a read must have if it is sent now.
    pub(crate) fn expected(&self) -> Vec<Known> {
        self.known.iter().flatten().flat_map(History::expected).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_must_have_the_newest_row_and_one_that_was_not_in_flight_with_it() {
        let start = Instant::now();
        let mut seen = Seen::default();
        for seq in 0..=100 {
            let since = start + Duration::from_millis(seq * 10);
            seen.learn(0, Row { writer: 2, seq }, since);
        }
        let expected = |seen: &Seen| seen.expected().iter().map(|known| known.row.seq).collect::<Vec<_>>();
        assert_eq!(expected(&seen), [100, 60]);
        // A slower reader reports an older row.
        seen.learn(0, Row { writer: 2, seq: 7 }, start + Duration::from_secs(9));
        assert_eq!(expected(&seen), [100, 60]);
        // The other node continues without these rows.
        seen.learn(1, Row { writer: 2, seq: 101 }, start + Duration::from_secs(2));
        assert_eq!(expected(&seen), [100, 60, 101]);
    }
}
