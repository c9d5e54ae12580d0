//! What a check needs to have read.

use std::any::TypeId;

/// Where a fact is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactPlace {
    /// On the server.
    Server,
    /// On the server, for the tables that the account may see.
    Tables,
    /// On the machine of the check.
    Machine,
    /// On the machine of the check, using the server's process.
    Process,
}

/// A fact as a need, without its value. Two are equal if they are of the same fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactEntry {
    pub(super) id: TypeId,
    pub(super) privilege: Option<&'static str>,
    pub(super) place: FactPlace,
}

/// What a check needs to have read. What several checks need is read once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Only a connection and a login.
    Connection,
    /// These status variables (`SHOW GLOBAL STATUS`).
    Status(&'static [&'static str]),
    /// These system variables (`SHOW GLOBAL VARIABLES`).
    Variables(&'static [&'static str]),
    /// The status and system variables of the expression in the check's settings.
    Named,
    /// The counters of the previous run, for a rate or a recent ratio.
    Before,
    /// The counters of a run a day ago, for values that grow slowly.
    DayBefore,
    /// A fact: its `NEED`.
    Fact(FactEntry),
}

impl Need {
    /// Whether it is read on the machine of the check, without a server.
    pub fn is_local(&self) -> bool {
        matches!(self.place(), Some(FactPlace::Machine | FactPlace::Process))
    }

    /// Whether it needs the server's process on this machine.
    pub fn is_of_process(&self) -> bool {
        self.place() == Some(FactPlace::Process)
    }

    /// Whether it is about the tables that the account may see.
    pub fn is_of_tables(&self) -> bool {
        self.place() == Some(FactPlace::Tables)
    }

    /// The privilege that it needs besides a login.
    pub fn privilege(&self) -> Option<&'static str> {
        match self {
            Need::Fact(fact) => fact.privilege,
            _ => None,
        }
    }

    fn place(&self) -> Option<FactPlace> {
        match self {
            Need::Fact(fact) => Some(fact.place),
            _ => None,
        }
    }
}
