//! Whether a window was collected, or why what was counted may not be all.

use std::time::Duration;

use super::VolumeLimits;
use super::doubt::Doubt;
use super::silence::Silence;
use super::words::{of_labels, span, window_seconds};
use crate::reading::{count_of, number};
use crate::samples::labels::Labels;
use crate::samples::window::Window;
use crate::text::civil;
use crate::text::duration::short;

/// A window of which less than this was collected, in percent, has no lower limit.
const ENOUGH: f64 = 90.0;
/// A log that was not read to its end for longer than this, in seconds, is not being collected. healthd reads every
/// second.
const STALE: i32 = 180;

/// What speaks against judging the count by both ends of a range; `None` if nothing does.
pub(super) fn doubt(window: &Window, limits: &VolumeLimits) -> Option<Doubt> {
    let found = fault(window).or_else(|| gap(window).filter(|_| limits.judge_the_count()));
    found.or_else(|| {
        // Some of the others may belong to this count. It matters only if that would change the outcome.
        let most = count_of(window.sum.saturating_add(window.other));
        let silent = |limit| matches!(Silence::of(window, limit), Silence::Silent { .. });
        let uncertain = limits.count.judge(count_of(window.sum)) != limits.count.judge(most)
            || window.other > 0 && limits.silence.is_some_and(silent);
        let why = || {
            format!(
                "up to {} more are counted as {}: raise max_series of {}",
                window.other,
                Labels::OTHER,
                window.counter
            )
        };
        uncertain.then(|| Doubt { why: why(), is_fault: true })
    })
}

/// Why nothing is collected now.
pub(super) fn fault(window: &Window) -> Option<Doubt> {
    let log = &window.log;
    let why = match (&window.fault, window.read_age) {
        (Some(fault), _) if fault.contains(log.as_str()) => fault.clone(),
        (Some(fault), _) => format!("{log}: {fault}"),
        (None, Some(age)) if age > f64::from(STALE) => format!(
            "healthd has not read {log} to its end for {}: it is behind or hangs, its own log and /logs say more",
            short(Duration::try_from_secs_f64(age).unwrap_or_default())
        ),
        _ => return None,
    };
    Some(Doubt { why, is_fault: true })
}

/// Why the window is not whole.
pub(super) fn gap(window: &Window) -> Option<Doubt> {
    if percent(window) >= ENOUGH {
        return None;
    }
    let seconds = window_seconds(window);
    let all = span(Duration::from_secs(seconds));
    let log = &window.log;
    let why = match (window.covered_from, window.covered_to) {
        (Some(from), Some(to)) if to > window.from => {
            let since = civil::minute(from.max(window.from));
            let parts =
                format!("{log} was collected for {} of the last {all}", span(Duration::from_secs(window.covered)));
            match to + i64::from(STALE) > window.to {
                true => format!(
                    "{parts}, without a gap since {since}: complete at {}",
                    civil::minute(from + window.to - window.from)
                ),
                false => format!("{parts}, until {}: healthd has not read it to its end since", civil::minute(to)),
            }
        }
        (_, Some(to)) => format!("nothing of {log} was collected since {}", civil::minute(to)),
        (_, None) => format!("nothing of {log} was collected yet: healthd has not read it to its end"),
    };
    Some(Doubt { why, is_fault: false })
}

/// How much of the window was collected.
pub(super) fn percent(window: &Window) -> f64 {
    match window_seconds(window) {
        0 => f64::NAN,
        seconds => (count_of(window.covered) / count_of(seconds) * 100.0).min(100.0),
    }
}

/// A label that was asked for and that the counter lacks.
pub(super) fn unknown_label(window: &Window) -> Option<&str> {
    // Without any name known there was no series yet.
    if window.label_names.is_empty() && window.newest.is_none() {
        return None;
    }
    window.labels.iter().map(|(name, _)| name).find(|name| !window.label_names.contains(*name))
}

/// What is said then.
pub(super) fn no_such_label(window: &Window, name: &str) -> String {
    let counter = &window.counter;
    let names: Vec<&str> = window.label_names.iter().map(String::as_str).collect();
    match names.as_slice() {
        [] => format!("{counter} has no label {name}, and no other: add labels = [\"{name}\"] to it in healthd.toml"),
        names => format!(
            "{counter} has no label {name}, only {}: add it to labels in healthd.toml, or ask for another",
            names.join(", ")
        ),
    }
}

/// What is known of the window, for `-v`.
pub(super) fn details(window: &Window) -> Vec<String> {
    let Window { counter, log, from, to, sum, since, .. } = window;
    let labels = of_labels(&window.labels);
    let newest = window.newest.map_or_else(|| "never".to_owned(), civil::minute);
    vec![
        format!("{counter} of {log}{labels}: {sum} from {} to {}", civil::minute(*from), civil::minute(*to)),
        format!("{since} since then, in the minute that is not over yet; the newest: {newest}"),
        format!("collected: {} % of the window", number(percent(window))),
    ]
}
