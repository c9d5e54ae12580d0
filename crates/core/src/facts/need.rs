//! What a check wants to have read.

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
    /// The same of a day before, for what grows slowly.
    DayBefore,
    /// Every replication channel.
    Channels,
    /// What each channel has received, and whether its source still speaks; with [`Need::Channels`].
    Receptions,
    /// The heartbeat table of [`Settings::heartbeat`](crate::check::Settings::heartbeat), if there is one.
    Beats,
    /// The Group Replication member.
    Group,
    /// Every connection and thread (`SHOW PROCESSLIST`).
    Processes,
    /// The sizes of the base tables outside the system schemas.
    Tables,
    /// The open transactions of InnoDB.
    Transactions,
    /// Who waits for a row that which transaction has.
    LockWaits,
    /// The next value of every `AUTO_INCREMENT` column, and the largest that it holds.
    NextValues,
    /// The base tables, and which have a primary key, or a unique one that stands for it.
    Keys,
    /// The indexes that no statement has used.
    UnusedIndexes,
    /// The accounts.
    Accounts,
    /// The status and system variables of [`Settings::expression`](crate::check::Settings::expression).
    Named,
    /// How many rows of [`Settings::table`](crate::check::Settings::table) are newer than [`Settings::within`](crate::check::Settings::within).
    Recent,
    /// What pt-table-checksum has written into [`Settings::table`](crate::check::Settings::table).
    Checksums,
    /// The backups in the directory that is asked for by name, on this machine.
    Backups,
    /// The server's pid file, on this machine.
    PidFile,
    /// Whose the files of the data directory are, on this machine.
    Owners,
    /// The deleted files that the server holds open, on this machine.
    Held,
    /// How much memory this machine has, and the server's process of it.
    Memory,
    /// Where the server's errors are, and what is there where that is a table.
    ErrorLog,
    /// The file of the server's errors, where they are in no table, on this machine.
    ErrorFile,
    /// The numbers of InnoDB's redo log: [`RedoLog`](crate::facts::RedoLog).
    RedoLog,
    /// What InnoDB counts and `SHOW GLOBAL STATUS` has on MariaDB only, under MariaDB's names: `Innodb_history_list_length` and
    /// `Innodb_deadlocks`.
    InnodbCounters,
}

impl Need {
    /// Whether it is on the machine of the check, and no server is asked for it.
    pub fn is_local(&self) -> bool {
        matches!(self, Need::Backups | Need::PidFile | Need::Owners | Need::Held | Need::Memory | Need::ErrorFile)
    }

    /// Whether the server's process is looked at for it, on this machine.
    pub fn is_of_process(&self) -> bool {
        matches!(self, Need::PidFile | Need::Held | Need::Memory | Need::Owners | Need::ErrorFile)
    }

    /// Whether it is made of the tables that the account may see.
    pub fn is_of_tables(&self) -> bool {
        matches!(self, Need::Tables | Need::NextValues | Need::Keys | Need::UnusedIndexes)
    }

    /// The privilege that it takes beside a login.
    pub fn privilege(&self) -> Option<&'static str> {
        match self {
            Need::Connection | Need::Status(_) | Need::Variables(_) | Need::Named | Need::Before | Need::DayBefore => {
                None
            }
            Need::ErrorLog => Some("`SELECT` on `performance_schema.*` on MySQL 8.0.22 and later"),
            Need::Recent | Need::Checksums => Some("`SELECT` on the table"),
            Need::Channels => {
                Some("`SLAVE MONITOR` (MariaDB 10.5 and later), `REPLICATION CLIENT` (MySQL, older MariaDB)")
            }
            // Where it is missing, only the source's silence is not known.
            Need::Receptions => {
                Some("for the source's heartbeats on MySQL 5.7 and later `SELECT` on `performance_schema.*`")
            }
            Need::Beats => Some("`SELECT` on the heartbeat table, where one is asked for"),
            Need::Group => Some("`SELECT` on `performance_schema.*` where a group is configured"),
            Need::Processes | Need::Transactions => Some("`PROCESS`"),
            Need::LockWaits => Some("`PROCESS`, and on MySQL 8.0 and later `SELECT` on `performance_schema.*`"),
            Need::RedoLog => Some("`PROCESS` on MySQL before 8.0.30 and MariaDB before 10.5"),
            Need::InnodbCounters => Some("`PROCESS` on MySQL"),
            Need::Tables | Need::NextValues | Need::Keys => Some("`SELECT` on the tables"),
            Need::UnusedIndexes => Some("`SELECT` on the tables, and on `performance_schema.*`"),
            Need::Accounts => Some("`SELECT` on `mysql.*`"),
            Need::Backups | Need::PidFile | Need::Owners | Need::Held | Need::Memory | Need::ErrorFile => None,
        }
    }
}
