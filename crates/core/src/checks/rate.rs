//! What checks of a counter have in common: how fast it grows.

use crate::check::{Cannot, Finding, Input};
use crate::reading::{Reading, Unit, counted, number};

/// A counter.
pub(super) struct Counted {
    /// The status variable.
    pub(super) counter: &'static str,
    /// The label of the growth a second.
    pub(super) now: &'static str,
    /// The label of the counter itself.
    pub(super) total: &'static str,
    /// One and several of what is counted, as people say it: `thread started`, `threads started`.
    pub(super) what: [&'static str; 2],
}

/// Judges how fast it has grown since the previous run.
pub(super) fn found(input: &Input<'_>, Counted { counter, now, total, what }: Counted) -> Result<Finding, Cannot> {
    let rate = input.rate(&[counter])?;
    let [one, more] = what;
    let (happened, seconds) = (counted(rate.delta, one, more), number(rate.seconds));
    let per_second = number(rate.per_second());
    Ok(Finding::new(
        format!("{happened} in {seconds} s ({per_second}/s)"),
        vec![
            Reading::new(now, rate.per_second(), Unit::None).between(0.0, None),
            Reading::new(total, input.status(counter)?, Unit::Counter),
        ],
    ))
}
