//! What a check needs to know of a counter's last minutes: the answer of `GET /api/window`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::labels::Labels;

/// A counter over a window of complete minutes. Times are seconds of Unix time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The counter.
    pub counter: String,
    /// The labels that were asked for; the sum is over every series that has them.
    pub labels: Labels,
    /// The names of the labels that the counter's series have or that are configured for it; empty if none are known.
    /// Without them nobody can tell a value that was never counted, which is 0, from a mistyped name.
    #[serde(default)]
    pub label_names: BTreeSet<String>,
    /// How many were counted in the window as [`Labels::OTHER`]: some of them may have the labels that were asked for.
    /// 0 if no labels were asked for.
    #[serde(default)]
    pub other: u64,
    /// The begin of the window.
    pub from: i64,
    /// Its end: the last full minute.
    pub to: i64,
    /// How many were counted in it.
    pub sum: u64,
    /// How many were counted since its end, in the minute that is not over yet.
    pub since: u64,
    /// How many seconds of the window were collected.
    pub covered: u64,
    /// The end of the last time that was collected; `None` if nothing ever was.
    pub covered_to: Option<i64>,
    /// The begin of the collected time that ends there.
    pub covered_from: Option<i64>,
    /// The first second of the minute of the newest count; `None` if nothing was ever counted.
    pub newest: Option<i64>,
    /// The sums of the same window one, two, … weeks ago; `None` where it was not wholly collected.
    pub usual: Vec<Option<u64>>,
    /// The log: a path, or `journal:` with the unit.
    pub log: String,
    /// Seconds since the log was last read to its end; `None` if it was not since healthd started.
    pub read_age: Option<f64>,
    /// Why the log or the store cannot be read now, and what to do; `None` if both can.
    pub fault: Option<String>,
}

/// Two counters over the same window: the answer of `GET /api/window?ratio=NAME`, or `ratio=COUNTER/COUNTER`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RatioWindow {
    /// The name of the `[[ratio]]`, or `COUNTER/COUNTER`.
    pub ratio: String,
    /// The part.
    pub of: Window,
    /// The whole.
    pub to: Window,
    /// The least of the whole that is enough to judge; `None` if the configuration names none.
    #[serde(default)]
    pub min: Option<u64>,
}
