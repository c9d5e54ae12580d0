//! Log counters. Their totals are those of the store: a restart of healthd is no reset.

use std::collections::BTreeMap;

use healthd_core::reading::count_of;
use healthd_core::samples::labels::Labels;
use prometheus::proto::{Counter, LabelPair, Metric, MetricFamily, MetricType};

use super::gauge::{Gauge, Samples};
use crate::logs::counts::{Counts, NoCounts, Read, Total};
use crate::logs::reading::Kind;
use crate::logs::snapshot::Snapshot;
use crate::node::Node;

const AGE: Gauge = Gauge {
    name: "healthd_log_read_age_seconds",
    help: "Time since the log was last read to its end; absent if it was not since healthd started.",
    labels: &["log"],
};
const FAULT: Gauge = Gauge {
    name: "healthd_log_fault",
    help: "1 if the log cannot be read, or what was counted cannot be stored.",
    labels: &["log"],
};
const STORE_FAULT: Gauge = Gauge {
    name: "healthd_log_store_fault",
    help: "1 if the store of the log counters cannot be written or read.",
    labels: &[],
};
const POSITION: Gauge = Gauge {
    name: "healthd_log_position_bytes",
    help: "How far the live file of the log was read; smaller again after a rotation.",
    labels: &["log"],
};

/// Adds the gauges, and returns the counters.
pub(super) async fn describe(samples: &mut Samples, node: &Node) -> Vec<MetricFamily> {
    let fleet = node.fleet();
    let snapshot = fleet.logs.snapshot();
    if snapshot.logs.is_empty() {
        return Vec::new();
    }
    for log in &snapshot.logs {
        samples.set_switch(&FAULT, &[&log.name], log.fault.is_some());
        if let Some(age) = log.read_age {
            samples.set(&AGE, &[&log.name], age);
        }
    }
    let counts = fleet.logs.counts();
    let stored = fleet.logs.reading().read(Kind::Scrape, move || Stored::of(&counts)).await;
    let stored = stored.ok().and_then(Result::ok);
    samples.set_switch(&STORE_FAULT, &[], snapshot.store_fault.is_some() || stored.is_none());
    // What is not known is absent: Prometheus would take a 0 for a reset.
    let Some(stored) = stored else { return Vec::new() };
    let is_configured = |log: &str| snapshot.logs.iter().any(|now| now.name == log);
    for read in stored.logs.iter().filter(|read| is_configured(&read.log)) {
        if let Some(position) = read.position {
            samples.set(&POSITION, &[&read.log], count_of(position));
        }
    }
    stored.families(&snapshot)
}

/// What a scrape reads from the store.
struct Stored {
    totals: Vec<Total>,
    logs: Vec<Read>,
    unmatched: BTreeMap<String, u64>,
}

impl Stored {
    fn of(counts: &impl Counts) -> Result<Stored, NoCounts> {
        Ok(Stored { totals: counts.totals()?, logs: counts.logs()?, unmatched: counts.unmatched()? })
    }

    fn families(&self, snapshot: &Snapshot) -> Vec<MetricFamily> {
        let counter = |name: &str| snapshot.counters().any(|(_, counter)| counter.name == name);
        let log = |name: &str| snapshot.logs.iter().any(|log| log.name == name);
        let totals = self.totals.iter().filter(|total| counter(&total.counter));
        let totals = totals.map(|total| sample(&labels_of(&total.counter, &total.labels), total.total));
        let unmatched = self.unmatched.iter().filter(|(name, _)| counter(name));
        let unmatched = unmatched.map(|(name, count)| sample(&[("counter".to_owned(), name.clone())], *count));
        let of_log = |what: fn(&Read) -> u64| {
            let logs = self.logs.iter().filter(|read| log(&read.log));
            logs.map(|read| sample(&[("log".to_owned(), read.log.clone())], what(read))).collect()
        };
        [
            family("healthd_log_counter_total", "Lines that a log counter counted, by its labels.", totals.collect()),
            family(
                "healthd_log_unmatched_total",
                "Lines that resemble what a counter counts and do not match: its format may have changed.",
                unmatched.collect(),
            ),
            family(
                "healthd_log_gaps_total",
                "How often lines were lost: a rotated file vanished before it was read to its end.",
                of_log(|read| read.gaps),
            ),
            family("healthd_log_lines_total", "Lines that were read.", of_log(|read| read.lines)),
            family("healthd_log_bytes_total", "Bytes that were read, after decompression.", of_log(|read| read.bytes)),
            family(
                "healthd_log_long_lines_total",
                "Lines that were too long: only their beginning was matched.",
                of_log(|read| read.long_lines),
            ),
            family(
                "healthd_log_lines_without_time_total",
                "Counted lines without a usable time, in the minute of their arrival.",
                of_log(|read| read.without_time),
            ),
        ]
        .into_iter()
        .filter(|family| !family.get_metric().is_empty())
        .collect()
    }
}

/// The labels of a series. Names that Prometheus does not take are changed, so that one odd capture does not spoil the
/// scrape: <https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels>.
fn labels_of(counter: &str, labels: &Labels) -> Vec<(String, String)> {
    let name = |name: &str| {
        let good = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
        let name: String = name.chars().map(good).collect();
        let taken = name == "counter" || name.starts_with("__") || name.starts_with(|c: char| c.is_ascii_digit());
        if taken || name.is_empty() { format!("label_{name}") } else { name }
    };
    let of_series = labels.iter().map(|(key, value)| (name(key), value.to_owned()));
    std::iter::once(("counter".to_owned(), counter.to_owned())).chain(of_series).collect()
}

fn sample(labels: &[(String, String)], value: u64) -> Metric {
    let pair = |(name, value): &(String, String)| {
        let mut pair = LabelPair::default();
        pair.set_name(name.clone());
        pair.set_value(value.clone());
        pair
    };
    let mut metric = Metric::from_label(labels.iter().map(pair).collect());
    let mut counter = Counter::default();
    counter.set_value(count_of(value));
    metric.set_counter(counter);
    metric
}

fn family(name: &str, help: &str, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(MetricType::COUNTER);
    family.set_metric(metrics);
    family
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::snapshot::{CounterNow, LogNow};

    #[test]
    fn totals_are_counters_with_the_labels_of_their_series() {
        let counter = |name: &str| CounterNow { name: name.to_owned(), labels: Default::default() };
        let snapshot = Snapshot {
            logs: vec![LogNow {
                name: "/l".to_owned(),
                counters: vec![counter("sent"), counter("all")],
                fault: None,
                fault_since: None,
                read_age: None,
            }],
            ..Snapshot::default()
        };
        let total = |counter: &str, labels: &[(&str, &str)], total| Total {
            counter: counter.to_owned(),
            labels: labels.iter().copied().collect(),
            total,
        };
        let stored = Stored {
            totals: vec![
                total("sent", &[("status", "sent"), ("a.b", "x\"\\\n")], 3),
                total("all", &[], 5),
                total("removed", &[], 9),
            ],
            logs: vec![Read { log: "/l".to_owned(), lines: 7, gaps: 1, ..Read::default() }],
            unmatched: BTreeMap::from([("sent".to_owned(), 2), ("removed".to_owned(), 2)]),
        };
        let text = prometheus::TextEncoder::new().encode_to_string(&stored.families(&snapshot)).expect("it prints");
        for line in [
            "# TYPE healthd_log_counter_total counter",
            "healthd_log_counter_total{counter=\"sent\",a_b=\"x\\\"\\\\\\n\",status=\"sent\"} 3",
            "healthd_log_counter_total{counter=\"all\"} 5",
            "healthd_log_unmatched_total{counter=\"sent\"} 2",
            "healthd_log_gaps_total{log=\"/l\"} 1",
            "healthd_log_lines_total{log=\"/l\"} 7",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        assert!(!text.contains("removed"), "{text}");
    }

    #[test]
    fn an_odd_name_of_a_label_does_not_spoil_the_scrape() {
        for (name, expected) in [("status", "status"), ("a-b", "a_b"), ("counter", "label_counter"), ("1", "label_1")] {
            let labels = [(name, "x")].into_iter().collect();
            assert_eq!(labels_of("c", &labels)[1].0, expected);
        }
    }
}
