//! What InnoDB reports: transactions, lock waits, the redo log, and counters that not every server has.

use std::time::Duration;

use super::fact::Fact;
use super::values::Values;
use crate::observed::section::Section;

/// An open transaction of InnoDB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The number of its connection; 0 for one without a connection, such as a prepared XA transaction after a crash.
    pub thread: u64,
    /// How long ago it began.
    pub age: Duration,
    /// Whether it waits for a lock.
    pub waits: bool,
}

/// The open transactions of InnoDB.
#[derive(Debug)]
pub struct Transactions;

impl Fact for Transactions {
    type Value = Vec<Transaction>;
    const NAME: &'static str = "the transactions";
    const PRIVILEGE: Option<&'static str> = Some("`PROCESS`");
}

/// A transaction that waits for a row lock, and one that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockWait {
    /// The connection that waits.
    pub waiting: u64,
    /// For how long it has waited.
    pub waited: Duration,
    /// The connection that holds the lock.
    pub blocker: u64,
    /// The account's name of the blocker; empty if unknown.
    pub user: String,
    /// For how long the blocker has done nothing; `None` while it runs a statement, or if its connection is gone.
    pub idle: Option<Duration>,
}

/// Which transactions wait for a row lock, and which ones hold it; `None` if the server has no such list.
#[derive(Debug)]
pub struct LockWaits;

impl Fact for LockWaits {
    type Value = Option<Vec<LockWait>>;
    const NAME: &'static str = "the lock waits";
    const PRIVILEGE: Option<&'static str> = Some("`PROCESS`; `SELECT` on `performance_schema.*` (MySQL 8.0 and later)");
}

/// InnoDB's redo log, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedoLog {
    /// The checkpoint's age: what was written to the log and is not in the data files yet.
    pub age: u64,
    /// The age that the server does not let it exceed, or the size of the log if it reports no limit.
    pub capacity: u64,
}

impl Fact for RedoLog {
    type Value = Self;
    const NAME: &'static str = "the redo log";
    const PRIVILEGE: Option<&'static str> = Some("`PROCESS` (MySQL before 8.0.30, MariaDB before 10.5)");
}

/// Counters of InnoDB that MariaDB has among its status variables and MySQL in a table, under MariaDB's names:
/// `Innodb_history_list_length` and `Innodb_deadlocks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InnodbCounters {
    /// Counters that are switched on, if they could be read.
    pub counted: Section<Values>,
    /// Counters that are switched off, by the same names. For some servers this is known without reading.
    pub still: Vec<(&'static str, Still)>,
}

impl InnodbCounters {
    /// Why this counter is not counted, if it is not.
    pub fn still(&self, name: &str) -> Option<Still> {
        self.still.iter().find(|(known, _)| *known == name).map(|(_, why)| *why)
    }
}

/// Why a counter is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Still {
    /// It is switched off. Contains MySQL's name of it.
    SwitchedOff(&'static str),
    /// MySQL 5.6 shows it as enabled, and leaves it at 0 whatever happens (measured).
    NeverCounts,
}

impl Fact for InnodbCounters {
    type Value = Self;
    const NAME: &'static str = "the InnoDB counters";
    const PRIVILEGE: Option<&'static str> = Some("`PROCESS` (MySQL)");
}
