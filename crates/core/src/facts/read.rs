//! What checks are told of a server: values that were read, none of them interpreted yet.

use std::time::Duration;

use super::account::Account;
use super::error_log::{ErrorLog, Logged};
use super::innodb::InnodbCounters;
use super::listed::{
    Checksums, IndexUse, KeyedTable, LockWait, NextValue, Process, Recent, RedoLog, Table, Transaction,
};
use super::local::{Held, Local, Owners, PidFile, ServerProcess};
use super::memory::Memory;
use super::reception::{Beat, Reception, Signals};
use super::values::Values;
use crate::backup::Backups;
use crate::observed::channel::Channel;
use crate::observed::cluster::GroupMember;
use crate::observed::section::Section;

/// How an account sees the tables of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct View {
    /// Whether there may be some that it does not see: no list says so.
    pub hides: bool,
    /// What it may do, as a number: with another one it may see other tables.
    pub grants: u64,
    /// Whether a schema in a grant is that schema, not a pattern as in `LIKE` (MySQL's `partial_revokes`).
    pub grants_are_plain: bool,
    /// Whether their names and those of schemas are the same whatever the case (`lower_case_table_names`).
    pub ignores_case: bool,
}

/// What was read. `None` where nobody asked for it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// When it was read, since 1970, by the clock of the plugin's machine.
    pub read_at: Duration,
    /// How long it took to connect and log in.
    pub connected_in: Duration,
    /// The server's process, where its socket tells it; asked for with what is looked at of a process.
    pub process: Option<ServerProcess>,
    /// Status variables.
    pub status: Option<Section<Values>>,
    /// System variables.
    pub variables: Option<Section<Values>>,
    /// Every replication channel.
    pub channels: Option<Section<Vec<Channel>>>,
    /// What each channel has received.
    pub receptions: Option<Section<Vec<Reception>>>,
    /// The rows of the heartbeat table that was asked for.
    pub beats: Option<Section<Vec<Beat>>>,
    /// The Group Replication member.
    pub group: Option<Section<Option<GroupMember>>>,
    /// The process list, without this connection.
    pub processes: Option<Section<Vec<Process>>>,
    /// How the account sees tables; as nobody asked where no list of them is read.
    pub view: View,
    /// The base tables.
    pub tables: Option<Section<Vec<Table>>>,
    /// The open transactions of InnoDB.
    pub transactions: Option<Section<Vec<Transaction>>>,
    /// Who waits for whom; `None` where the server keeps no list of it.
    pub lock_waits: Option<Section<Option<Vec<LockWait>>>>,
    /// The `AUTO_INCREMENT` columns.
    pub next_values: Option<Section<Vec<NextValue>>>,
    /// The base tables and their keys.
    pub keys: Option<Section<Vec<KeyedTable>>>,
    /// Which indexes are used; `None` where the server does not count it.
    pub index_use: Option<Section<Option<IndexUse>>>,
    /// The accounts.
    pub accounts: Option<Section<Vec<Account>>>,
    /// The new rows of the table that is asked for.
    pub recent: Option<Section<Recent>>,
    /// What pt-table-checksum has found.
    pub checksums: Option<Section<Checksums>>,
    /// InnoDB's redo log.
    pub redo_log: Option<Section<RedoLog>>,
    /// See [`Need::InnodbCounters`](crate::facts::Need::InnodbCounters).
    pub innodb: Option<InnodbCounters>,
    /// Where the server's errors are.
    pub error_log: Option<Section<ErrorLog>>,
    /// What is in the file of its errors.
    pub error_file: Option<Local<Logged>>,
    /// The memory of this machine.
    pub memory: Option<Local<Memory>>,
    /// The backups on this machine.
    pub backups: Option<Local<Backups>>,
    /// The server's pid file.
    pub pid_file: Option<Local<PidFile>>,
    /// The owners of the server's files.
    pub owners: Option<Local<Owners>>,
    /// The deleted files that the server holds open.
    pub held: Option<Local<Held>>,
}

impl Facts {
    /// How far apart two runs should be so that a source's silence can be told from them: twice what is too much of it, for a
    /// run in the middle. `None` where no runs are needed.
    pub fn lookback(&self) -> Option<Duration> {
        let signals = self.received().filter_map(|reception| reception.signals.as_ref().ok());
        let patience = signals.filter(|signals| signals.silent.is_none()).filter_map(Signals::patience).max();
        patience.map(|patience| 2 * patience)
    }

    pub(crate) fn received(&self) -> impl Iterator<Item = &Reception> {
        self.receptions.iter().flat_map(|read| read.iter().flatten())
    }
}
