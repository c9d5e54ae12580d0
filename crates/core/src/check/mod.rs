//! A check: a named question with thresholds. Each is one constant in a file of [`crate::checks`]; help, lists, documents, the
//! modes of peers and every rendering are derived from it.

pub mod expression;
pub mod finding;
pub mod input;
pub mod judge;
pub mod kept;
pub mod metric;
pub mod picked;
pub mod rate;
pub mod roll_up;
pub mod settings;
pub mod table_name;
pub mod variable;

pub use expression::Expression;
pub use finding::{Cannot, Finding};
pub use input::Input;
pub use judge::{Answer, judge};
pub use metric::Metric;
pub(crate) use metric::metrics;
pub use rate::Rate;
pub use roll_up::roll_up;
pub use settings::{Basis, HeartbeatTable, Settings};
pub use table_name::{Identifier, TableName};

use std::time::Duration;

use crate::facts::Need;
use crate::reading::Unit;

/// A check.
#[derive(Debug)]
pub struct Check {
    /// Its name on the command line: `threads-running`.
    pub name: &'static str,
    /// The group under which people look for it.
    pub topic: Topic,
    /// What it measures, in half a line.
    pub about: &'static str,
    /// Why somebody should care, and what to do when it alerts. Markdown, our own words.
    pub why: &'static str,
    /// How the value that thresholds judge is computed, with its source.
    pub formula: &'static str,
    /// The values in its perfdata; the first is the one that thresholds judge.
    pub metrics: &'static [Metric],
    /// The default of `-w`; empty for none.
    pub warning: &'static str,
    /// The default of `-c`; empty for none.
    pub critical: &'static str,
    /// What `--name` chooses, with a word for it first: `TABLE: only this table`. Empty where it means nothing.
    pub named: &'static str,
    /// What it reads.
    pub needs: &'static [Need],
    /// On which servers it exists, for people.
    pub servers: &'static str,
    /// The same question under the names of check_mysql_health.
    pub modes: &'static [Mode],
    /// What it finds.
    pub measure: fn(&Input<'_>) -> Result<Finding, Cannot>,
}

/// Under which heading a check is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Is it there?
    Availability,
    /// Replication of any kind.
    Replication,
    /// InnoDB.
    Innodb,
    /// Threads and connections.
    Connections,
    /// Caches.
    Caches,
    /// Locks.
    Locks,
    /// Tables and indexes.
    Tables,
    /// Queries.
    Queries,
    /// Backups, security and files.
    Operations,
}

impl Topic {
    /// The heading.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Availability => "availability",
            Topic::Replication => "replication",
            Topic::Innodb => "InnoDB",
            Topic::Connections => "threads and connections",
            Topic::Caches => "caches",
            Topic::Locks => "locks",
            Topic::Tables => "tables and indexes",
            Topic::Queries => "queries",
            Topic::Operations => "operations",
        }
    }
}

/// A mode of check_mysql_health that asks this question. Graphs are keyed by its labels, also where their units are odd.
#[derive(Debug, Clone, Copy)]
pub struct Mode {
    /// Its names, the usual one first.
    pub names: &'static [&'static str],
    /// The peer's default of `--warning`.
    pub warning: &'static str,
    /// The peer's default of `--critical`.
    pub critical: &'static str,
    /// Its values, in the peer's order. The first is the one that thresholds judge.
    pub labels: &'static [Label],
    /// What the value is divided by before thresholds judge it; then they are not in the perfdata, whose unit is another.
    pub divisor: f64,
    /// For how long after a server's start the peer does not alert, where the counters are not to be trusted yet.
    pub settles_in: Duration,
}

/// How a mode of check_mysql_health shows one of our values.
#[derive(Debug, Clone, Copy)]
pub struct Label {
    /// Our label.
    pub ours: &'static str,
    /// The peer's; `{name}` is what was asked for by name, and without that the value is not shown.
    pub theirs: &'static str,
    /// The peer's unit.
    pub unit: Unit,
    /// How many decimals the peer prints.
    pub decimals: usize,
}

impl Label {
    /// The label of a metric in a mode.
    pub const fn new(ours: Metric, theirs: &'static str, unit: Unit, decimals: usize) -> Label {
        Label { ours: ours.label, theirs, unit, decimals }
    }
}
