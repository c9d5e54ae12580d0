//! The answer of `GET /api/logs`: every log with its counters, for `healthd logs show` and scripts.

use serde::{Deserialize, Serialize};

/// What is read and counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Overview {
    /// Why the store of the counts cannot be used now; absent if it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) store_fault: Option<String>,
    /// The logs, in the order of the configuration.
    pub(crate) logs: Vec<LogJson>,
}

/// One log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LogJson {
    /// Its path, or `journal:` with the unit.
    pub(crate) log: String,
    /// Why it cannot be read now; absent if it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<String>,
    /// Seconds since it was last read to its end; absent if it was not since healthd started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) read_age: Option<f64>,
    /// Its counters, in the order of the configuration.
    pub(crate) counters: Vec<CounterJson>,
}

/// One counter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CounterJson {
    /// Its name.
    pub(crate) name: String,
    /// The last 60 complete minutes.
    pub(crate) hour: SumJson,
    /// The last 24 hours of complete minutes.
    pub(crate) day: SumJson,
    /// Each of the last 24 hours of the clock, the oldest first, the last one not over; `null` if nothing of it was
    /// collected.
    pub(crate) hours: Vec<Option<u64>>,
    /// Everything that was ever counted.
    pub(crate) total: u64,
    /// The first second of the minute of the newest count, in Unix time; absent if nothing ever was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) newest: Option<i64>,
}

/// A sum, and how much of its time was collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SumJson {
    /// What was counted.
    pub(crate) count: u64,
    /// Seconds of the time that were collected.
    pub(crate) covered: u64,
    /// Seconds of the time.
    pub(crate) of: u64,
}
