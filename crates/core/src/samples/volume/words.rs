//! Numbers, times and limits in the sentences of these checks.

use std::time::Duration;

use crate::reading::number;
use crate::reading::range::{Range, Thresholds};
use crate::samples::labels::Labels;

/// A count as a value.
#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are all the same to a threshold")]
pub(super) fn value(count: u64) -> f64 {
    count as f64
}

/// A time as people say it: `60 min`, `24 h`, `7 days`, `30 s`.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..120 if !seconds.is_multiple_of(60) => format!("{seconds} s"),
        0..=7_200 => format!("{} min", seconds / 60),
        7_201..172_801 => {
            let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
            if minutes == 0 { format!("{hours} h") } else { format!("{hours} h {minutes} min") }
        }
        _ => format!("{} days", seconds / 86_400),
    }
}

/// ` of host=mx1 status=sent`; nothing for no labels.
pub(super) fn of_labels(labels: &Labels) -> String {
    if labels.is_empty() { String::new() } else { format!(" of {labels}") }
}

/// ` (at least 10)`: the limit that this value breaks, critical before warning; nothing if it breaks none.
pub(super) fn beyond(thresholds: &Thresholds, alerts: impl Fn(&Range) -> bool, value: f64) -> String {
    let broken = [&thresholds.critical, &thresholds.warning].into_iter().flatten().find(|range| alerts(range));
    match broken.map(|range| (range.fine(), range)) {
        None => String::new(),
        Some((Some((least, _)), _)) if value < least => format!(" (at least {})", number(least)),
        Some((Some((_, most)), _)) => format!(" (at most {})", number(most)),
        Some((None, range)) => format!(" (range {range})"),
    }
}
