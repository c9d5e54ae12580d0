//! `[[log]]` and `[[ratio]]` in `healthd config show`.

use std::collections::BTreeMap;
use std::path::Path;

use healthd_logs::spec::{CounterSpec, LogSpec, Matcher, Preset, SourceSpec, TimeFormat};
use serde::Serialize;

use super::logs::RatioConfig;

#[derive(Serialize)]
pub(super) struct ShownLog<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<&'a str>,
    time: TimeFormat,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<&'a str>,
    counter: Vec<ShownCounter<'a>>,
}

#[derive(Serialize)]
struct ShownCounter<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    preset: Option<Preset>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regex: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<&'a [String]>,
    max_series: usize,
    content_filters: &'a [String],
    // Last, since it is a table in TOML.
    #[serde(rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    filter: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
pub(super) struct ShownRatio<'a> {
    name: &'a str,
    of: &'a str,
    to: &'a str,
    min: u32,
}

pub(super) fn log(log: &LogSpec) -> ShownLog<'_> {
    let (file, journal) = match &log.source {
        SourceSpec::File(file) => (Some(file.as_path()), None),
        SourceSpec::Journal(unit) => (None, Some(unit.as_str())),
    };
    let counter = log.counters.iter().map(counter).collect();
    ShownLog { file, journal, time: log.time, time_zone: log.zone.as_deref(), counter }
}

fn counter(counter: &CounterSpec) -> ShownCounter<'_> {
    let (preset, regex) = match &counter.matcher {
        Matcher::Preset(preset) => (Some(*preset), None),
        Matcher::Regex(regex) => (None, Some(regex.as_str())),
    };
    ShownCounter {
        name: &counter.name,
        preset,
        regex,
        labels: counter.labels.as_deref(),
        max_series: counter.max_series,
        content_filters: &counter.content_filters,
        filter: &counter.filter,
    }
}

pub(super) fn ratio(ratio: &RatioConfig) -> ShownRatio<'_> {
    ShownRatio { name: &ratio.name, of: &ratio.of, to: &ratio.to, min: ratio.min }
}
