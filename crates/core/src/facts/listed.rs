//! What a server lists, a value for each row.

use std::time::Duration;

/// An open transaction of InnoDB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The number of its connection; 0 where it has none, as after a crash (`XA PREPARE`).
    pub thread: u64,
    /// How long ago it began.
    pub age: Duration,
    /// Whether it waits for a lock.
    pub waits: bool,
}

/// A line of the process list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: u64,
    /// The account's name.
    pub user: String,
    /// What it does: `Query`, `Sleep`, `Binlog Dump` and so on.
    pub command: String,
    /// For how long.
    pub time: Duration,
    /// At what it is, such as `Waiting for table metadata lock`.
    pub state: String,
}

impl Process {
    /// Whether somebody waits for it: not an idle connection, nor a thread of the server or of replication.
    pub fn is_statement(&self) -> bool {
        !matches!(&*self.command, "Sleep" | "Daemon")
            && !self.command.starts_with("Binlog Dump")
            && self.is_connection()
    }

    /// Whether it is somebody's connection, not a thread of the server.
    pub fn is_connection(&self) -> bool {
        !matches!(&*self.user, "system user" | "event_scheduler")
    }
}

/// A base table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its engine; empty where it is broken.
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

/// A transaction that waits for a row lock, and one that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockWait {
    /// The connection that waits.
    pub waiting: u64,
    /// For how long it has waited.
    pub waited: Duration,
    /// The connection that has the lock.
    pub blocker: u64,
    /// The account's name of the blocker; empty where it is unknown.
    pub user: String,
    /// For how long the blocker has done nothing; `None` while it runs a statement, or has no connection any more.
    pub idle: Option<Duration>,
}

/// What an `AUTO_INCREMENT` column gives next.
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

/// A base table, and whether a key makes its rows distinct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedTable {
    /// Whether it has such a key.
    pub keyed: bool,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
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
    /// The tables that there are, each with its schema first; read only where some are asked for by name.
    pub tables: Vec<(String, String)>,
}

/// InnoDB's redo log, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedoLog {
    /// What was written and is not in the data files yet: the checkpoint's age.
    pub age: u64,
    /// The age that the server does not let it exceed, or the room of the log where it names none.
    pub capacity: u64,
}

/// The rows of a log table that are new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    /// How many.
    pub count: u64,
    /// How long ago the newest was written, however old it is; `None` for an empty table.
    pub newest: Option<Duration>,
}

/// What pt-table-checksum has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksums {
    /// All chunks that were compared.
    pub chunks: u64,
    /// Those in which this server has other rows than its source.
    pub different: u64,
    /// In so many tables.
    pub tables: u64,
    /// The first of these tables.
    pub example: String,
    /// How long ago the last chunk was compared.
    pub age: Option<Duration>,
}
