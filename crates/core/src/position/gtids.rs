//! Sets of transactions, compared without asking a server.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::origin::{Origin, Uuid};
use super::ranges::{Ranges, Span};
use super::text::Texts;
use crate::position::history::History;

/// A notation of positions, each with its own transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notation {
    /// MariaDB's GTIDs.
    MariaDb,
    /// MySQL's GTIDs.
    MySql,
    /// Binary log files and offsets in them.
    File,
}

/// Whose transactions a range numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// `1-1-106` is read as 1 to 106: within a domain that one server writes, sequence numbers only grow.
    MariaDb { domain: u32, server_id: u32 },
    /// The tag is empty for transactions without one, in lower case otherwise.
    MySql { uuid: Uuid, tag: String },
    /// The numbers are [`super::text::FilePosition`]s.
    File { server_id: u32 },
}

impl Key {
    fn domain(&self) -> Option<u32> {
        match self {
            Key::MariaDb { domain, .. } => Some(*domain),
            Key::MySql { .. } | Key::File { .. } => None,
        }
    }

    pub(super) fn notation(&self) -> Notation {
        match self {
            Key::MariaDb { .. } => Notation::MariaDb,
            Key::MySql { .. } => Notation::MySql,
            Key::File { .. } => Notation::File,
        }
    }
}

/// A set of transactions.
///
/// Sets of any servers can be compared and united: what another kind of server numbered is simply another
/// transaction. In JSON it is a text per notation, `{"mariadb":"1-1-106"}`, see [`super::text`].
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Texts", into = "Texts")]
pub struct Gtids {
    /// Never with an empty value: equal sets have equal maps.
    sets: BTreeMap<Key, Ranges>,
}

impl Gtids {
    pub(super) fn of_spans(spans: impl IntoIterator<Item = (Key, Span)>) -> Gtids {
        let mut collected: BTreeMap<Key, Vec<Span>> = BTreeMap::new();
        for (key, span) in spans {
            collected.entry(key).or_default().push(span);
        }
        Gtids { sets: collected.into_iter().map(|(key, spans)| (key, Ranges::of(spans))).collect() }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Key, &[Span])> {
        self.sets.iter().map(|(key, ranges)| (key, ranges.spans()))
    }

    /// The number of transactions, at most `u64::MAX`. A range of file positions counts as one, because bytes are not
    /// transactions.
    pub fn count(&self) -> u64 {
        let count = |(key, ranges): (&Key, &Ranges)| match key {
            Key::MariaDb { .. } | Key::MySql { .. } => ranges.count(),
            Key::File { .. } => u64::try_from(ranges.spans().len()).unwrap_or(u64::MAX),
        };
        self.sets.iter().map(count).fold(0, u64::saturating_add)
    }

    /// By how many transactions this position of a MariaDB replica is ahead of another one. In a domain the numbers
    /// only grow, whichever server writes it: after a change of the source, the last transactions of the two are of
    /// different servers. A domain whose last transaction is of `own` does not count: a server need not execute its own
    /// writes.
    pub fn ahead_of(&self, executed: &Gtids, own: u32) -> u64 {
        let last = |gtids: &Gtids, wanted: u32| {
            let of = gtids.sets.iter().filter_map(|(key, ranges)| match key {
                Key::MariaDb { domain, server_id } if *domain == wanted => {
                    Some((ranges.spans().last().map_or(0, |span| span.last), *server_id))
                }
                _ => None,
            });
            of.max().unwrap_or_default()
        };
        let domains: BTreeSet<u32> = self.sets.keys().filter_map(Key::domain).collect();
        let ahead = domains.into_iter().map(|domain| match last(self, domain) {
            (_, server_id) if server_id == own => 0,
            (number, _) => number.saturating_sub(last(executed, domain).0),
        });
        ahead.fold(0, u64::saturating_add)
    }

    /// Whether it is not empty, and known by file and position only.
    pub fn is_by_position(&self) -> bool {
        !self.sets.is_empty() && self.sets.keys().all(|key| key.notation() == Notation::File)
    }

    /// The transactions that a server wrote itself.
    #[must_use]
    pub fn of(&self, origin: &Origin) -> Gtids {
        let own = |key: &Key| match (key, origin) {
            // In any domain, and its file positions for a replica without GTIDs.
            (
                Key::MariaDb { server_id, .. } | Key::File { server_id },
                Origin::MariaDb { server_id: own, .. } | Origin::File { server_id: own },
            ) => server_id == own,
            (Key::MySql { uuid, .. }, Origin::MySql { uuid: own }) => uuid == own,
            (Key::MySql { .. }, _) | (_, Origin::MySql { .. }) => false,
        };
        let sets = self.sets.iter().filter(|(key, _)| own(key));
        Gtids { sets: sets.map(|(key, ranges)| (key.clone(), ranges.clone())).collect() }
    }

    /// This set without all transactions of the servers and domains that occur in another set.
    #[must_use]
    pub fn besides(&self, other: &Gtids) -> Gtids {
        let unknown = self.sets.iter().filter(|(key, _)| !other.sets.contains_key(key));
        Gtids { sets: unknown.map(|(key, ranges)| (key.clone(), ranges.clone())).collect() }
    }

    /// MariaDB's domains that several servers write, ascending. There, a sequence number proves nothing about the
    /// transactions of the other servers: the sets cannot be separated.
    pub fn shared_domains(&self) -> Vec<u32> {
        let mut writers: BTreeMap<u32, u32> = BTreeMap::new();
        for key in self.sets.keys() {
            if let Key::MariaDb { domain, .. } = key {
                *writers.entry(*domain).or_default() += 1;
            }
        }
        writers.into_iter().filter(|(_, servers)| *servers > 1).map(|(domain, _)| domain).collect()
    }
}

/// As text, because people read a state with several sets.
impl fmt::Debug for Gtids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let notations = [Notation::MariaDb, Notation::MySql, Notation::File].map(|notation| self.print(notation));
        f.debug_set().entries(notations.iter().filter(|text| !text.is_empty())).finish()
    }
}

impl History for Gtids {
    fn contains(&self, other: &Self) -> bool {
        let holds = |(key, ranges)| self.sets.get(key).is_some_and(|own| own.contains(ranges));
        other.sets.iter().all(holds)
    }

    fn merge(&mut self, other: &Self) {
        for (key, ranges) in &other.sets {
            match self.sets.get_mut(key) {
                Some(own) => own.merge(ranges),
                None => drop(self.sets.insert(key.clone(), ranges.clone())),
            }
        }
    }

    fn minus(&self, other: &Self) -> Self {
        let left = |(key, ranges): (&Key, &Ranges)| {
            let left = other.sets.get(key).map_or_else(|| ranges.clone(), |cut| ranges.minus(cut));
            (!left.is_empty()).then(|| (key.clone(), left))
        };
        Gtids { sets: self.sets.iter().filter_map(left).collect() }
    }

    fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }
}
