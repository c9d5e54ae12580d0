//! The base tables that an account sees, outside the system schemas.

use super::fact::Fact;
use super::need::FactPlace;

/// A base table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its engine; empty for a broken table.
    pub engine: String,
    /// `DATA_LENGTH`, in bytes.
    pub data: u64,
    /// `INDEX_LENGTH`, in bytes.
    pub index: u64,
    /// `DATA_FREE`, in bytes.
    pub free: u64,
}

impl Table {
    /// Its data and indexes, in bytes.
    pub fn size(&self) -> u64 {
        self.data.saturating_add(self.index)
    }
}

/// The sizes of the base tables.
#[derive(Debug)]
pub struct Tables;

impl Fact for Tables {
    type Value = Vec<Table>;
    const NAME: &'static str = "the tables";
    const PRIVILEGE: Option<&'static str> = Some("`SELECT` on the tables");
    const PLACE: FactPlace = FactPlace::Tables;
}

/// The next value of an `AUTO_INCREMENT` column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextValue {
    /// Its schema.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub column: String,
    /// The value of the next row.
    pub next: u64,
    /// The largest value that the column's type holds.
    pub largest: u64,
}

/// The next value of every `AUTO_INCREMENT` column, and the largest that it holds.
#[derive(Debug)]
pub struct NextValues;

impl Fact for NextValues {
    type Value = Vec<NextValue>;
    const NAME: &'static str = "the AUTO_INCREMENT columns";
    const PRIVILEGE: Option<&'static str> = Some("`SELECT` on the tables");
    const PLACE: FactPlace = FactPlace::Tables;
}

/// A base table, and whether a key identifies its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedTable {
    /// Whether it has such a key.
    pub keyed: bool,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
}

/// The base tables, and which have a primary key, or a unique key without NULL.
#[derive(Debug)]
pub struct KeyedTables;

impl Fact for KeyedTables {
    type Value = Vec<KeyedTable>;
    const NAME: &'static str = "the keys of the tables";
    const PRIVILEGE: Option<&'static str> = Some("`SELECT` on the tables");
    const PLACE: FactPlace = FactPlace::Tables;
}

/// An index that no statement has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedIndex {
    /// Its schema.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
}

/// Which indexes are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexUse {
    /// Those that no statement has used.
    pub unused: Vec<UnusedIndex>,
    /// All tables, each with its schema first; read only if a schema or a table was requested by name.
    pub tables: Vec<(String, String)>,
}

/// Which indexes are used; `None` where the server does not count it.
#[derive(Debug)]
pub struct UnusedIndexes;

impl Fact for UnusedIndexes {
    type Value = Option<IndexUse>;
    const NAME: &'static str = "the index usage";
    const PRIVILEGE: Option<&'static str> = Some("`SELECT` on the tables and on `performance_schema.*`");
    const PLACE: FactPlace = FactPlace::Tables;
}
