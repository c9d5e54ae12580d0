//! `[[log]]`, `[[log.counter]]` and `[[ratio]]` as they are written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use healthd_core::text::clean::one_line;
use healthd_logs::spec::{Preset, TimeFormat};
use serde::{Deserialize, Deserializer};

use super::text::read_text;
use crate::name::check_name;

/// `[[log]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLog {
    pub(super) file: Option<PathBuf>,
    pub(super) journal: Option<String>,
    #[serde(default)]
    pub(super) time: TimeFormat,
    pub(super) time_zone: Option<String>,
    #[serde(default)]
    pub(super) counter: Vec<RawCounter>,
}

/// `[[log.counter]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCounter {
    pub(super) name: CounterName,
    pub(super) preset: Option<Preset>,
    pub(super) regex: Option<String>,
    #[serde(default, rename = "where")]
    pub(super) filter: BTreeMap<String, String>,
    pub(super) labels: Option<Vec<LabelName>>,
    pub(super) max_series: Option<MaxSeries>,
    #[serde(default)]
    pub(super) content_filters: Vec<HostPort>,
}

/// `[[ratio]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRatio {
    pub(super) name: CounterName,
    pub(super) of: CounterName,
    pub(super) to: CounterName,
    pub(super) min: Option<u32>,
}

/// The name of a counter or a ratio: it fits into a URL and a metric label as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CounterName(pub(super) String);

impl<'de> Deserialize<'de> for CounterName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |name| {
            check_name(name).map(|()| CounterName(name.to_owned())).map_err(|error| error.to_string())
        })
    }
}

/// The name of a label. `counter` is the label of `/metrics` that has the counter's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LabelName(pub(super) String);

impl<'de> Deserialize<'de> for LabelName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |name| {
            let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name == "counter" || name.starts_with("__") {
                return Err(format!("`{name}` cannot be a label: Prometheus or healthd uses it, rename the capture"));
            }
            if !(1..=40).contains(&name.len())
                || !name.chars().all(good)
                || name.starts_with(|c: char| c.is_ascii_digit())
            {
                let name = one_line(name, 50);
                return Err(format!("`{name}` is not a label: use 1 to 40 letters, digits or underscores"));
            }
            Ok(LabelName(name.to_owned()))
        })
    }
}

/// `max_series`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MaxSeries(pub(super) usize);

/// More series than a page, a scrape or a person can use.
const MOST_SERIES: usize = 10_000;

impl<'de> Deserialize<'de> for MaxSeries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        let series = usize::try_from(number).ok().filter(|number| (1..=MOST_SERIES).contains(number));
        series.map(MaxSeries).ok_or_else(|| {
            serde::de::Error::custom(format!("`{number}` is not a number of series: 1 to {MOST_SERIES} is possible"))
        })
    }
}

/// `HOST:PORT` as Postfix writes a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostPort(pub(super) String);

impl<'de> Deserialize<'de> for HostPort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |text| {
            let port = |port: &str| port.parse::<u16>().is_ok_and(|port| port != 0);
            match text.rsplit_once(':') {
                Some((host, number)) if !host.is_empty() && port(number) => Ok(HostPort(text.to_owned())),
                _ => {
                    let text = one_line(text, 60);
                    Err(format!("`{text}` is not HOST:PORT: write the address of the filter, such as 127.0.0.1:10024"))
                }
            }
        })
    }
}
