//! How urgent a reason is for monitoring, and its color on the page.

use crate::reading::outcome::Outcome;
use crate::verdict::clause::{Clause, When};

/// What monitoring makes of a reason. `crate::alarms` weighs it; [`Severity::clauses`] says the same to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The server cannot be used.
    Critical,
    /// The writer role stays down until an operator acts.
    NeedsOperator,
    /// HAProxy uses no other node, or soon will use none.
    Unserved,
    /// Ends by itself or after a repair, and other nodes serve meanwhile.
    Warning,
    /// The holder gives the writer role away.
    HandingOver,
    /// healthd is being stopped.
    Stopping,
    /// An operator took it out.
    Maintenance,
    /// It serves, but something is wrong.
    Strained,
    /// A part could not be read.
    Unreadable,
    /// Nothing was read yet.
    Starting,
    /// A replica is always a little behind.
    CatchingUp,
    /// A switch forbids writing, as it should on a replica.
    ReadOnly,
    /// Ready to take over.
    Standby,
    /// Configured so.
    OnPurpose,
    /// The server cannot have this role.
    Absent,
    /// No check has asked for this role.
    Unused,
    /// It serves under an exception.
    Fine,
}

impl Severity {
    /// Every severity, the most urgent first.
    pub const ALL: [Severity; 17] = [
        Severity::Critical,
        Severity::NeedsOperator,
        Severity::Unserved,
        Severity::Warning,
        Severity::HandingOver,
        Severity::Stopping,
        Severity::Maintenance,
        Severity::Strained,
        Severity::Unreadable,
        Severity::Starting,
        Severity::CatchingUp,
        Severity::ReadOnly,
        Severity::Standby,
        Severity::OnPurpose,
        Severity::Absent,
        Severity::Unused,
        Severity::Fine,
    ];

    /// The outcome of a monitoring plugin.
    pub fn clauses(self) -> &'static [Clause] {
        const OK: Clause = Clause { outcome: Some(Outcome::Ok), when: When::Else };
        const WARNING: Clause = Clause { outcome: Some(Outcome::Warning), when: When::Else };
        const UNKNOWN: Clause = Clause { outcome: Some(Outcome::Unknown), when: When::Else };
        const UNSEEN: Clause = Clause { outcome: None, when: When::Else };
        const fn ok(when: When) -> Clause {
            Clause { outcome: Some(Outcome::Ok), when }
        }
        const fn warning(when: When) -> Clause {
            Clause { outcome: Some(Outcome::Warning), when }
        }
        const fn critical(when: When) -> Clause {
            Clause { outcome: Some(Outcome::Critical), when }
        }
        match self {
            Severity::Critical => &const { [critical(When::Else)] },
            Severity::NeedsOperator => &const { [critical(When::NeedsOperator)] },
            Severity::Unserved => &const { [WARNING, critical(When::Witness)] },
            Severity::Warning => &const { [WARNING, critical(When::Holder)] },
            Severity::HandingOver | Severity::Stopping | Severity::Strained => &[WARNING],
            Severity::Maintenance => &const { [WARNING, critical(When::DrainedAndDead)] },
            Severity::Unreadable => &const { [UNKNOWN, critical(When::Holder)] },
            Severity::Starting => &[UNKNOWN],
            Severity::CatchingUp => &const { [WARNING, ok(When::Replicates), critical(When::Holder)] },
            Severity::ReadOnly => &const { [OK, warning(When::OwnGalera), critical(When::Holder)] },
            Severity::Standby => &const { [OK, warning(When::HolderUnreachable)] },
            Severity::OnPurpose | Severity::Fine => &[OK],
            Severity::Absent => &const { [UNSEEN, critical(When::OwnGalera)] },
            Severity::Unused => &const { [UNSEEN, warning(When::WriterInUse), critical(When::Holder)] },
        }
    }
}

/// The color of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Color {
    /// In use.
    Green,
    /// Out of use, as it should be; or in use under an exception.
    Amber,
    /// Out of use.
    Red,
}
