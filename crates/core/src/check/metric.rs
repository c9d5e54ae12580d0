//! The values that a check shows. Label and unit of each are written once. Readings, documentation and the modes of
//! check_mysql_health are generated from them.

use crate::reading::{Reading, Unit};

/// A value that a check shows.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// The label in perfdata, also the name in JSON.
    pub label: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// What it is, for the documentation.
    pub about: &'static str,
}

impl Metric {
    /// A reading of this metric, without limits.
    pub fn reading(self, value: f64) -> Reading {
        Reading::new(self.label, value, self.unit)
    }
}

/// Declares the metrics of a check: a constant for each, and `METRICS` with all of them in this order, so that no
/// reading can be made of a metric that the check does not declare. The thresholds judge the first.
macro_rules! metrics {
    ($($name:ident: $label:literal, $unit:ident, $about:literal;)+) => {
        $(
            const $name: $crate::check::Metric =
                $crate::check::Metric { label: $label, unit: $crate::reading::Unit::$unit, about: $about };
        )+
        const METRICS: &[$crate::check::Metric] = &[$($name),+];
    };
}
pub(crate) use metrics;
