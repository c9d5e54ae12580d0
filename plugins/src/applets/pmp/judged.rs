//! Our checks under the labels of the original plugin.

use healthd_core::check::{Answer, Check, Finding, Input, Settings, judge};
use healthd_core::facts::Facts;
use healthd_core::reading::range::Thresholds;
use healthd_core::reading::{Reading, Unit};

/// One of our checks under the original plugin's label: its value of the name `ours` is judged and shown, and no other.
pub(super) fn judged(
    check: &Check,
    facts: &Facts,
    settings: &Settings,
    limits: &Thresholds,
    (ours, theirs): (&str, &'static str),
) -> Answer {
    let shown = |reading| Reading { label: theirs.into(), unit: Unit::None, ..reading };
    judged_as(check, facts, settings, limits, (ours, shown))
}

/// The same, with what the original plugin makes of the value.
pub(super) fn judged_as(
    check: &Check,
    facts: &Facts,
    settings: &Settings,
    limits: &Thresholds,
    (ours, theirs): (&str, impl FnOnce(Reading) -> Reading),
) -> Answer {
    let found = (check.measure)(&Input { facts, before: None, settings });
    let found = found.map(|finding| {
        let reading = finding.readings.iter().find(|reading| reading.label == ours);
        let reading = reading.cloned().map(theirs);
        Finding {
            value: reading.as_ref().map(|reading| reading.value),
            readings: reading.into_iter().collect(),
            ..finding
        }
    });
    judge(found, limits)
}
