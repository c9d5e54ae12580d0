//! The executed transactions of a server, seen only as a set that grows. The rules of the writer role need no more.

use std::fmt::Debug;

/// A set of transactions.
///
/// The laws (`position` proves them for real GTID sets): `merge` is the union, `contains` the superset relation,
/// `minus` the difference, and the default is the empty set.
pub trait History: Clone + Eq + Debug + Default {
    /// Whether every transaction of `other` is in this set.
    fn contains(&self, other: &Self) -> bool;

    /// Adds every transaction of `other`.
    fn merge(&mut self, other: &Self);

    /// What is in this set and not in `other`.
    #[must_use]
    fn minus(&self, other: &Self) -> Self;

    /// Whether there is no transaction in it.
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
