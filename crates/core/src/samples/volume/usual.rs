//! What is usual at this time: the same window of the last weeks.

use super::doubt::Doubt;
use super::limits::VolumeLimits;
use crate::reading::range::{Range, Thresholds};
use crate::reading::{count_of, number};
use crate::samples::window::Window;

/// So many weeks must have been collected.
const SAMPLES: usize = 3;
/// Fewer than this are too few to compare: a share of them says nothing.
const LEAST: f64 = 50.0;

/// What is usual at this time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Usual {
    /// The median of the weeks; `None` if too few were collected.
    pub(super) median: Option<f64>,
    /// The weeks, the newest first; `None` for one that was not wholly collected.
    weeks: Vec<Option<u64>>,
    /// The count in percent of the median.
    percent: Option<f64>,
    /// Whether a baseline was asked for.
    wanted: bool,
}

impl Usual {
    pub(super) fn of(window: &Window, limits: &VolumeLimits) -> Usual {
        let mut sums: Vec<u64> = window.usual.iter().flatten().copied().collect();
        sums.sort_unstable();
        let enough = sums.len() >= SAMPLES;
        let median = enough.then(|| {
            let middle = sums.len() / 2;
            let of = |at: usize| sums.get(at).copied().map_or(0.0, count_of);
            if sums.len() % 2 == 1 { of(middle) } else { f64::midpoint(of(middle - 1), of(middle)) }
        });
        let percent = median.filter(|median| *median >= LEAST).map(|median| count_of(window.sum) / median * 100.0);
        Usual { median, weeks: window.usual.clone(), percent, wanted: !limits.baseline.is_empty() }
    }

    /// The count in percent of what is usual, if that is to be judged and can be.
    pub(super) fn judged(&self) -> Option<f64> {
        self.percent.filter(|_| self.wanted)
    }

    /// `, usually 240 at this time`, and what a baseline makes of it.
    pub(super) fn words(&self, baseline: &Thresholds, doubt: Option<&Doubt>) -> String {
        let collected = self.weeks.iter().flatten().count();
        match (self.median, self.judged()) {
            (Some(median), Some(percent)) => {
                let breaks = if doubt.is_none() { Range::alerts } else { Range::alerts_from };
                let beyond = baseline.broken(percent, breaks, |limit| format!("{} %", number(limit)));
                let percent = if beyond.is_empty() { String::new() } else { format!(": {percent:.0} % of it{beyond}") };
                format!(", usually {} at this time{percent}", number(median))
            }
            (Some(median), None) if self.wanted => {
                format!(", usually {} at this time, too few for the baseline ({LEAST} are needed)", number(median))
            }
            (Some(median), None) => format!(", usually {} at this time", number(median)),
            (None, _) if self.wanted => {
                format!(", no baseline yet: {collected} of the last weeks were collected ({SAMPLES} are needed)")
            }
            (None, _) => String::new(),
        }
    }

    /// The weeks, for `-v`.
    pub(super) fn details(&self) -> Option<String> {
        let week = |sum: &Option<u64>| sum.map_or_else(|| "not collected".to_owned(), |sum| sum.to_string());
        let weeks: Vec<String> = self.weeks.iter().map(week).collect();
        (!weeks.is_empty())
            .then(|| format!("the same window of the weeks before, the newest first: {}", weeks.join(", ")))
    }
}
