//! Which time a log was collected, as its reads go on.

use healthd_core::samples::minute::{Minute, Span};

/// What is covered further ahead of the clock than this, in seconds, is from a clock that was wrong.
const AHEAD: i64 = 3600;

/// Finds the spans that are covered. Before a gap nothing is covered that is not already: the lines that are lost are
/// from the time between the end of what is covered and the gap.
#[derive(Debug)]
pub(crate) struct Coverage {
    /// The end of what is covered.
    to: Option<i64>,
    /// Where the span begins that the next read to the end completes; `None`: at `to`.
    from: Option<i64>,
    /// Whether the span cannot begin at `to`.
    broken: bool,
}

impl Coverage {
    /// `covered_to` is what the store has.
    pub(crate) fn new(covered_to: Option<i64>) -> Coverage {
        Coverage { to: covered_to, from: None, broken: covered_to.is_none() }
    }

    /// Whether a read to the end at `now` is worth storing although nothing was in it: once in a minute.
    pub(crate) fn is_due(&self, now: i64) -> bool {
        self.to.is_none_or(|to| Minute::of(now) > Minute::of(to) || to > now.saturating_add(AHEAD))
    }

    /// A read at `now`, with the time of the first line in it. Returns what it has completed, if it reached the end.
    pub(crate) fn read(&mut self, first_line: Option<i64>, gap: bool, at_end: bool, now: i64) -> Option<Span> {
        if gap {
            self.broken = true;
            self.from = None;
        }
        if self.broken && self.from.is_none() {
            self.from = first_line.map(|first| first.clamp(self.to.unwrap_or(i64::MIN).min(now), now));
        }
        if !at_end {
            return None;
        }
        if self.to.is_some_and(|to| to > now.saturating_add(AHEAD)) {
            *self = Coverage { to: Some(now), from: None, broken: false };
            return None;
        }
        let from = if self.broken { *self.from.get_or_insert(now) } else { self.to? };
        // The clock was set back a little: what is covered stays, and grows again once the clock has passed it.
        if now <= from || self.to.is_some_and(|to| now <= to) {
            return None;
        }
        (self.to, self.from, self.broken) = (Some(now), None, false);
        Some(Span { from, to: now })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(from: i64, to: i64) -> Option<Span> {
        Some(Span { from, to })
    }

    #[test]
    fn the_first_start_covers_from_the_first_line_on() {
        let mut coverage = Coverage::new(None);
        assert_eq!(coverage.read(Some(100), false, false, 1000), None);
        assert_eq!(coverage.read(Some(500), false, true, 1001), span(100, 1001));
        assert_eq!(coverage.read(Some(900), false, true, 1003), span(1001, 1003));
        assert_eq!(coverage.read(None, false, true, 1060), span(1003, 1060));
    }

    #[test]
    fn a_clock_that_was_years_ahead_ends_no_coverage() {
        let mut coverage = Coverage::new(Some(1000));
        assert_eq!(coverage.read(None, false, true, 90_000_000), span(1000, 90_000_000));
        assert!(coverage.is_due(1200), "the clock was set right");
        assert_eq!(coverage.read(None, false, true, 1200), None);
        assert_eq!(coverage.read(None, false, true, 1260), span(1200, 1260));
    }

    #[test]
    fn an_empty_log_covers_from_the_start_on() {
        let mut coverage = Coverage::new(None);
        assert_eq!(coverage.read(None, false, true, 1000), None);
        assert_eq!(coverage.read(Some(1001), false, true, 1002), span(1000, 1002));
    }

    #[test]
    fn a_later_start_covers_from_the_end_of_the_earlier_one() {
        let mut coverage = Coverage::new(Some(500));
        assert_eq!(coverage.read(Some(510), false, false, 1000), None);
        assert_eq!(coverage.read(Some(800), false, true, 1001), span(500, 1001));
    }

    #[test]
    fn a_gap_begins_a_new_span_at_the_first_line_after_it() {
        let mut coverage = Coverage::new(Some(500));
        assert_eq!(coverage.read(Some(800), true, false, 1000), None);
        assert_eq!(coverage.read(Some(900), false, true, 1001), span(800, 1001));
        assert_eq!(coverage.read(None, true, true, 1002), None);
        assert_eq!(coverage.read(None, false, true, 1005), span(1002, 1005));
        // A late line does not cover the gap.
        let mut coverage = Coverage::new(Some(500));
        assert_eq!(coverage.read(Some(20), true, true, 1000), span(500, 1000));
    }

    #[test]
    fn a_clock_that_is_set_back_shrinks_nothing() {
        let mut coverage = Coverage::new(Some(1000));
        assert_eq!(coverage.read(Some(400), false, true, 400), None);
        assert_eq!(coverage.read(None, false, true, 1000), None);
        assert_eq!(coverage.read(None, false, true, 1001), span(1000, 1001));
        assert_eq!(coverage.read(Some(1001), true, true, 700), None);
        assert_eq!(coverage.read(None, false, true, 1002), span(700, 1002));
        // Lines of the future, because their zone is not known.
        let mut coverage = Coverage::new(None);
        assert_eq!(coverage.read(Some(8200), false, true, 1000), None);
        assert_eq!(coverage.read(Some(8300), false, true, 1100), span(1000, 1100));
    }

    #[test]
    fn an_idle_log_is_stored_once_a_minute() {
        for (to, now, due) in [(None, 5, true), (Some(60), 119, false), (Some(60), 120, true), (Some(120), 60, false)] {
            assert_eq!(Coverage::new(to).is_due(now), due, "{to:?} {now}");
        }
    }

    proptest! {
        #[test]
        fn spans_are_never_empty_and_never_go_back(
            to in proptest::option::of(0i64..1000),
            reads in proptest::collection::vec(
                (proptest::option::of(-100i64..2000), any::<bool>(), any::<bool>(), 0i64..1500), 0..40
            ),
        ) {
            let mut coverage = Coverage::new(to);
            let mut end = to.unwrap_or(i64::MIN);
            for (first, gap, at_end, now) in reads {
                let Some(span) = coverage.read(first, gap, at_end, now) else { continue };
                prop_assert!(span.from < span.to);
                prop_assert!(span.to > end && span.to == now);
                end = span.to;
            }
        }
    }
}
