//! What a check finds, or why it finds nothing.

use std::borrow::Cow;
use std::fmt;

use crate::facts::innodb::Still;
use crate::facts::unseen::Unseen;
use crate::observed::section::Unreadable;
use crate::reading::Reading;
use crate::reading::outcome::Outcome;

/// `ER_UNKNOWN_COM_ERROR`, which wsrep makes of a query that it does not let in.
const NOT_READY: u16 = 1047;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What thresholds judge; the first reading's value, unless the first reading is none.
    pub value: Option<f64>,
    /// The sentence, without the outcome's word.
    pub text: String,
    /// The values; the first is the one that thresholds judge.
    pub readings: Vec<Reading>,
    /// An outcome that no threshold can lessen: a broken channel is not OK because of a wide threshold.
    pub at_least: Outcome,
    /// Further lines, for `-v`.
    pub details: Vec<String>,
}

impl Finding {
    /// A finding whose first reading is judged.
    pub fn new(text: impl Into<String>, readings: Vec<Reading>) -> Finding {
        Finding {
            value: readings.first().map(|first| first.value),
            text: text.into(),
            readings,
            at_least: Outcome::Ok,
            details: Vec::new(),
        }
    }

    /// The same, at least as bad as this.
    #[must_use]
    pub fn at_least(mut self, outcome: Outcome) -> Finding {
        self.at_least = self.at_least.worst(outcome);
        self
    }
}

/// Why a check finds nothing. None of these is ever OK because nothing was seen.
#[derive(Debug, Clone, PartialEq)]
pub enum Cannot {
    /// The server has no such thing, and that is no fault: the query cache of MySQL 8. OK unless told otherwise.
    NotHere(String),
    /// Two runs are needed, and this is the first.
    FirstRun,
    /// Two runs are needed, and what this one read could not be kept for the next.
    Unkept,
    /// A variable that should be there is not.
    Missing {
        /// Its name.
        name: Cow<'static, str>,
    },
    /// A counter is there and stands still: its number says nothing.
    NotCounted {
        /// Its name.
        name: &'static str,
        /// Why.
        why: Still,
    },
    /// The statement failed.
    Unread {
        /// What was to be read, such as `the replication channels`.
        what: &'static str,
        /// Why not.
        why: Unreadable,
    },
    /// Something on the check's own machine could not be looked at.
    Unseen(Unseen),
    /// The check's options make no sense on this server.
    Usage(String),
}

impl Cannot {
    /// The outcome, unless an option says otherwise.
    pub fn outcome(&self) -> Outcome {
        match self {
            Cannot::NotHere(_) | Cannot::FirstRun => Outcome::Ok,
            Cannot::Unkept
            | Cannot::Missing { .. }
            | Cannot::NotCounted { .. }
            | Cannot::Unread { .. }
            | Cannot::Unseen(_)
            | Cannot::Usage(_) => Outcome::Unknown,
        }
    }
}

impl fmt::Display for Cannot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cannot::NotHere(why) | Cannot::Usage(why) => f.write_str(why),
            Cannot::Unseen(why) => why.fmt(f),
            Cannot::FirstRun => f.write_str("first run: collecting the counters that the next one compares with"),
            Cannot::Unkept => f.write_str("a rate needs two runs, and nothing of this one is kept for the next"),
            Cannot::Missing { name } => write!(f, "this server has no {name}"),
            Cannot::NotCounted { name, why: Still::SwitchedOff(metric) } => write!(
                f,
                "{name} is not counted, {metric} is switched off: SET GLOBAL innodb_monitor_enable = '{metric}' (and \
                 innodb_monitor_enable in the configuration, for the next start)"
            ),
            Cannot::NotCounted { name, why: Still::NeverCounts } => write!(
                f,
                "MySQL 5.6 does not count {name}: let pt-deadlock-logger write them into a table and ask rows-since, or see \
                 innodb_print_all_deadlocks"
            ),
            Cannot::Unread { what, why } => match why {
                Unreadable::Denied { grant } => {
                    // Each of several is a statement of its own.
                    let grants: Vec<String> =
                        grant.split("; ").map(|grant| format!("{grant} TO the account of this check")).collect();
                    write!(f, "{what} cannot be read: {}", grants.join("; "))
                }
                Unreadable::Refused { code: NOT_READY } => write!(
                    f,
                    "{what} cannot be read: this Galera node refuses queries (error {NOT_READY}), it is in no primary component or rejects \
                     them"
                ),
                Unreadable::Refused { code } => write!(f, "{what} cannot be read: the server says error {code}"),
                Unreadable::NoAnswer { hanging } => write!(f, "{what} cannot be read: {hanging} hangs in the server"),
                Unreadable::NotUnderstood { what: part } => write!(f, "{what}: {part} is not understood"),
            },
        }
    }
}
