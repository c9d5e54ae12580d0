//! What a check judges from: what was read now, what was read before, and how it is asked.

use super::finding::Cannot;

use super::settings::Settings;
use super::table_name::TableName;
use crate::facts::account::Account;
use crate::facts::error_log::ErrorLog;
use crate::facts::listed::{
    Checksums, IndexUse, KeyedTable, LockWait, NextValue, Process, Recent, RedoLog, Table, Transaction,
};
use crate::facts::local::Local;
use crate::facts::read::Facts;
use crate::facts::reception::{Beat, Reception};
use crate::facts::values::{Before, Values};
use crate::observed::channel::Channel;
use crate::observed::cluster::GroupMember;
use crate::observed::section::{Section, Unreadable};

/// What a check judges from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What was read.
    pub facts: &'a Facts,
    /// What an earlier run read, if there was one.
    pub before: Option<&'a Before>,
    /// How it is asked.
    pub settings: &'a Settings,
}

impl<'a> Input<'a> {
    /// The number of a status variable.
    ///
    /// # Errors
    /// When it was not read, it stands still, or this server has none.
    pub fn status(&self, name: &'static str) -> Result<f64, Cannot> {
        self.status_values()?.number(name).ok_or(Cannot::Missing { name: name.into() })
    }

    /// All status variables that were read.
    ///
    /// # Errors
    /// When they could not be read.
    pub fn status_values(&self) -> Result<&'a Values, Cannot> {
        section(self.facts.status.as_ref(), "the status variables")
    }

    /// The number of a system variable.
    ///
    /// # Errors
    /// When it was not read, it stands still, or this server has none.
    pub fn variable(&self, name: &'static str) -> Result<f64, Cannot> {
        self.variable_values()?.number(name).ok_or(Cannot::Missing { name: name.into() })
    }

    /// All system variables that were read.
    ///
    /// # Errors
    /// When they could not be read.
    pub fn variable_values(&self) -> Result<&'a Values, Cannot> {
        section(self.facts.variables.as_ref(), "the system variables")
    }

    /// The list that has a variable, and whether it is that of the system variables. These win, as with the peers that read one list after
    /// the other; but MySQL has a system variable `ssl_session_cache_mode` and a status variable `Ssl_session_cache_mode`, and who begins a
    /// name with a capital letter means the status variable.
    ///
    /// # Errors
    /// When they could not be read, or there is no such variable.
    pub fn list_with(&self, name: &str) -> Result<(&'a Values, bool), Cannot> {
        let mut lists = [(self.variable_values()?, true), (self.status_values()?, false)];
        if name.starts_with(|c: char| c.is_ascii_uppercase()) {
            lists.reverse();
        }
        let found = lists.into_iter().find(|(values, _)| values.text(name).is_some());
        found.ok_or_else(|| Cannot::Missing { name: format!("variable {name}").into() })
    }

    /// The replication channels, or the one that is asked for.
    ///
    /// # Errors
    /// When they could not be read, or there is no such channel.
    pub fn channels(&self) -> Result<Vec<&'a Channel>, Cannot> {
        let all = section(self.facts.channels.as_ref(), "the replication channels")?;
        match &self.settings.channel {
            None => Ok(all.iter().collect()),
            Some(name) => match all.iter().find(|channel| channel.name == *name || channel.label() == name) {
                Some(found) => Ok(vec![found]),
                None => {
                    let names: Vec<&str> = all.iter().map(Channel::label).collect();
                    Err(Cannot::Usage(format!("there is no channel {name}; there are: {}", names.join(", "))))
                }
            },
        }
    }

    /// What a channel has received.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn reception(&self, channel: &Channel) -> Result<&'a Reception, Cannot> {
        let all = section(self.facts.receptions.as_ref(), "what the channels have received")?;
        let found = all.iter().find(|reception| reception.channel == channel.name);
        found.ok_or(Cannot::Missing { name: "what the channel has received".into() })
    }

    /// The rows of the heartbeat table; `None` where none was asked for.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn beats(&self) -> Result<Option<&'a [Beat]>, Cannot> {
        match &self.facts.beats {
            None => Ok(None),
            some => section(some.as_ref(), "the heartbeat table").map(|beats| Some(&**beats)),
        }
    }

    /// The Group Replication member; `None` where there is no group.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn group(&self) -> Result<Option<GroupMember>, Cannot> {
        section(self.facts.group.as_ref(), "the members of the group").copied()
    }

    /// The process list.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn processes(&self) -> Result<&'a [Process], Cannot> {
        section(self.facts.processes.as_ref(), "the process list").map(Vec::as_slice)
    }

    /// The base tables.
    ///
    /// # Errors
    /// When they could not be read.
    pub fn tables(&self) -> Result<&'a [Table], Cannot> {
        section(self.facts.tables.as_ref(), "the tables").map(Vec::as_slice)
    }

    /// The open transactions.
    ///
    /// # Errors
    /// When they could not be read.
    pub fn transactions(&self) -> Result<&'a [Transaction], Cannot> {
        section(self.facts.transactions.as_ref(), "the transactions").map(Vec::as_slice)
    }

    /// Who waits for a row, and for whom.
    ///
    /// # Errors
    /// When it could not be read, or the server keeps no list.
    pub fn lock_waits(&self) -> Result<&'a [LockWait], Cannot> {
        match section(self.facts.lock_waits.as_ref(), "the lock waits")? {
            Some(waits) => Ok(waits),
            None => Err(Cannot::Usage(
                "performance_schema is OFF: MySQL 8 lists who waits for whom only there (set it ON, and restart)"
                    .to_owned(),
            )),
        }
    }

    /// The `AUTO_INCREMENT` columns.
    ///
    /// # Errors
    /// When they could not be read.
    pub fn next_values(&self) -> Result<&'a [NextValue], Cannot> {
        section(self.facts.next_values.as_ref(), "the AUTO_INCREMENT columns").map(Vec::as_slice)
    }

    /// The base tables and their keys.
    ///
    /// # Errors
    /// When they could not be read.
    pub fn keys(&self) -> Result<&'a [KeyedTable], Cannot> {
        section(self.facts.keys.as_ref(), "the keys of the tables").map(Vec::as_slice)
    }

    /// Which indexes are used; `None` where the server does not count it.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn index_use(&self) -> Result<Option<&'a IndexUse>, Cannot> {
        section(self.facts.index_use.as_ref(), "the use of the indexes").map(Option::as_ref)
    }

    /// The accounts.
    ///
    /// # Errors
    /// When they could not be read.
    pub fn accounts(&self) -> Result<&'a [Account], Cannot> {
        section(self.facts.accounts.as_ref(), "the accounts").map(Vec::as_slice)
    }

    /// The new rows of the table that is asked for.
    ///
    /// # Errors
    /// When they could not be counted, or there is no such table.
    pub fn recent(&self) -> Result<&'a Recent, Cannot> {
        let column = self.settings.column.plain();
        let columns = match self.settings.name {
            Some(_) => {
                format!("this question: {column} (--column is the time of a row) and server (--name is one of them)")
            }
            None => format!("this question: {column} (--column is the time of a row)"),
        };
        self.of_table(self.facts.recent.as_ref(), &self.settings.log_table(), &columns)
    }

    /// What pt-table-checksum has found.
    ///
    /// # Errors
    /// When it could not be read, or there is no such table.
    pub fn checksums(&self) -> Result<&'a Checksums, Cannot> {
        const COLUMNS: &str = "pt-table-checksum: db, tbl, this_cnt, this_crc, master_cnt, master_crc, ts";
        self.of_table(self.facts.checksums.as_ref(), &self.settings.checksum_table(), COLUMNS)
    }

    fn of_table<T>(&self, read: Option<&'a Section<T>>, table: &TableName, columns: &str) -> Result<&'a T, Cannot> {
        /// `ER_BAD_DB_ERROR`, `ER_BAD_FIELD_ERROR`, `ER_NO_SUCH_TABLE`.
        const NO_SCHEMA: u16 = 1049;
        const NO_COLUMN: u16 = 1054;
        const NO_TABLE: u16 = 1146;
        match read {
            Some(Err(Unreadable::Refused { code: NO_SCHEMA | NO_TABLE })) => {
                Err(Cannot::Usage(format!("there is no table {}: --table says where it is", table.plain())))
            }
            Some(Err(Unreadable::Refused { code: NO_COLUMN })) => {
                Err(Cannot::Usage(format!("{} has not the columns of {columns}", table.plain())))
            }
            read => section(read, "the table"),
        }
    }

    /// InnoDB's redo log.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn redo_log(&self) -> Result<RedoLog, Cannot> {
        section(self.facts.redo_log.as_ref(), "the redo log").copied()
    }

    /// A counter of InnoDB that not every server has among its status variables.
    ///
    /// # Errors
    /// When it was not read, it stands still, or this server has none.
    pub fn innodb(&self, name: &'static str) -> Result<f64, Cannot> {
        if let Some(why) = self.facts.innodb.as_ref().and_then(|read| read.still(name)) {
            return Err(Cannot::NotCounted { name, why });
        }
        self.innodb_counters()?.number(name).ok_or(Cannot::Missing { name: name.into() })
    }

    /// All counters of InnoDB that not every server has among its status variables.
    ///
    /// # Errors
    /// When they could not be read.
    pub(super) fn innodb_counters(&self) -> Result<&'a Values, Cannot> {
        section(self.facts.innodb.as_ref().map(|read| &read.counted), "the counters of InnoDB")
    }

    /// Where the server's errors are.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn error_log(&self) -> Result<&'a ErrorLog, Cannot> {
        section(self.facts.error_log.as_ref(), "the error log")
    }

    /// Something on this machine; `needed` is the field of the facts that the check's needs have filled.
    ///
    /// # Errors
    /// When it could not be looked at.
    pub fn local<T>(&self, needed: fn(&Facts) -> Option<&Local<T>>) -> Result<&'a T, Cannot> {
        match needed(self.facts) {
            Some(Ok(seen)) => Ok(seen),
            Some(Err(why)) => Err(Cannot::Unseen(why.clone())),
            // A check that does not say what it needs.
            None => Err(Cannot::Missing { name: "files of this machine".into() }),
        }
    }
}

pub(super) fn section<'a, T>(section: Option<&'a Section<T>>, what: &'static str) -> Result<&'a T, Cannot> {
    match section {
        Some(Ok(read)) => Ok(read),
        Some(Err(why)) => Err(Cannot::Unread { what, why: why.clone() }),
        // A check that does not say what it needs.
        None => Err(Cannot::Missing { name: what.into() }),
    }
}
