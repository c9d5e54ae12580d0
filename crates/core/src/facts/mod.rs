//! What checks are told of a server: values that were read, none of them interpreted yet.

pub mod account;
pub mod error_log;
pub mod innodb;
pub mod listed;
pub mod local;
pub mod memory;
pub mod need;
pub mod read;
pub mod reception;
pub mod values;

pub use account::Account;
pub use error_log::{ErrorLog, Logged};
pub use innodb::{InnodbCounters, Still};
pub use listed::{
    Checksums, IndexUse, KeyedTable, LockWait, NextValue, Process, Recent, RedoLog, Table, Transaction, UnusedIndex,
};
pub use local::{Local, Unseen};
pub use memory::Memory;
pub use need::Need;
pub use read::{Facts, View};
pub use reception::{Beat, Reception, Signals};
pub use values::{Before, Values};
