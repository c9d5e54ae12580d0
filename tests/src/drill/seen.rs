//! What the clients have seen.

use std::time::Instant;

/// How many writers there are.
pub(crate) const WRITERS: usize = 4;

/// A row: who wrote it, and which of its rows it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) writer: usize,
    pub(crate) seq: u64,
}

/// A commit that was acknowledged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ack {
    pub(crate) row: Row,
    /// The node that acknowledged it.
    pub(crate) node: usize,
    /// When it was sent.
    pub(crate) sent: Instant,
    /// When the acknowledgement came.
    pub(crate) at: Instant,
}

/// A row that was acknowledged, or shown by a read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) row: Row,
    /// Since when.
    pub(crate) since: Instant,
}

/// An answer to a reader.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    /// The node that answered.
    pub(crate) node: usize,
    /// When it was asked.
    pub(crate) asked: Instant,
    /// When the answer came.
    pub(crate) at: Instant,
    /// Rows that were known when it was asked, and that the answer lacks.
    pub(crate) lacking: Vec<Known>,
}

/// All of it, in the order of its coming.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) acks: Vec<Ack>,
    pub(crate) reads: Vec<Read>,
    /// Sessions and statements that failed.
    pub(crate) failures: usize,
    /// What a read must have from now on: the newest row of each writer, of each node apart, so that what one of them had
    /// is not forgotten because the other goes on without it.
    pub(crate) known: [[Option<Known>; 2]; WRITERS],
}

impl Seen {
    /// A row was acknowledged or shown by a node.
    pub(crate) fn learn(&mut self, node: usize, row: Row, since: Instant) {
        let Some(known) = self.known.get_mut(row.writer).and_then(|of| of.get_mut(node)) else { return };
        if known.is_none_or(|known| known.row.seq < row.seq) {
            *known = Some(Known { row, since });
        }
    }
}
