//! The logs at one moment: what is configured, and how the reading goes. A request takes a copy and reads no more.

use std::collections::BTreeSet;

use super::query::QueryError;

/// The logs at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Snapshot {
    /// The logs, in the order of the configuration.
    pub(crate) logs: Vec<LogNow>,
    /// The ratios.
    pub(crate) ratios: Vec<RatioNow>,
    /// Why the store cannot be written now.
    pub(crate) store_fault: Option<String>,
}

/// One log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogNow {
    /// Its path, or `journal:` with the unit.
    pub(crate) name: String,
    /// Its counters.
    pub(crate) counters: Vec<CounterNow>,
    /// Why it cannot be read or stored now.
    pub(crate) fault: Option<String>,
    /// Since when, in seconds of Unix time.
    pub(crate) fault_since: Option<i64>,
    /// Seconds since it was last read to its end.
    pub(crate) read_age: Option<f64>,
}

/// One counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CounterNow {
    /// Its name.
    pub(crate) name: String,
    /// The labels that are configured for it.
    pub(crate) labels: BTreeSet<String>,
}

/// The share of one counter in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RatioNow {
    /// Its name.
    pub(crate) name: String,
    /// The counter that is divided.
    pub(crate) of: String,
    /// The counter that it is divided by.
    pub(crate) to: String,
    /// With fewer than this in `to`, the ratio says nothing.
    pub(crate) min: u64,
}

/// Why a request names no counter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoCounter {
    /// A parameter is not understood.
    #[error("{0}")]
    Query(#[from] QueryError),
    /// There are several.
    #[error("name a counter: {0}")]
    Several(String),
    /// There is none of this name.
    #[error("`{name}` is not a counter here: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// There is no ratio of this name.
    #[error("`{name}` is not a ratio here: {known}")]
    UnknownRatio {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// There are none.
    #[error("no counter is configured here: add [[log]] to healthd's configuration")]
    None,
}

impl Snapshot {
    /// Every counter with its log.
    pub(crate) fn counters(&self) -> impl Iterator<Item = (&LogNow, &CounterNow)> {
        self.logs.iter().flat_map(|log| log.counters.iter().map(move |counter| (log, counter)))
    }

    fn names(&self) -> String {
        self.counters().map(|(_, counter)| counter.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The counter of this name, or the only one.
    ///
    /// # Errors
    /// When none is meant.
    pub(crate) fn counter(&self, name: Option<&str>) -> Result<(&LogNow, &CounterNow), NoCounter> {
        let mut counters = self.counters();
        match name {
            Some(name) => counters.find(|(_, counter)| counter.name == name).ok_or_else(|| match self.names() {
                known if known.is_empty() => NoCounter::None,
                known => NoCounter::Unknown { name: healthd_core::text::clean::one_line(name, 60), known },
            }),
            None => match (counters.next(), counters.next()) {
                (None, _) => Err(NoCounter::None),
                (Some(only), None) => Ok(only),
                (Some(_), Some(_)) => Err(NoCounter::Several(self.names())),
            },
        }
    }

    /// The counters of these names, or the only one.
    ///
    /// # Errors
    /// When one does not exist, or none is meant.
    pub(crate) fn chosen(&self, names: &[String]) -> Result<Vec<(&LogNow, &CounterNow)>, NoCounter> {
        match names {
            [] => Ok(vec![self.counter(None)?]),
            names => names.iter().map(|name| self.counter(Some(name))).collect(),
        }
    }

    /// The ratio of this name, or of two counters: `COUNTER/COUNTER`, which has no least denominator.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn ratio(&self, name: &str) -> Result<(RatioNow, Option<u64>), NoCounter> {
        if let Some(ratio) = self.ratios.iter().find(|ratio| ratio.name == name) {
            return Ok((ratio.clone(), Some(ratio.min)));
        }
        let Some((of, to)) = name.split_once('/') else {
            let known = self.ratios.iter().map(|ratio| ratio.name.as_str()).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "none is configured, write COUNTER/COUNTER".to_owned() } else { known };
            return Err(NoCounter::UnknownRatio { name: healthd_core::text::clean::one_line(name, 60), known });
        };
        self.counter(Some(of))?;
        self.counter(Some(to))?;
        Ok((RatioNow { name: name.to_owned(), of: of.to_owned(), to: to.to_owned(), min: 0 }, None))
    }
}
