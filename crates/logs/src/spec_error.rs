//! Why a log cannot be counted as the configuration says.

use crate::pattern::PatternError;

/// A mistake in a `[[log]]` or one of its counters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// The zone does not exist.
    #[error(
        "time_zone: the time zone database has no {name:?} ({why}). Write a name as in /usr/share/zoneinfo, such as \
         Europe/Berlin; if that directory does not exist, install tzdata"
    )]
    Zone {
        /// The name.
        name: String,
        /// What the database says.
        why: String,
    },
    /// The regular expression is wrong.
    #[error("counter {counter}: regex, {error}")]
    Pattern {
        /// The counter.
        counter: String,
        /// What is wrong with it.
        error: PatternError,
    },
    /// It has too many named groups.
    #[error("counter {counter}: the regex has {count} named groups, at most {most} are possible")]
    Groups {
        /// The counter.
        counter: String,
        /// How many it has.
        count: usize,
        /// How many it may have.
        most: usize,
    },
    /// `labels` or `where` names something that is not captured.
    #[error("counter {counter}: {option} names {name:?}, which is not captured. Available: {available}")]
    Capture {
        /// The counter.
        counter: String,
        /// `labels` or `where`.
        option: &'static str,
        /// The unknown name.
        name: String,
        /// The names that exist; or that there are none.
        available: String,
    },
    /// A label is named twice.
    #[error("counter {counter}: labels names {name:?} twice")]
    Twice {
        /// The counter.
        counter: String,
        /// The name.
        name: String,
    },
    /// `max_series` is 0.
    #[error("counter {counter}: max_series is 0; it must be at least 1")]
    NoSeries {
        /// The counter.
        counter: String,
    },
    /// An entry of `content_filters` is empty or cannot be one.
    #[error(
        "counter {counter}: content_filters has {entry:?}. Write the filter's HOST:PORT, such as 127.0.0.1:10024, the \
         name of its transport, or the syslog_name of the service that takes mail back, such as postfix/10025"
    )]
    Filter {
        /// The counter.
        counter: String,
        /// The entry.
        entry: String,
    },
    /// Two counters have the same name.
    #[error("counter {counter} exists twice")]
    Counter {
        /// The counter.
        counter: String,
    },
}
