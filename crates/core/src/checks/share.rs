//! What checks of a share have in common: of what came since the run before, and of all since the server's start.

use crate::check::{Basis, Cannot, Finding, Input};
use crate::reading::{Reading, Unit, number};

/// Fewer of the whole than this say nothing about a share; [`of_enough`] tells people.
const SAMPLE: f64 = 100.0;

/// The formula of a share, with what all of them have.
macro_rules! of_enough {
    ($formula:literal) => {
        concat!($formula, ". A share of fewer than 100 is shown and not judged (with `--lifetime` it is)")
    };
}
pub(super) use of_enough;

/// A share.
pub(super) struct Asked {
    /// The counters of the part.
    pub(super) part: &'static [&'static str],
    /// Those of the whole.
    pub(super) whole: &'static [&'static str],
    /// Whether the part is what is missing: then its complement is asked for.
    pub(super) misses: bool,
    /// The label of the recent share.
    pub(super) now: &'static str,
    /// The label of the share since the start.
    pub(super) lifetime: &'static str,
    /// The rest of the sentence: `of the pages were in the buffer pool`.
    pub(super) what: &'static str,
}

/// Judges the recent share where there is one, else the one since the start; what is too little to say anything, or of a
/// server that has just started, is shown and not judged.
pub(super) fn found(input: &Input<'_>, asked: Asked) -> Result<Finding, Cannot> {
    found_up_to(input, asked, Some(100.0))
}

/// The same of a share that may be more than the whole.
pub(super) fn found_without_most(input: &Input<'_>, asked: Asked) -> Result<Finding, Cannot> {
    found_up_to(input, asked, None)
}

fn found_up_to(input: &Input<'_>, asked: Asked, most: Option<f64>) -> Result<Finding, Cannot> {
    let Asked { part, whole, misses, now, lifetime, what } = asked;
    let share = input.share(part, whole)?;
    let turned = |share: f64| if misses { 100.0 - share } else { share };
    let reading = |label, share: f64| Reading::new(label, turned(share), Unit::Percent).between(0.0, most);
    let recent = share.recent.map(|(share, of)| (reading(now, share), of));
    let all = share.lifetime.map(|share| reading(lifetime, share));
    let judged = |first: Reading, second: Option<Reading>, when: &str, of: f64, is_judged: bool| {
        let few = if of < SAMPLE { format!(", of {} only", number(of)) } else { String::new() };
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
            let when = if cold { "since the start, which is not long ago" } else { "since the start" };
            // Who asks for the time since the start gets it judged, however little it is.
            let whole: f64 = whole.iter().map(|name| input.status(name)).sum::<Result<f64, Cannot>>()?;
            let enough = whole >= SAMPLE || input.settings.basis == Basis::Lifetime;
            judged(all, recent.map(|(recent, _)| recent), when, whole, enough && !cold)
        }
        (_, None, _) => {
            let text = "nothing has happened yet that a share could be made of";
            Finding::new(text, Vec::new())
        }
    })
}
