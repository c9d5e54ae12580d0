//! What monitoring makes of a reason, as clauses for people. `crate::alarms` decides; a test compares the two.

use std::fmt;

use crate::reading::outcome::Outcome;
use crate::verdict::role::Role;

/// In which situation a clause holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Unless a later clause says otherwise.
    Else,
    /// The same; only an operator ends it.
    NeedsOperator,
    /// The node holds the writer role.
    Holder,
    /// There is a witness.
    Witness,
    /// There is a witness, or the writer role is the instance's own.
    WriterInUse,
    /// The server replicates.
    Replicates,
    /// The reason is one of the instance's own role `galera`.
    OwnGalera,
    /// The healthd of the holder is unreachable.
    HolderUnreachable,
    /// The server was drained and does not answer.
    DrainedAndDead,
}

impl When {
    fn words(self) -> &'static str {
        match self {
            When::Else => "",
            When::NeedsOperator => ": an operator has to act, the text says how",
            When::Holder => " for the holder of the writer role",
            When::Witness => " with a witness, because no node serves",
            When::WriterInUse => " with a witness, or if `writer` is the instance's own role",
            When::Replicates => " while it replicates",
            When::OwnGalera => " if `galera` is the instance's own role",
            When::HolderUnreachable => " while the holder's healthd is unreachable",
            When::DrainedAndDead => " if it is drained and its server does not answer",
        }
    }

    /// Whether a reason of these roles can come to it.
    pub fn concerns(self, roles: &[Role]) -> bool {
        match self {
            When::Holder | When::Witness | When::WriterInUse | When::HolderUnreachable => roles.contains(&Role::Writer),
            When::OwnGalera => roles.contains(&Role::Galera),
            When::Else | When::NeedsOperator | When::Replicates | When::DrainedAndDead => true,
        }
    }
}

/// An outcome and when it is the one. Of several that hold, the last one counts. Prints as in the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clause {
    /// The outcome; `None` if monitoring does not show the reason.
    pub outcome: Option<Outcome>,
    /// In which situation.
    pub when: When,
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.outcome.map_or("not shown", Outcome::word))?;
        f.write_str(self.when.words())
    }
}
