//! The process list.

use std::time::Duration;

use super::fact::Fact;

/// A line of the process list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The number of its connection.
    pub id: u64,
    /// The account's name.
    pub user: String,
    /// Its command: `Query`, `Sleep`, `Binlog Dump` and so on.
    pub command: String,
    /// For how long it has been in this state.
    pub time: Duration,
    /// Its state, such as `Waiting for table metadata lock`.
    pub state: String,
}

impl Process {
    /// Whether it runs a statement for a client: it is neither an idle connection nor a thread of the server or of
    /// replication.
    pub fn is_statement(&self) -> bool {
        !matches!(&*self.command, "Sleep" | "Daemon")
            && !self.command.starts_with("Binlog Dump")
            && self.is_connection()
    }

    /// Whether it is a client's connection, not a thread of the server.
    pub fn is_connection(&self) -> bool {
        !matches!(&*self.user, "system user" | "event_scheduler")
    }
}

/// Every connection and thread (`SHOW PROCESSLIST`), without the connection that reads it.
#[derive(Debug)]
pub struct Processes;

impl Fact for Processes {
    type Value = Vec<Process>;
    const NAME: &'static str = "the process list";
    const PRIVILEGE: Option<&'static str> = Some("`PROCESS`");
}
