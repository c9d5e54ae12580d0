//! One counter as a share of another.

use std::time::Duration;

use super::collected;
use super::collected::{fault, gap, no_such_label, percent, unknown_label};
use super::words::{of_labels, span, window_seconds};
use crate::check::Answer;
use crate::reading::outcome::Outcome;
use crate::reading::range::{Range, Thresholds};
use crate::reading::{Reading, Unit, count_of, number};
use crate::samples::window::{RatioWindow, Window};

/// The least of the whole that is judged, if neither the command line nor the configuration names one.
const LEAST: u64 = 100;

/// What a ratio is held against.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RatioLimits {
    /// The part in percent of the whole.
    pub share: Thresholds,
    /// The least of the whole that is enough to judge; `None`: that of the configuration, or 100.
    pub min: Option<u64>,
}

/// Judges a ratio. A share of what was only partly collected proves nothing in either direction.
pub fn judge_ratio(ratio: &RatioWindow, limits: &RatioLimits) -> Answer {
    let RatioWindow { of, to, .. } = ratio;
    let windows = [to, of];
    if let Some((window, name)) = windows.iter().find_map(|window| Some((window, unknown_label(window)?))) {
        return ratio_not_known(limits, &no_such_label(window, name));
    }
    let share = (to.sum > 0).then(|| count_of(of.sum) / count_of(to.sum) * 100.0);
    let labels = of_labels(&to.labels);
    let window = span(Duration::from_secs(window_seconds(to)));
    let counted = format!("{} {} of {} {}{labels} in the last {window}", of.sum, of.counter, to.sum, to.counter);
    let doubt =
        windows.iter().find_map(|window| fault(window)).or_else(|| windows.iter().find_map(|window| gap(window)));
    let least = limits.min.or(ratio.min).unwrap_or(LEAST);
    let (outcome, text) = match (share, doubt) {
        (_, Some(doubt)) => (Outcome::Unknown, format!("{}; {counted}", doubt.why)),
        (Some(share), None) if to.sum >= least => {
            let beyond = limits.share.broken(share, Range::alerts, |limit| format!("{} %", number(limit)));
            (limits.share.judge(share), format!("{} %{beyond}: {counted}", number(share)))
        }
        _ => (
            Outcome::Ok,
            format!("too few {} to judge ({}, at least {least} are needed): {counted}", to.counter, to.sum),
        ),
    };
    let readings = readings(share.unwrap_or(f64::NAN), ratio, limits);
    let details = windows.iter().rev().flat_map(|window| collected::details(window)).collect();
    Answer { readings, details, ..Answer::plain(outcome, text) }
}

/// The answer if nothing was learned of the counters: UNKNOWN, with the same labels in perfdata.
pub fn ratio_not_known(limits: &RatioLimits, why: &str) -> Answer {
    let mut readings = readings(f64::NAN, &RatioWindow::default(), limits);
    for reading in &mut readings {
        reading.value = f64::NAN;
    }
    Answer { readings, ..Answer::plain(Outcome::Unknown, why) }
}

fn readings(share: f64, ratio: &RatioWindow, limits: &RatioLimits) -> Vec<Reading> {
    let RatioWindow { of, to, .. } = ratio;
    // The older of the two, the less complete of the two.
    let age = |window: &Window| window.read_age.unwrap_or(f64::NAN);
    let coverage = percent(of).min(percent(to));
    let judged = Reading::new("share", share, Unit::Percent).between(0.0, 100.0);
    let readings = [
        Reading { thresholds: limits.share.clone(), ..judged },
        Reading::new("part", count_of(of.sum), Unit::None).between(0.0, None),
        Reading::new("whole", count_of(to.sum), Unit::None).between(0.0, None),
        Reading::new("coverage", coverage, Unit::Percent).between(0.0, 100.0),
        Reading::new("age", age(of).max(age(to)), Unit::Seconds).between(0.0, None),
    ];
    readings.into_iter().map(Reading::in_every_run).collect()
}
