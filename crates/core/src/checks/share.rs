//! Shared code of checks that judge a share: the share since the previous run, and since the server started.

use crate::check::{Basis, Cannot, Finding, Input, Metric};
use crate::reading::{Reading, number};

/// A share of fewer events than this proves nothing; [`of_enough`] documents it.
const SAMPLE: f64 = 100.0;

/// The formula of a share, with the rule that all of them follow.
macro_rules! of_enough {
    ($formula:literal) => {
        concat!(
            $formula,
            ". With fewer than 100 events the result is shown but not judged, unless `--lifetime` is given"
        )
    };
}
pub(super) use of_enough;

/// The share to judge, and its wording.
pub(super) struct Proportion {
    /// The counters of the part.
    pub(super) part: &'static [&'static str],
    /// The counters of the whole.
    pub(super) whole: &'static [&'static str],
    /// Whether the part counts misses: then the complement is reported.
    pub(super) misses: bool,
    /// The recent share.
    pub(super) now: Metric,
    /// The share since the start.
    pub(super) lifetime: Metric,
    /// The rest of the sentence: `of the pages were in the buffer pool`.
    pub(super) what: &'static str,
}

/// Judges the share since the previous run if there is one, else the share since the start. A share of too few events,
/// or of a server that has just started, is shown but not judged.
pub(super) fn found(input: &Input<'_>, proportion: Proportion) -> Result<Finding, Cannot> {
    found_up_to(input, proportion, Some(100.0))
}

/// The same for a share that may exceed 100 %.
pub(super) fn found_without_most(input: &Input<'_>, proportion: Proportion) -> Result<Finding, Cannot> {
    found_up_to(input, proportion, None)
}

fn found_up_to(input: &Input<'_>, proportion: Proportion, most: Option<f64>) -> Result<Finding, Cannot> {
    let Proportion { part, whole, misses, now, lifetime, what } = proportion;
    let share = input.share(part, whole)?;
    let turned = |share: f64| if misses { 100.0 - share } else { share };
    let reading = |metric: Metric, share: f64| metric.reading(turned(share)).between(0.0, most);
    let recent = share.recent.map(|(share, of)| (reading(now, share), of));
    let all = share.lifetime.map(|share| reading(lifetime, share));
    let judged = |first: Reading, second: Option<Reading>, when: &str, of: f64, is_judged: bool| {
        let few = if of < SAMPLE { format!(", of only {}", number(of)) } else { String::new() };
        let text = format!("{:.2} % {what} {when}{few}", first.value);
        let finding = Finding::new(text, std::iter::once(first).chain(second).collect());
        if is_judged { finding } else { Finding { value: None, ..finding } }
    };
    let cold = input.is_cold()?;
    Ok(match (recent, all, input.settings.basis) {
        (Some((recent, of)), all, Basis::Recent) => {
            judged(recent, all, "since the last run", of, of >= SAMPLE && !cold)
        }
        (recent, Some(all), _) => {
            let when = if cold { "since the recent start" } else { "since the start" };
            // With `--lifetime` the share since the start is judged, however few events it has.
            let whole: f64 = whole.iter().map(|name| input.status(name)).sum::<Result<f64, Cannot>>()?;
            let enough = whole >= SAMPLE || input.settings.basis == Basis::Lifetime;
            judged(all, recent.map(|(recent, _)| recent), when, whole, enough && !cold)
        }
        (_, None, _) => {
            let text = "no such events yet: nothing to judge";
            Finding::new(text, Vec::new())
        }
    })
}
