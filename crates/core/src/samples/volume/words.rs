//! Times and labels in the sentences of these checks.

use std::time::Duration;

use crate::samples::labels::Labels;
use crate::samples::window::Window;

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

/// The length of a window.
pub(super) fn window_seconds(window: &Window) -> u64 {
    u64::try_from(window.to - window.from).unwrap_or_default()
}
