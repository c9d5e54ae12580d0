//! healthd's own metric families, in Prometheus' text format.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use healthd_core::observed::failure::Failure;
use healthd_core::verdict::State;
use healthd_core::verdict::role::Role;
use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use crate::node::Node;
use crate::node::instance::View;

/// Buckets from a cached answer on a socket to the default timeout.
const BUCKETS: [f64; 12] = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

/// The counters of the running daemon.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    probes: IntCounterVec,
    durations: HistogramVec,
    /// Answers to checks by protocol, role and answer.
    pub(crate) checks: IntCounterVec,
    /// Other HTTP requests by status.
    pub(crate) pages: IntCounterVec,
    /// Connections closed before an answer, by reason.
    pub(crate) refused: IntCounterVec,
    canaries: IntCounterVec,
    /// Opinions of HAProxy from somebody who is no witness.
    pub(crate) witness_ignored: IntCounter,
}

/// One instance's counters.
#[derive(Debug, Clone)]
pub(crate) struct ProbeMetrics {
    probes: IntCounterVec,
    answered: IntCounter,
    duration: Histogram,
    instance: String,
}

impl Metrics {
    /// Registers every family.
    pub(crate) fn new() -> Metrics {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let vec = IntCounterVec::new(Opts::new(name, help), labels).expect("a valid family");
            register(&registry, vec)
        };
        let durations = HistogramOpts::new("healthd_probe_duration_seconds", "Time from a probe's start to its end.");
        let durations = HistogramVec::new(durations.buckets(BUCKETS.to_vec()), &["instance"]).expect("a valid family");
        Metrics {
            probes: counter(
                "healthd_probes_total",
                "Probes by how they ended: `answered` or a reason code.",
                &["instance", "result"],
            ),
            checks: counter(
                "healthd_checks_total",
                "Checks answered, by protocol (http, agent), role and answer (an HTTP status, or an agent word).",
                &["protocol", "role", "answer"],
            ),
            pages: counter("healthd_http_requests_total", "HTTP requests that were no checks, by status.", &["status"]),
            refused: counter(
                "healthd_connections_refused_total",
                "Connections that got no answer: `limit`, `address-limit`, `slow`, `descriptors`.",
                &["reason"],
            ),
            canaries: counter(
                "healthd_canaries_total",
                "Write canaries by how they ended: `written`, `failed`, `hangs`, or `impossible` to try.",
                &["instance", "result"],
            ),
            witness_ignored: {
                let ignored = IntCounter::new(
                    "healthd_witness_ignored_total",
                    "Checks with witness parameters from who is not in `[witness]`, by its address or its name with the token.",
                );
                register(&registry, ignored.expect("a valid family"))
            },
            durations: register(&registry, durations),
            registry,
        }
    }

    /// The counters of one instance.
    pub(crate) fn of_instance(&self, instance: &str) -> ProbeMetrics {
        ProbeMetrics {
            probes: self.probes.clone(),
            answered: self.probes.with_label_values(&[instance, "answered"]),
            duration: self.durations.with_label_values(&[instance]),
            instance: instance.to_owned(),
        }
    }

    /// The canary's counters of one instance.
    pub(crate) fn of_canary(&self, instance: &str) -> CanaryMetrics {
        CanaryMetrics { canaries: self.canaries.clone(), instance: instance.to_owned() }
    }

    /// Ends the series of an instance that is not watched any more: they would say for ever what it last was.
    pub(crate) fn forget(&self, instance: &str) {
        let of_it = |label: &prometheus::proto::LabelPair| label.name() == "instance" && label.value() == instance;
        for counters in [&self.probes, &self.canaries] {
            for family in counters.collect() {
                for metric in family.get_metric().iter().filter(|metric| metric.get_label().iter().any(of_it)) {
                    let labels: HashMap<&str, &str> =
                        metric.get_label().iter().map(|label| (label.name(), label.value())).collect();
                    // Another one cannot have removed it: there is one reload at a time.
                    counters.remove(&labels).ok();
                }
            }
        }
        self.durations.remove_label_values(&[instance]).ok();
    }

    /// Everything, states as they are now included.
    pub(crate) async fn render(&self, node: &Node) -> String {
        let mut families = self.registry.gather();
        families.extend(states(node).await.gather());
        families.sort_by(|a, b| a.name().cmp(b.name()));
        TextEncoder::new().encode_to_string(&families).expect("families of our own print")
    }
}

/// One instance's canaries.
#[derive(Debug, Clone)]
pub(crate) struct CanaryMetrics {
    canaries: IntCounterVec,
    instance: String,
}

impl CanaryMetrics {
    /// Counts one.
    pub(crate) fn observe(&self, result: &str) {
        self.canaries.with_label_values(&[self.instance.as_str(), result]).inc();
    }
}

impl ProbeMetrics {
    /// Counts a probe.
    pub(crate) fn observe(&self, failure: Option<&Failure>, took: Duration) {
        match failure {
            None => self.answered.inc(),
            Some(failure) => self.probes.with_label_values(&[self.instance.as_str(), failure.code()]).inc(),
        }
        self.duration.observe(took.as_secs_f64());
    }
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> C {
    registry.register(Box::new(collector.clone())).expect("each family is registered once");
    collector
}

/// What is derived from the state at the moment of the scrape.
async fn states(node: &Node) -> Registry {
    let registry = Registry::new();
    let gauges = |name: &str, help: &str, labels: &[&str]| {
        register(&registry, GaugeVec::new(Opts::new(name, help), labels).expect("a valid family"))
    };
    let gauge = |name: &str, help: &str| register(&registry, Gauge::new(name, help).expect("a valid family"));
    let build = gauges("healthd_build_info", "Always 1; the labels tell the version.", &["version"]);
    build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
    let state = register(
        &registry,
        IntGaugeVec::new(
            Opts::new("healthd_instance_state", "1 for the state that a check with this role gets now."),
            &["instance", "role", "state"],
        )
        .expect("a valid family"),
    );
    let reason = gauges(
        "healthd_instance_reason",
        "Always 1; the reason why a role is not simply up, or `overloaded`.",
        &["instance", "role", "reason"],
    );
    let age = gauges("healthd_probe_age_seconds", "Time since the last probe was answered or failed.", &["instance"]);
    let lag = gauges(
        "healthd_replication_lag_seconds",
        "Staleness of a replication channel; left out while unknown.",
        &["instance", "channel"],
    );
    let maintenance = gauges(
        "healthd_maintenance_end_timestamp_seconds",
        "When the maintenance of an instance ends, as a Unix time; +Inf without an end.",
        &["instance"],
    );
    let canary = gauges(
        "healthd_canary_last_success_timestamp_seconds",
        "When the last write canary was committed, as a Unix time; left out before the first one.",
        &["instance"],
    );
    crate::writer::metrics::states(&registry, node);
    for instance in &node.fleet().instances {
        let name = instance.config.name.as_str();
        let (health, now) = instance.fresh_health().await;
        let around = node.circumstances(name);
        let writer = Some(&instance.writer.view());
        let view = View { config: &instance.config, health: &health, around: &around, now, writer };
        for role in Role::ALL {
            let verdict = view.verdict(role, None);
            for possible in State::ALL {
                let is = i64::from(possible == verdict.state());
                state.with_label_values(&[name, role.name(), possible.name()]).set(is);
            }
            if !verdict.code().is_empty() {
                reason.with_label_values(&[name, role.name(), verdict.code()]).set(1.0);
            }
        }
        if let Some(at) = health.probed_at() {
            age.with_label_values(&[name]).set(now.saturating_duration_since(at).as_secs_f64());
        }
        let channels = health.snapshot().and_then(|snapshot| snapshot.channels.as_ref().ok());
        for channel in channels.into_iter().flatten() {
            if let (None, Some(staleness)) = (channel.fault(), channel.staleness()) {
                lag.with_label_values(&[name, channel.label()]).set(staleness.as_secs_f64());
            }
        }
        let written = around.canary.as_ref().and_then(|known| known.written);
        if let Some(written) = written.and_then(|at| at.duration_since(UNIX_EPOCH).ok()) {
            canary.with_label_values(&[name]).set(written.as_secs_f64());
        }
        if let Some(entry) = around.maintenance {
            let end = entry.until.map(|until| until.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
            maintenance.with_label_values(&[name]).set(end.unwrap_or(f64::INFINITY));
        }
    }
    let reload = node.reload();
    gauge("healthd_config_last_reload_successful", "1 if the configuration on disk is the one in force.")
        .set(if reload.error.is_none() { 1.0 } else { 0.0 });
    let accepted = reload.accepted.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    gauge("healthd_config_last_reload_success_timestamp_seconds", "When a configuration was last accepted.")
        .set(accepted.as_secs_f64());
    let started =
        SystemTime::now().checked_sub(node.started.elapsed()).and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    gauge("healthd_start_time_seconds", "When the daemon started, as a Unix time.")
        .set(started.unwrap_or_default().as_secs_f64());
    registry
}

/// Counts a check.
pub(crate) fn count_check(node: &Arc<Node>, protocol: &str, role: &str, answer: &str) {
    node.metrics.checks.with_label_values(&[protocol, role, answer]).inc();
}
