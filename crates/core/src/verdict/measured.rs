//! What a gate measured.

use std::fmt;
use std::time::Duration;

use crate::observed::canary::CanaryState;
use crate::observed::channel::Channel;
use crate::text::duration::short;

/// What a gate measured, printed for people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measured<'a> {
    /// A plain word.
    Word(&'a str),
    /// The age of an answer and the time it took.
    Answer {
        /// How old.
        age: Duration,
        /// How long it took.
        took: Duration,
    },
    /// A duration.
    Time(Duration),
    /// The state of a channel's threads.
    Threads(&'a Channel),
    /// A Galera node's component, with its size where that is known.
    Component {
        /// Whether it is the primary one.
        primary: bool,
        /// How many nodes it has.
        size: Option<u32>,
    },
    /// What the write canary showed.
    Canary(CanaryState<'a>),
    /// `n` of `m`.
    Of(u32, u32),
    /// Unknown.
    Unknown,
}

impl fmt::Display for Measured<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measured::Word(word) => f.write_str(word),
            Measured::Answer { age, took } => {
                write!(f, "answered {} ago in {:.1}ms", short(*age), took.as_secs_f64() * 1000.0)
            }
            Measured::Time(time) => f.write_str(&short(*time)),
            Measured::Threads(channel) => {
                write!(f, "IO {} from {}, SQL {}", channel.receiver, channel.source, channel.applier)?;
                for error in [&channel.receiver_error, &channel.applier_error].into_iter().flatten() {
                    write!(f, ", error {}: {}", error.code, error.text)?;
                }
                Ok(())
            }
            Measured::Component { primary, size } => {
                f.write_str(if *primary { "primary" } else { "non-primary" })?;
                size.map_or(Ok(()), |size| write!(f, ", size {size}"))
            }
            Measured::Canary(canary) => canary.fmt(f),
            Measured::Of(part, whole) => write!(f, "{part} of {whole}"),
            Measured::Unknown => f.write_str("unknown"),
        }
    }
}
