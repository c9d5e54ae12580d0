//! The outcomes of a monitoring plugin.

use std::fmt;

/// The four outcomes of the Monitoring Plugins guidelines, in the order of urgency: UNKNOWN is worse than OK and less
/// urgent than a known WARNING, but a roll-up must not hide it behind one (see [`Outcome::worst`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// 0
    Ok,
    /// 1
    Warning,
    /// 2
    Critical,
    /// 3
    Unknown,
}

impl Outcome {
    /// The word at the beginning of a plugin's line.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Ok => "OK",
            Outcome::Warning => "WARNING",
            Outcome::Critical => "CRITICAL",
            Outcome::Unknown => "UNKNOWN",
        }
    }

    /// The number, which is the plugin's exit code.
    pub fn code(self) -> u8 {
        match self {
            Outcome::Ok => 0,
            Outcome::Warning => 1,
            Outcome::Critical => 2,
            Outcome::Unknown => 3,
        }
    }

    /// The worse of two: CRITICAL, UNKNOWN, WARNING, OK. A value that could not be read may be worse than a warning.
    #[must_use]
    pub fn worst(self, other: Outcome) -> Outcome {
        let rank = |outcome| match outcome {
            Outcome::Ok => 0,
            Outcome::Warning => 1,
            Outcome::Unknown => 2,
            Outcome::Critical => 3,
        };
        if rank(other) > rank(self) { other } else { self }
    }

    /// The outcome of a name as people write it in options: `ok`, `warning`, `critical`, `unknown`, or its number.
    pub fn parse(text: &str) -> Option<Outcome> {
        match text.to_ascii_lowercase().as_str() {
            "ok" | "0" => Some(Outcome::Ok),
            "warning" | "warn" | "1" => Some(Outcome::Warning),
            "critical" | "crit" | "2" => Some(Outcome::Critical),
            "unknown" | "3" => Some(Outcome::Unknown),
            _ => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
