//! What checks are told of a server: values that were read, none of them interpreted yet.

use std::collections::BTreeMap;
use std::time::Duration;

use super::reception::{Beat, Reception, Signals};
use crate::channel::{Channel, Receiver};
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
    /// What each channel has received, and whether its source still speaks; with [`Need::Channels`].
    Receptions,
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
    /// The privilege that it takes beside a login.
    pub fn privilege(&self) -> Option<&'static str> {
        match self {
            Need::Connection | Need::Status(_) | Need::Variables(_) | Need::Before => None,
            Need::Channels => {
                Some("`SLAVE MONITOR` (MariaDB 10.5 and later), `REPLICATION CLIENT` (MySQL, older MariaDB)")
            }
            // Where it is missing, only the source's silence is not known.
            Need::Receptions => {
                Some("for the source's heartbeats on MySQL 5.7 and later `SELECT` on `performance_schema.*`")
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
    /// What each channel has received.
    pub receptions: Option<Section<Vec<Reception>>>,
    /// The rows of the heartbeat table that was asked for.
    pub beats: Option<Section<Vec<Beat>>>,
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
}

impl Facts {
    /// Every counter that was read, to be kept for the next run; nothing where the status variables could not be read.
    pub fn counters(&self) -> Option<Values> {
        let status = self.status.as_ref()?.as_ref().ok()?;
        let innodb = self.innodb.as_ref().and_then(|read| read.as_ref().ok());
        let counters = status.iter().chain(innodb.into_iter().flat_map(Values::iter));
        let counters = counters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        // Of a receiver that does not run, nothing can be missed.
        let runs = |reception: &&Reception| {
            let channels = self.channels.as_ref().and_then(|read| read.as_ref().ok());
            let of = |channel: &&Channel| channel.name == reception.channel;
            let channel = channels.and_then(|channels| channels.iter().find(of));
            channel.is_some_and(|channel| channel.receiver == Receiver::Running)
        };
        let marks = self.received().filter(runs).map(|reception| (reception.kept_as(), reception.mark.clone()));
        Some(counters.chain(marks).collect())
    }

    /// How far apart two runs should be so that a source's silence can be told from them: twice what is too much of it, for a
    /// run in the middle. `None` where no runs are needed.
    pub fn lookback(&self) -> Option<Duration> {
        let signals = self.received().filter_map(|reception| reception.signals.as_ref().ok());
        let patience = signals.filter(|signals| signals.silent.is_none()).filter_map(Signals::patience).max();
        patience.map(|patience| 2 * patience)
    }

    fn received(&self) -> impl Iterator<Item = &Reception> {
        self.receptions.iter().flat_map(|read| read.iter().flatten())
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
