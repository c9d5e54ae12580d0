//! Minutes of UTC, and the time a counter was collected.

use serde::{Deserialize, Serialize};

/// A minute of UTC: whole minutes since 1970-01-01T00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minute(pub i64);

impl Minute {
    /// Seconds in a minute.
    pub const SECONDS: i64 = 60;

    /// The minute that contains this second of Unix time.
    pub fn of(second: i64) -> Minute {
        Minute(second.div_euclid(Minute::SECONDS))
    }

    /// Its first second, in Unix time.
    pub fn start(self) -> i64 {
        self.0 * Minute::SECONDS
    }
}

/// A span of Unix time in seconds, `from` inclusive, `to` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first second.
    pub from: i64,
    /// The second after the last.
    pub to: i64,
}

impl Span {
    /// Its length in seconds; 0 if it is empty.
    pub fn seconds(self) -> i64 {
        (self.to - self.from).max(0)
    }

    /// What both have in common, which may be empty.
    #[must_use]
    pub fn overlap(self, other: Span) -> Span {
        Span { from: self.from.max(other.from), to: self.to.min(other.to) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_begins_at_or_before_its_seconds_also_before_1970() {
        for (second, minute) in [(0, 0), (59, 0), (60, 1), (-1, -1), (-60, -1), (-61, -2)] {
            assert_eq!(Minute::of(second), Minute(minute), "{second}");
            assert!((0..60).contains(&(second - Minute(minute).start())), "{second}");
        }
    }

    #[test]
    fn spans_that_do_not_touch_have_nothing_in_common() {
        let span = |from, to| Span { from, to };
        assert_eq!(span(0, 10).overlap(span(5, 20)), span(5, 10));
        assert_eq!(span(0, 10).overlap(span(10, 20)).seconds(), 0);
        assert_eq!(span(0, 10).overlap(span(30, 40)).seconds(), 0);
    }
}
