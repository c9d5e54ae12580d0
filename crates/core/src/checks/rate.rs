//! Shared code of checks that judge the growth of a counter.

use crate::check::{Cannot, Finding, Input, Metric};
use crate::reading::{counted, number};

/// A counter.
pub(super) struct CounterRate {
    /// The status variable.
    pub(super) counter: &'static str,
    /// The growth per second.
    pub(super) now: Metric,
    /// The counter itself.
    pub(super) total: Metric,
    /// Singular and plural of what is counted: `thread started`, `threads started`.
    pub(super) what: [&'static str; 2],
}

/// Judges the growth since the previous run.
pub(super) fn found(
    input: &Input<'_>,
    CounterRate { counter, now, total, what }: CounterRate,
) -> Result<Finding, Cannot> {
    let rate = input.rate(&[counter])?;
    let [one, more] = what;
    let (happened, seconds) = (counted(rate.delta, one, more), number(rate.seconds));
    let per_second = number(rate.per_second());
    Ok(Finding::new(
        format!("{happened} in {seconds} s ({per_second}/s)"),
        vec![now.reading(rate.per_second()).between(0.0, None), total.reading(input.status(counter)?)],
    ))
}
