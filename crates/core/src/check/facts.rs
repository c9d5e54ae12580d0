//! What checks are told of a server: values that were read, none of them interpreted yet.

use std::collections::BTreeMap;
use std::time::Duration;

use super::local::{Held, Local, Owners, PidFile};
use crate::backup::Backups;
use crate::channel::Channel;
use crate::snapshot::{GroupMember, Section};

/// What a check wants to have read. What several want is read once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Only a connection and a login.
    Connection,
    /// These status variables (`SHOW GLOBAL STATUS`).
    Status(&'static [&'static str]),
    /// These system variables (`SHOW GLOBAL VARIABLES`).
    Variables(&'static [&'static str]),
    /// The counters of the run before: a rate or a recent ratio is made of two.
    Before,
    /// Every replication channel.
    Channels,
    /// The Group Replication member.
    Group,
    /// Every connection and thread (`SHOW PROCESSLIST`).
    Processes,
    /// The sizes of the base tables outside the system schemas.
    Tables,
    /// The open transactions of InnoDB.
    Transactions,
    /// What InnoDB counts and `SHOW GLOBAL STATUS` has on MariaDB only, under MariaDB's names: `Innodb_history_list_length` and
    /// `Innodb_deadlocks`.
    InnodbCounters,
    /// The backups in the directory that is asked for by name, on this machine.
    Backups,
    /// The server's pid file, on this machine.
    PidFile,
    /// Whose the files of the data directory are, on this machine.
    Owners,
    /// The deleted files that the server holds open, on this machine.
    Held,
}

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
}

impl Process {
    /// Whether somebody waits for it: not an idle connection, nor a thread of the server or of replication.
    pub fn is_statement(&self) -> bool {
        let busy = !matches!(&*self.command, "Sleep" | "Daemon") && !self.command.starts_with("Binlog Dump");
        busy && !matches!(&*self.user, "system user" | "event_scheduler")
    }
}

/// A base table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `DATA_LENGTH`, in bytes.
    pub data: u64,
    /// `DATA_FREE`, in bytes.
    pub free: u64,
}

impl Need {
    /// Whether it is on the machine of the check, and no server is asked for it.
    pub fn is_local(&self) -> bool {
        matches!(self, Need::Backups | Need::PidFile | Need::Owners | Need::Held)
    }

    /// The privilege that it takes beside a login.
    pub fn privilege(&self) -> Option<&'static str> {
        match self {
            Need::Connection | Need::Status(_) | Need::Variables(_) | Need::Before => None,
            Need::Backups | Need::PidFile | Need::Owners | Need::Held => None,
            Need::Channels => {
                Some("`SLAVE MONITOR` (MariaDB 10.5 and later), `REPLICATION CLIENT` (MySQL, older MariaDB)")
            }
            Need::Group => Some("`SELECT` on `performance_schema.replication_group_members`"),
            Need::Processes | Need::Transactions => Some("`PROCESS`"),
            Need::InnodbCounters => Some("`PROCESS` on MySQL"),
            Need::Tables => Some("`SELECT` on the tables"),
        }
    }
}

/// Variables and their values, by name. The names of status variables ignore case, as the server's do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// The value as the server wrote it.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// The value as a number; `ON` and `YES` are 1, `OFF` and `NO` 0.
    pub fn number(&self, name: &str) -> Option<f64> {
        let text = self.text(name)?;
        match text {
            "ON" | "YES" | "Yes" => Some(1.0),
            "OFF" | "NO" | "No" => Some(0.0),
            text => text.parse().ok().filter(|number: &f64| number.is_finite()),
        }
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Values {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(pairs: T) -> Values {
        Values(pairs.into_iter().map(|(name, value)| (name.as_ref().to_ascii_lowercase(), value.into())).collect())
    }
}

/// What was read. `None` where nobody asked for it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// How long it took to connect and log in.
    pub connected_in: Duration,
    /// Status variables.
    pub status: Option<Section<Values>>,
    /// System variables.
    pub variables: Option<Section<Values>>,
    /// Every replication channel.
    pub channels: Option<Section<Vec<Channel>>>,
    /// The Group Replication member.
    pub group: Option<Section<Option<GroupMember>>>,
    /// The process list, without this connection.
    pub processes: Option<Section<Vec<Process>>>,
    /// The base tables.
    pub tables: Option<Section<Vec<Table>>>,
    /// The open transactions of InnoDB.
    pub transactions: Option<Section<Vec<Transaction>>>,
    /// See [`Need::InnodbCounters`].
    pub innodb: Option<Section<Values>>,
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
    /// Every counter that was read, to be kept for the next run; nothing where the status variables could not be read.
    pub fn counters(&self) -> Option<Values> {
        let status = self.status.as_ref()?.as_ref().ok()?;
        let innodb = self.innodb.as_ref().and_then(|read| read.as_ref().ok());
        Some(status.iter().chain(innodb.into_iter().flat_map(Values::iter)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_whatever_the_case_and_numbers_are_numbers() {
        let values: Values =
            [("Uptime", "42"), ("wsrep_ready", "ON"), ("version", "10.11"), ("x", "1 MB"), ("y", "inf")]
                .into_iter()
                .collect();
        assert_eq!(values.number("uptime"), Some(42.0));
        assert_eq!(values.number("WSREP_READY"), Some(1.0));
        assert_eq!(values.text("Version"), Some("10.11"));
        assert_eq!([values.number("x"), values.number("y"), values.number("z")], [None; 3]);
    }
}
