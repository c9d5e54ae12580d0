//! The counters of the running daemon.

use std::collections::HashMap;
use std::time::Duration;

use healthd_core::observed::failure::Failure;
use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry};

/// Buckets in seconds, from a cached answer on a socket to the default timeout.
const BUCKETS: [f64; 12] = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

/// The counters of the running daemon.
#[derive(Debug)]
pub(crate) struct Counters {
    registry: Registry,
    probes: IntCounterVec,
    durations: HistogramVec,
    checks: IntCounterVec,
    pages: IntCounterVec,
    refused: IntCounterVec,
    canaries: IntCounterVec,
    witness_ignored: IntCounter,
}

/// Why a connection is closed without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusedConnection {
    /// There are as many as healthd accepts.
    Limit,
    /// There are as many as it accepts from one address.
    AddressLimit,
    /// The request did not come in time.
    Slow,
    /// No file descriptor is free.
    Descriptors,
}

impl RefusedConnection {
    /// The label in metrics.
    fn name(self) -> &'static str {
        match self {
            RefusedConnection::Limit => "limit",
            RefusedConnection::AddressLimit => "address-limit",
            RefusedConnection::Slow => "slow",
            RefusedConnection::Descriptors => "descriptors",
        }
    }
}

/// The probe counters of one instance.
#[derive(Debug, Clone)]
pub(crate) struct ProbeCounters {
    probes: IntCounterVec,
    answered: IntCounter,
    duration: Histogram,
    instance: String,
}

impl Counters {
    /// Registers every family.
    pub(crate) fn new() -> Counters {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let vec = IntCounterVec::new(Opts::new(name, help), labels).expect("a valid family");
            register(&registry, vec)
        };
        let durations = HistogramOpts::new("healthd_probe_duration_seconds", "Time from a probe's start to its end.");
        let durations = HistogramVec::new(durations.buckets(BUCKETS.to_vec()), &["instance"]).expect("a valid family");
        Counters {
            probes: counter(
                "healthd_probes_total",
                "Probes by result: `answered` or a reason code.",
                &["instance", "result"],
            ),
            checks: counter(
                "healthd_checks_total",
                "Checks answered, by protocol (http, agent), role and answer (an HTTP status, or an agent word).",
                &["protocol", "role", "answer"],
            ),
            pages: counter("healthd_http_requests_total", "HTTP requests other than checks, by status.", &["status"]),
            refused: counter(
                "healthd_connections_refused_total",
                "Connections closed without an answer, by reason: `limit`, `address-limit`, `slow`, `descriptors`.",
                &["reason"],
            ),
            canaries: counter(
                "healthd_canaries_total",
                "Write canaries by result: `written`, `failed`, `hangs`, or `impossible` to try.",
                &["instance", "result"],
            ),
            witness_ignored: {
                let ignored = IntCounter::new(
                    "healthd_witness_ignored_total",
                    "Checks with witness parameters from clients that are not in `[witness]`, neither by address nor \
                     by name with the token.",
                );
                register(&registry, ignored.expect("a valid family"))
            },
            durations: register(&registry, durations),
            registry,
        }
    }

    /// Counts the answer to an HTTP check, by status.
    pub(crate) fn count_http_check(&self, role: &str, status: &str) {
        self.checks.with_label_values(&["http", role, status]).inc();
    }

    /// Counts the answer to an agent check, by its words.
    pub(crate) fn count_agent_check(&self, role: &str, words: &str) {
        self.checks.with_label_values(&["agent", role, words]).inc();
    }

    /// Counts the answer to another HTTP request.
    pub(crate) fn count_page(&self, status: &str) {
        self.pages.with_label_values(&[status]).inc();
    }

    /// Counts a connection that is closed before an answer.
    pub(crate) fn count_refused(&self, reason: RefusedConnection) {
        self.refused.with_label_values(&[reason.name()]).inc();
    }

    /// Counts a check with a statement of HAProxy from a client that is not a witness.
    pub(crate) fn count_ignored_witness(&self) {
        self.witness_ignored.inc();
    }

    /// Every family.
    pub(crate) fn gather(&self) -> Vec<MetricFamily> {
        self.registry.gather()
    }

    /// The counters of one instance.
    pub(crate) fn of_instance(&self, instance: &str) -> ProbeCounters {
        ProbeCounters {
            probes: self.probes.clone(),
            answered: self.probes.with_label_values(&[instance, "answered"]),
            duration: self.durations.with_label_values(&[instance]),
            instance: instance.to_owned(),
        }
    }

    /// The canary's counters of one instance.
    pub(crate) fn of_canary(&self, instance: &str) -> CanaryCounters {
        CanaryCounters { canaries: self.canaries.clone(), instance: instance.to_owned() }
    }

    /// Removes the series of an instance that is no longer watched: they would show its last values forever.
    pub(crate) fn forget(&self, instance: &str) {
        let of_it = |label: &prometheus::proto::LabelPair| label.name() == "instance" && label.value() == instance;
        for counters in [&self.probes, &self.canaries] {
            for family in counters.collect() {
                for metric in family.get_metric().iter().filter(|metric| metric.get_label().iter().any(of_it)) {
                    let labels: HashMap<&str, &str> =
                        metric.get_label().iter().map(|label| (label.name(), label.value())).collect();
                    // Reloads run one at a time, so the series is still there.
                    counters.remove(&labels).ok();
                }
            }
        }
        self.durations.remove_label_values(&[instance]).ok();
    }
}

/// The canary counters of one instance.
#[derive(Debug, Clone)]
pub(crate) struct CanaryCounters {
    canaries: IntCounterVec,
    instance: String,
}

impl CanaryCounters {
    /// Counts one.
    pub(crate) fn observe(&self, result: &str) {
        self.canaries.with_label_values(&[self.instance.as_str(), result]).inc();
    }
}

impl ProbeCounters {
    /// Counts a probe.
    pub(crate) fn observe(&self, failure: Option<&Failure>, took: Duration) {
        match failure {
            None => self.answered.inc(),
            Some(failure) => self.probes.with_label_values(&[self.instance.as_str(), failure.code().name()]).inc(),
        }
        self.duration.observe(took.as_secs_f64());
    }
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> C {
    registry.register(Box::new(collector.clone())).expect("each family is registered once");
    collector
}
