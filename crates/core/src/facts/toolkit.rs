//! Tables of the Percona Toolkit.

use std::time::Duration;

use super::fact::Fact;

/// The number of new rows in a table of events. The settings of the check name the table and the maximum age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentRows {
    /// The number of new rows.
    pub count: u64,
    /// The age of the newest row, however old it is; `None` for an empty table.
    pub newest: Option<Duration>,
}

impl Fact for RecentRows {
    type Value = Self;
    const NAME: &'static str = "the table of rows";
    const PRIVILEGE: Option<&'static str> = Some("`SELECT` on the table");
}

/// The results of pt-table-checksum. The settings of the check name the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksums {
    /// All chunks that were compared.
    pub chunks: u64,
    /// The chunks whose rows differ from those of the source.
    pub different: u64,
    /// How many tables have such chunks.
    pub tables: u64,
    /// The first of these tables.
    pub example: String,
    /// How long ago the last chunk was compared.
    pub age: Option<Duration>,
}

impl Fact for Checksums {
    type Value = Self;
    const NAME: &'static str = "the table of checksums";
    const PRIVILEGE: Option<&'static str> = Some("`SELECT` on the table");
}
