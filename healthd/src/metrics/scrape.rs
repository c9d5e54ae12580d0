//! The answer to a scrape: what is counted, and the state at that moment.

use std::time::{SystemTime, UNIX_EPOCH};

use healthd_core::verdict::State;
use healthd_core::verdict::role::Role;
use prometheus::core::Collector;
use prometheus::{Gauge, GaugeVec, IntGaugeVec, Opts, Registry, TextEncoder};

use crate::node::Node;
use crate::watch::view::View;

/// All families in Prometheus' text format.
pub(crate) async fn render(node: &Node) -> String {
    let mut families = node.counters.gather();
    families.extend(states(node).await.gather());
    families.sort_by(|a, b| a.name().cmp(b.name()));
    TextEncoder::new().encode_to_string(&families).expect("families of our own print")
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
    super::writer::states(&registry, node);
    for instance in &node.fleet().instances {
        let name = instance.config.name.as_str();
        let (health, now) = instance.prober.fresh_health().await;
        let around = instance.circumstances.now();
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
