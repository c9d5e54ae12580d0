//! What is asked of the store: the answers of requests are pure functions of it.

use std::collections::BTreeMap;

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::{Minute, Span};
use healthd_core::samples::window::Window;

/// Why the store has no answer: what failed, why, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoCounts(pub(crate) String);

/// Some series of a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    /// The counter.
    pub(crate) counter: &'a str,
    /// Only series with these labels.
    pub(crate) labels: &'a Labels,
}

/// Counts by series, and by the begin of the step in seconds of Unix time. Steps without a count are left out.
pub(crate) type Buckets = BTreeMap<Labels, BTreeMap<i64, u64>>;

/// The tallies of one log, over its whole life.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Read {
    /// The log.
    pub(crate) log: String,
    /// Lines that were read.
    pub(crate) lines: u64,
    /// Bytes that were read.
    pub(crate) bytes: u64,
    /// How often lines were lost.
    pub(crate) gaps: u64,
    /// Lines that were too long.
    pub(crate) long_lines: u64,
    /// Lines without a usable time.
    pub(crate) without_time: u64,
    /// How far its newest generation is read; `None` for a journal.
    pub(crate) position: Option<u64>,
}

/// The sum of one series over its whole life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Total {
    /// The counter.
    pub(crate) counter: String,
    /// The labels.
    pub(crate) labels: Labels,
    /// The sum.
    pub(crate) total: u64,
}

/// Reads the store.
pub(crate) trait Counts {
    /// The last complete minutes before `now`, compared with those of the weeks before.
    fn window(&self, asked: &Asked<'_>, minutes: u32, weeks: u32, now: i64) -> Result<Window, NoCounts>;

    /// The counts of each series in steps of this length. The begin of the span is a multiple of it.
    fn buckets(&self, asked: &Asked<'_>, span: Span, step: i64) -> Result<Buckets, NoCounts>;

    /// The collected time of a counter, within a span.
    fn coverage(&self, counter: &str, span: Span) -> Result<Vec<Span>, NoCounts>;

    /// The sum of every series.
    fn totals(&self) -> Result<Vec<Total>, NoCounts>;

    /// The tallies of every log.
    fn logs(&self) -> Result<Vec<Read>, NoCounts>;

    /// The lines that resemble what a counter counts and do not match, by counter.
    fn unmatched(&self) -> Result<BTreeMap<String, u64>, NoCounts>;
}

/// A window of which nothing was collected.
pub(super) fn nothing(asked: &Asked<'_>, minutes: u32, now: i64) -> Window {
    let to = Minute::of(now).start();
    let from = to - i64::from(minutes) * Minute::SECONDS;
    Window { counter: asked.counter.to_owned(), labels: asked.labels.clone(), from, to, ..Window::default() }
}

/// The columns of a counter: `None` where nothing of a step was collected.
pub(super) fn columns<'a>(
    series: impl IntoIterator<Item = &'a BTreeMap<i64, u64>>,
    coverage: &[Span],
    span: Span,
    step: i64,
) -> Vec<Option<u64>> {
    let mut sums: BTreeMap<i64, u64> = BTreeMap::new();
    for (at, count) in series.into_iter().flatten() {
        *sums.entry(*at).or_default() += count;
    }
    steps(span, step)
        .map(|at| {
            let column = Span { from: at, to: at + step };
            let collected = coverage.iter().any(|covered| covered.overlap(column).seconds() > 0);
            // What was counted is shown, also if its time was not collected as a whole.
            sums.get(&at).copied().or_else(|| collected.then_some(0))
        })
        .collect()
}

/// The begins of the steps.
pub(super) fn steps(span: Span, step: i64) -> impl Iterator<Item = i64> {
    (0..).map(move |number| span.from + number * step).take_while(move |at| *at < span.to)
}
