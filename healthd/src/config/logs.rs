//! The logs: from the file's tables to what is counted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use healthd_logs::engine::Engine;
use healthd_logs::spec::{CounterSpec, LogSpec, Matcher, SourceSpec};

use super::file::Table;
use super::log_error::LogConfigError;
use super::raw_logs::{RawCounter, RawLog, RawRatio};

/// Series of a counter without `max_series`.
const DEFAULT_MAX_SERIES: usize = 500;
/// The least denominator of a ratio without `min`.
const DEFAULT_MIN: u32 = 100;

/// What is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogsConfig {
    /// The logs, in the order of the file.
    pub(crate) logs: Vec<LogSpec>,
    /// The ratios of two counters of the same log.
    pub(crate) ratios: Vec<RatioConfig>,
    /// The names of the labels that each counter's series have.
    pub(crate) label_names: BTreeMap<String, BTreeSet<String>>,
}

/// The share of one counter in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RatioConfig {
    /// Its name.
    pub(crate) name: String,
    /// The counter that is divided.
    pub(crate) of: String,
    /// The counter that it is divided by.
    pub(crate) to: String,
    /// With fewer than this counted in `to`, the ratio says nothing.
    pub(crate) min: u32,
}

impl LogsConfig {
    /// Every counter with its log, in the order of the file.
    pub(crate) fn counters(&self) -> impl Iterator<Item = (&LogSpec, &CounterSpec)> {
        self.logs.iter().flat_map(|log| log.counters.iter().map(move |counter| (log, counter)))
    }
}

/// What is wrong, and where.
pub(super) type Misplaced = (Table, LogConfigError);

/// The logs and ratios of the file.
///
/// # Errors
/// When values do not fit together.
pub(super) fn logs(raw: &[RawLog], ratios: &[RawRatio]) -> Result<LogsConfig, Misplaced> {
    let mut config = LogsConfig::default();
    let mut names = HashMap::new();
    for (number, raw) in raw.iter().enumerate() {
        let wrong = |error| (Table::Log(number), error);
        let source = source(raw).map_err(wrong)?;
        if config.logs.iter().any(|log| log.source == source) {
            return Err(wrong(LogConfigError::LogTwice(source.name())));
        }
        if raw.counter.is_empty() {
            return Err(wrong(LogConfigError::NoCounter(source.name())));
        }
        let mut counters = Vec::new();
        for (place, raw) in raw.counter.iter().enumerate() {
            let wrong = |error| (Table::Counter(number, place), error);
            if names.insert(raw.name.0.clone(), number).is_some() {
                return Err(wrong(LogConfigError::NameTwice(raw.name.0.clone())));
            }
            counters.push(counter(raw).map_err(wrong)?);
        }
        let log = LogSpec { source, time: raw.time, zone: raw.time_zone.clone(), counters };
        config.label_names.extend(compiled(&log, number)?);
        config.logs.push(log);
    }
    for (number, raw) in ratios.iter().enumerate() {
        let wrong = |error| (Table::Ratio(number), error);
        let log = |counter: &str| {
            names.get(counter).copied().ok_or_else(|| {
                let known = config.counters().map(|(_, counter)| counter.name.as_str()).collect::<Vec<_>>().join(", ");
                wrong(LogConfigError::UnknownCounter { counter: counter.to_owned(), known })
            })
        };
        if log(&raw.of.0)? != log(&raw.to.0)? {
            return Err(wrong(LogConfigError::RatioOfTwoLogs(raw.name.0.clone())));
        }
        if names.contains_key(&raw.name.0) || config.ratios.iter().any(|ratio| ratio.name == raw.name.0) {
            return Err(wrong(LogConfigError::NameTwice(raw.name.0.clone())));
        }
        config.ratios.push(RatioConfig {
            name: raw.name.0.clone(),
            of: raw.of.0.clone(),
            to: raw.to.0.clone(),
            min: raw.min.unwrap_or(DEFAULT_MIN),
        });
    }
    Ok(config)
}

/// Compiles the patterns of a log, each alone so that its place is known. The names of the labels of each counter.
fn compiled(log: &LogSpec, number: usize) -> Result<BTreeMap<String, BTreeSet<String>>, Misplaced> {
    let mut names = BTreeMap::new();
    let alone = |counters: &[CounterSpec]| {
        Engine::new(&LogSpec { counters: counters.to_vec(), ..log.clone() }, &BTreeMap::new())
    };
    alone(&[]).map_err(|error| (Table::Log(number), error.into()))?;
    for (place, counter) in log.counters.iter().enumerate() {
        let engine =
            alone(std::slice::from_ref(counter)).map_err(|error| (Table::Counter(number, place), error.into()))?;
        let of_counter = engine.label_names().map(|(name, labels)| (name.to_owned(), labels.iter().cloned().collect()));
        names.extend(of_counter);
    }
    Ok(names)
}

fn source(raw: &RawLog) -> Result<SourceSpec, LogConfigError> {
    match (&raw.file, &raw.journal) {
        (Some(file), None) if !file.is_absolute() => Err(LogConfigError::RelativeFile(file.clone())),
        (Some(file), None) => Ok(SourceSpec::File(file.clone())),
        (None, Some(unit)) if unit.trim().is_empty() => Err(LogConfigError::EmptyUnit),
        (None, Some(unit)) => Ok(SourceSpec::Journal(unit.clone())),
        (None, None) | (Some(_), Some(_)) => Err(LogConfigError::FileOrJournal),
    }
}

fn counter(raw: &RawCounter) -> Result<CounterSpec, LogConfigError> {
    let name = raw.name.0.clone();
    let matcher = match (raw.preset, &raw.regex) {
        (Some(preset), None) => Matcher::Preset(preset),
        (None, Some(regex)) if regex.is_empty() => return Err(LogConfigError::EmptyRegex(name)),
        (None, Some(regex)) => Matcher::Regex(regex.clone()),
        (None, None) | (Some(_), Some(_)) => return Err(LogConfigError::PresetOrRegex(name)),
    };
    let labels: Option<Vec<String>> =
        raw.labels.as_ref().map(|labels| labels.iter().map(|label| label.0.clone()).collect());
    Ok(CounterSpec {
        name,
        matcher,
        filter: raw.filter.clone(),
        labels,
        max_series: raw.max_series.map_or(DEFAULT_MAX_SERIES, |series| series.0),
        content_filters: raw.content_filters.iter().map(|filter| filter.0.clone()).collect(),
    })
}
