//! Gauges as data: a family is a constant, a scrape is a list of its samples.

use std::collections::HashMap;

use prometheus::proto::MetricFamily;
use prometheus::{GaugeVec, Opts, Registry};

/// A family of gauges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gauge {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) labels: &'static [&'static str],
}

/// The samples of one scrape. A family without a sample is left out.
#[derive(Debug, Default)]
pub(super) struct Samples {
    registry: Registry,
    families: HashMap<&'static str, GaugeVec>,
}

impl Samples {
    /// Adds a sample; `labels` are the values in the family's order. The last sample with the same labels stands.
    pub(super) fn set(&mut self, gauge: &Gauge, labels: &[&str], value: f64) {
        let registry = &self.registry;
        let family = self.families.entry(gauge.name).or_insert_with(|| {
            let family = GaugeVec::new(Opts::new(gauge.name, gauge.help), gauge.labels).expect("a valid family");
            registry.register(Box::new(family.clone())).expect("each family is registered once");
            family
        });
        family.with_label_values(labels).set(value);
    }

    /// Adds a sample that is 1 or 0.
    pub(super) fn set_switch(&mut self, gauge: &Gauge, labels: &[&str], on: bool) {
        self.set(gauge, labels, if on { 1.0 } else { 0.0 });
    }

    /// Every family that has a sample.
    pub(super) fn gather(&self) -> Vec<MetricFamily> {
        self.registry.gather()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_families_with_a_sample_are_printed_and_the_last_sample_stands() {
        const ONE: Gauge = Gauge { name: "one", help: "h", labels: &["of"] };
        let mut samples = Samples::default();
        samples.set(&ONE, &["a"], 1.0);
        samples.set_switch(&ONE, &["a"], false);
        let families = samples.gather();
        let text = prometheus::TextEncoder::new().encode_to_string(&families).expect("it prints");
        assert_eq!(text, "# HELP one h\n# TYPE one gauge\none{of=\"a\"} 0\n");
    }
}
