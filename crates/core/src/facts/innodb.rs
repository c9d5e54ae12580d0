//! What InnoDB counts, and what it does not.

use super::values::Values;
use crate::observed::section::Section;

/// Counters of InnoDB that MariaDB has among its status variables and MySQL in a table, under MariaDB's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InnodbCounters {
    /// Those that count, where they could be read.
    pub counted: Section<Values>,
    /// Those that stand still, by the same names; of some servers it is known without reading.
    pub still: Vec<(&'static str, Still)>,
}

/// Why a counter stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Still {
    /// Somebody has switched it off; MySQL's name of it.
    SwitchedOff(&'static str),
    /// MySQL 5.6 shows it, enabled, and leaves it at 0 whatever happens (measured).
    NeverCounts,
}

impl InnodbCounters {
    /// Why this one stands still, if it does.
    pub fn still(&self, name: &str) -> Option<Still> {
        self.still.iter().find(|(known, _)| *known == name).map(|(_, why)| *why)
    }
}
