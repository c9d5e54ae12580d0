//! The result of a check, or the reason why there is none.

use std::borrow::Cow;
use std::fmt;

use crate::facts::innodb::Still;
use crate::facts::unseen::Unseen;
use crate::observed::section::Unreadable;
use crate::reading::Reading;
use crate::reading::outcome::Outcome;

/// `ER_UNKNOWN_COM_ERROR`, with which wsrep refuses a query.
const NOT_READY: u16 = 1047;

/// What a check has found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The value that thresholds judge: that of the first reading. `None` if nothing is to be judged.
    pub value: Option<f64>,
    /// The sentence, without the outcome's word.
    pub text: String,
    /// The values; thresholds judge the first one.
    pub readings: Vec<Reading>,
    /// The least severe outcome: a broken channel is not OK because of a wide threshold.
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

    /// The same finding, with an outcome that is at least this severe.
    #[must_use]
    pub fn at_least(mut self, outcome: Outcome) -> Finding {
        self.at_least = self.at_least.worst(outcome);
        self
    }
}

/// Why a check has no result. A missing value is never OK by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Cannot {
    /// The server lacks the feature, which is not a fault (the query cache of MySQL 8). OK unless an option differs.
    NotHere(String),
    /// Two runs are needed, and this is the first.
    FirstRun,
    /// Two runs are needed, but the counters of this run could not be stored.
    Unkept,
    /// The server lacks a variable that it should have.
    Missing {
        /// Its name.
        name: Cow<'static, str>,
    },
    /// The counter exists, but is turned off, so its value proves nothing.
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
    /// A file or process on the check's own machine could not be read.
    Unseen(Unseen),
    /// The check's options do not fit this server.
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
            Cannot::FirstRun => f.write_str("first run: saved the counters for the next run to compare with"),
            Cannot::Unkept => f.write_str("a rate needs two runs, but the counters of this run could not be saved"),
            Cannot::Missing { name } => write!(f, "this server has no {name}"),
            Cannot::NotCounted { name, why: Still::SwitchedOff(metric) } => write!(
                f,
                "{name} is not counted because {metric} is off: SET GLOBAL innodb_monitor_enable = '{metric}' (and set \
                 innodb_monitor_enable in the configuration, for the next start)"
            ),
            Cannot::NotCounted { name, why: Still::NeverCounts } => write!(
                f,
                "MySQL 5.6 does not count {name}: use pt-deadlock-logger with the check rows-since, or \
                 innodb_print_all_deadlocks"
            ),
            Cannot::Unread { what, why } => match why {
                Unreadable::Denied { grant } => {
                    // Each grant is a statement of its own.
                    let grants: Vec<String> =
                        grant.split("; ").map(|grant| format!("{grant} TO the account of this check")).collect();
                    write!(f, "{what} cannot be read: {}", grants.join("; "))
                }
                Unreadable::Refused { code: NOT_READY } => write!(
                    f,
                    "{what} cannot be read: this Galera node refuses queries (error {NOT_READY}): it is not in the \
                     primary component, or wsrep_reject_queries is set"
                ),
                Unreadable::Refused { code } => write!(
                    f,
                    "{what} cannot be read: the server refused the statement with error {code}{}",
                    words(*code)
                ),
                Unreadable::NoAnswer { hanging } => write!(f, "{what} cannot be read: {hanging} hangs in the server"),
                Unreadable::NotUnderstood { what: part } => {
                    write!(f, "{what} cannot be interpreted: unexpected value of {part}")
                }
            },
        }
    }
}

/// What a frequent error of a server means, for those who do not know its number; empty for others.
fn words(code: u16) -> &'static str {
    match code {
        1049 => " (unknown schema)",
        1054 => " (unknown column)",
        1064 => " (syntax error)",
        1146 => " (table does not exist)",
        1193 => " (unknown system variable)",
        1205 => " (lock wait timeout)",
        1317 | 1969 | 3024 => " (statement interrupted)",
        _ => "",
    }
}
