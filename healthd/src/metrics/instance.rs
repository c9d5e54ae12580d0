//! Gauges of one instance: its verdicts and their basis.

use healthd_core::verdict::State;
use healthd_core::verdict::role::Role;

use super::daemon::since_1970;
use super::gauge::{Gauge, Samples};
use crate::node::instance::Instance;
use crate::watch::view::View;

const STATE: Gauge = Gauge {
    name: "healthd_instance_state",
    help: "1 for the state that a check with this role gets now.",
    labels: &["instance", "role", "state"],
};
const REASON: Gauge = Gauge {
    name: "healthd_instance_reason",
    help: "Always 1; the reason why a role is not simply up, or `overloaded`.",
    labels: &["instance", "role", "reason"],
};
const PROBE_AGE: Gauge = Gauge {
    name: "healthd_probe_age_seconds",
    help: "Time since the last probe was answered or failed.",
    labels: &["instance"],
};
const LAG: Gauge = Gauge {
    name: "healthd_replication_lag_seconds",
    help: "Lag of a replication channel; absent while it is unknown.",
    labels: &["instance", "channel"],
};
const MAINTENANCE_END: Gauge = Gauge {
    name: "healthd_maintenance_end_timestamp_seconds",
    help: "When the maintenance of an instance ends, as a Unix time; +Inf without an end.",
    labels: &["instance"],
};
const CANARY_AT: Gauge = Gauge {
    name: "healthd_canary_last_success_timestamp_seconds",
    help: "When the last write canary was committed, as a Unix time; absent before the first one.",
    labels: &["instance"],
};

pub(super) async fn describe(samples: &mut Samples, instance: &Instance) {
    let name = instance.config.name.as_str();
    let (health, now) = instance.prober.fresh_health().await;
    let around = instance.circumstances.now();
    let writer = Some(&instance.writer.view());
    describe_verdicts(samples, View { config: &instance.config, health: &health, around: &around, now, writer });
    if let Some(at) = health.probed_at() {
        samples.set(&PROBE_AGE, &[name], now.saturating_duration_since(at).as_secs_f64());
    }
    let channels = health.snapshot().and_then(|snapshot| snapshot.channels.as_ref().ok());
    for channel in channels.into_iter().flatten() {
        if let (None, Some(staleness)) = (channel.fault(), channel.staleness()) {
            samples.set(&LAG, &[name, channel.label()], staleness.as_secs_f64());
        }
    }
    if let Some(written) = since_1970(around.canary.as_ref().and_then(|known| known.written)) {
        samples.set(&CANARY_AT, &[name], written.as_secs_f64());
    }
    if let Some(entry) = around.maintenance {
        let end = entry.until.map(|until| since_1970(Some(until)).unwrap_or_default().as_secs_f64());
        samples.set(&MAINTENANCE_END, &[name], end.unwrap_or(f64::INFINITY));
    }
}

fn describe_verdicts(samples: &mut Samples, view: View<'_>) {
    let name = view.config.name.as_str();
    for role in Role::ALL {
        let verdict = view.verdict(role, None);
        for possible in State::ALL {
            samples.set_switch(&STATE, &[name, role.name(), possible.name()], possible == verdict.state());
        }
        if let Some(code) = verdict.code() {
            samples.set(&REASON, &[name, role.name(), code.name()], 1.0);
        }
    }
}
