//! A check: a named question with thresholds. Each is one constant in a file of [`crate::checks`]; help, lists,
//! documents, the modes of check_mysql_health and every rendering are derived from it.

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
    /// What it measures: a phrase of at most 80 characters, without a period.
    pub about: &'static str,
    /// Why it matters, and what to do when it alerts; Markdown.
    pub why: &'static str,
    /// How the value that thresholds judge is computed, with its source.
    pub formula: &'static str,
    /// The values in its perfdata; the first is the one that thresholds judge.
    pub metrics: &'static [Metric],
    /// The default of `-w`; empty for none.
    pub warning: &'static str,
    /// The default of `-c`; empty for none.
    pub critical: &'static str,
    /// What `--name` selects, with a placeholder first: `TABLE: only this table`. Empty if `--name` does not apply.
    pub named: &'static str,
    /// What it reads.
    pub needs: &'static [Need],
    /// The servers on which it works.
    pub servers: &'static str,
    /// The modes of check_mysql_health that do the same.
    pub modes: &'static [Mode],
    /// Measures it.
    pub measure: fn(&Input<'_>) -> Result<Finding, Cannot>,
}

/// Under which heading a check is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Whether the server is up and answers.
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

/// A mode of check_mysql_health that does the same. Existing graphs use its labels, so they stay, even with odd units.
#[derive(Debug, Clone, Copy)]
pub struct Mode {
    /// Its names, the usual one first.
    pub names: &'static [&'static str],
    /// The original plugin's default of `--warning`.
    pub warning: &'static str,
    /// The original plugin's default of `--critical`.
    pub critical: &'static str,
    /// Its values, in the order of the original plugin. Thresholds judge the first one.
    pub labels: &'static [Label],
    /// The value is divided by this before thresholds judge it. Unless it is 1, perfdata has no thresholds.
    pub divisor: f64,
    /// For this long after a server's start, the original plugin does not alert: counters cannot be trusted yet.
    pub settles_in: Duration,
}

/// How a mode of check_mysql_health shows one of our values.
#[derive(Debug, Clone, Copy)]
pub struct Label {
    /// Our label.
    pub ours: &'static str,
    /// The original plugin's label; `{name}` stands for `--name`, and without it the value is not shown.
    pub theirs: &'static str,
    /// The original plugin's unit.
    pub unit: Unit,
    /// How many decimals the original plugin prints.
    pub decimals: usize,
}

impl Label {
    /// The label of a metric in a mode.
    pub const fn new(ours: Metric, theirs: &'static str, unit: Unit, decimals: usize) -> Label {
        Label { ours: ours.label, theirs, unit, decimals }
    }
}
