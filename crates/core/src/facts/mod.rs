//! The values that checks read from a server, none of them interpreted yet.

pub mod account;
pub mod cluster;
pub mod error_log;
pub mod fact;
pub mod innodb;
pub mod local;
pub mod memory;
pub mod need;
pub mod processes;
pub mod receiver;
pub mod server_process;
pub mod tables;
pub mod toolkit;
pub mod unseen;
pub mod values;
pub mod view;

pub use account::{Account, Accounts};
pub use cluster::Group;
pub use error_log::{ErrorFile, ErrorLog, Logged};
pub use fact::{Fact, Facts, Known, Unavailable};
pub use innodb::{InnodbCounters, LockWait, LockWaits, RedoLog, Still, Transaction, Transactions};
pub use local::{DeletedFiles, Owners, PidFile};
pub use memory::Memory;
pub use need::{FactEntry, FactPlace, Need};
pub use processes::{Process, Processes};
pub use receiver::{Channels, HeartbeatRow, HeartbeatRows, Heartbeats, ReceiverStatus, Receivers};
pub use server_process::ServerProcess;
pub use tables::{IndexUse, KeyedTable, KeyedTables, NextValue, NextValues, Table, Tables, UnusedIndex, UnusedIndexes};
pub use toolkit::{Checksums, RecentRows};
pub use unseen::{Local, Unseen};
pub use values::{Before, StatusVariables, SystemVariables, Values};
pub use view::View;
