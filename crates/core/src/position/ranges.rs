//! A set of numbers from 1, kept as ranges.

/// Numbers from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Span {
    /// `None` where it would be empty, or begin before 1.
    pub(super) fn new(first: u64, last: u64) -> Option<Span> {
        (1 <= first && first <= last).then_some(Span { first, last })
    }
}

/// Ascending, with at least one number missing between two spans: equal sets have equal spans.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ranges(Vec<Span>);

impl Ranges {
    pub(super) fn of(mut spans: Vec<Span>) -> Ranges {
        spans.sort_unstable_by_key(|span| span.first);
        let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match joined.last_mut() {
                Some(before) if span.first <= before.last.saturating_add(1) => before.last = before.last.max(span.last),
                _ => joined.push(span),
            }
        }
        Ranges(joined)
    }

    pub(super) fn spans(&self) -> &[Span] {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, other: &Ranges) -> bool {
        let holds = |span: &Span| {
            let at = self.0.partition_point(|own| own.last < span.last);
            self.0.get(at).is_some_and(|own| own.first <= span.first)
        };
        other.0.iter().all(holds)
    }

    pub(super) fn merge(&mut self, other: &Ranges) {
        if !self.contains(other) {
            *self = Ranges::of([&*self.0, &*other.0].concat());
        }
    }

    pub(super) fn minus(&self, other: &Ranges) -> Ranges {
        let mut kept = Vec::new();
        for own in &self.0 {
            // What is left of `own`; nothing once the numbers end.
            let mut first = Some(own.first);
            let overlapping = &other.0[other.0.partition_point(|cut| cut.last < own.first)..];
            for cut in overlapping.iter().take_while(|cut| cut.first <= own.last) {
                kept.extend(first.and_then(|first| Span::new(first, cut.first - 1)));
                first = cut.last.checked_add(1);
            }
            kept.extend(first.and_then(|first| Span::new(first, own.last)));
        }
        Ranges(kept)
    }

    /// How many numbers, at most `u64::MAX`.
    pub(super) fn count(&self) -> u64 {
        self.0.iter().fold(0, |sum, span| sum.saturating_add((span.last - span.first).saturating_add(1)))
    }
}
