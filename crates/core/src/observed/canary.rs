//! The write canary: one small write on the node in use, which shows what no read can show: that commits work. A canary
//! that could not be tried is neither good nor a failure.

use std::fmt;
use std::time::Duration;

use crate::observed::failure::Failure;
use crate::text::clean::{clip, one_line, without_quoted};
use crate::text::duration::short;

/// How long a failure counts. Only a node in use tries, so a failure does not end by itself. It is forgotten after a
/// time in which the other node can take over (a handover takes ten seconds at most). This also limits how often two
/// nodes that both cannot write give the role to each other.
pub const STANDS_FOR: Duration = Duration::from_secs(60);
/// The longest text of a server's error.
const TEXT: usize = 60;

/// How a canary failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanaryFault {
    /// The server refused it.
    Refused {
        /// The error number.
        code: u16,
        /// The message, without what it quotes.
        text: String,
    },
    /// It was not answered in time, on a server that answers reads.
    Hangs {
        /// The timeout.
        within: Duration,
    },
}

impl CanaryFault {
    /// A refusal with the message of the server, cleaned.
    pub fn refused(code: u16, text: &str) -> CanaryFault {
        CanaryFault::Refused { code, text: clip(&one_line(&without_quoted(text), TEXT), TEXT) }
    }

    /// What to do, if the error number shows it.
    fn hint(code: u16) -> &'static str {
        match code {
            // The database, the table, a column, a routine, a global privilege.
            1044 | 1142 | 1143 | 1370 | 1227 => "; GRANT it to healthd's account",
            // No database chosen, none of this name, no such table, column or routine.
            1046 | 1049 | 1146 | 1054 | 1305 => "; CREATE it, or fix write_canary",
            1064 => "; fix write_canary",
            // Disk full, error writing file, storage engine, table full.
            1021 | 1026 | 1030 | 1114 => "; look at its disks",
            _ => "",
        }
    }
}

impl fmt::Display for CanaryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CanaryFault::Refused { code, text } => write!(f, "error {code}: {text}{}", CanaryFault::hint(*code)),
            CanaryFault::Hangs { within } => write!(
                f,
                "no answer within {} while reads work: a full disk, or FLUSH TABLES WITH READ LOCK? SHOW PROCESSLIST",
                short(*within)
            ),
        }
    }
}

/// What is known about the canary at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanaryState<'a> {
    /// This node has not been in use since healthd started.
    Untried,
    /// The last one was committed.
    Written {
        /// How long ago.
        age: Duration,
        /// How long it took.
        took: Duration,
    },
    /// The last one could not be tried. Whether the server is well is for the probe to decide.
    Impossible {
        /// Why it could not be tried.
        failure: &'a Failure,
    },
    /// The last one failed.
    Failed {
        /// How it failed.
        fault: &'a CanaryFault,
        /// How long ago.
        age: Duration,
    },
}

impl fmt::Display for CanaryState<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CanaryState::Untried => f.write_str("not tried yet: only where a check was answered 200"),
            CanaryState::Written { age, took } => {
                write!(f, "written {} ago in {:.1}ms", short(*age), took.as_secs_f64() * 1000.0)
            }
            CanaryState::Impossible { failure } => write!(f, "cannot be tried: {failure}"),
            CanaryState::Failed { fault, age } => write!(f, "{} ago: {fault}", short(*age)),
        }
    }
}
