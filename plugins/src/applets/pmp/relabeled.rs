//! Our checks under the labels of the original plugins.

use healthd_core::check::{Answer, Check, Finding, Input, Settings, judge};
use healthd_core::facts::Facts;
use healthd_core::reading::range::Thresholds;
use healthd_core::reading::{Reading, Unit};

/// A check of ours whose value is printed under another label.
pub(super) struct Relabeled<'a, 'b> {
    pub(super) check: &'a Check,
    /// The label of the check's value that is judged; its other values are dropped.
    pub(super) ours: &'a str,
    pub(super) facts: &'b Facts,
    pub(super) settings: &'b Settings,
    pub(super) limits: &'b Thresholds,
}

impl Relabeled<'_, '_> {
    /// Judges the value under the label of the original plugin.
    pub(super) fn judge_as(&self, theirs: &'static str) -> Answer {
        self.judge_with(|reading| Reading { label: theirs.into(), unit: Unit::None, ..reading })
    }

    /// Judges the value as `theirs` converts it.
    pub(super) fn judge_with(&self, theirs: impl FnOnce(Reading) -> Reading) -> Answer {
        let input = Input { facts: self.facts, before: None, settings: self.settings };
        let found = (self.check.measure)(&input).map(|finding| {
            let reading = finding.readings.iter().find(|reading| reading.label == self.ours);
            let reading = reading.cloned().map(theirs);
            Finding {
                value: reading.as_ref().map(|reading| reading.value),
                readings: reading.into_iter().collect(),
                ..finding
            }
        });
        judge(found, self.limits)
    }
}
