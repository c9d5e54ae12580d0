//! Gauges of the daemon itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::gauge::{Gauge, Samples};
use crate::node::Node;

const BUILD: Gauge =
    Gauge { name: "healthd_build_info", help: "Always 1; the version is in the label.", labels: &["version"] };
const RELOADED: Gauge = Gauge {
    name: "healthd_config_last_reload_successful",
    help: "1 if the last reload was accepted: the configuration on disk is in force.",
    labels: &[],
};
const RELOADED_AT: Gauge = Gauge {
    name: "healthd_config_last_reload_success_timestamp_seconds",
    help: "When a configuration was last accepted, as a Unix time.",
    labels: &[],
};
const STARTED_AT: Gauge =
    Gauge { name: "healthd_start_time_seconds", help: "When the daemon started, as a Unix time.", labels: &[] };

pub(super) fn describe(samples: &mut Samples, node: &Node) {
    samples.set(&BUILD, &[env!("CARGO_PKG_VERSION")], 1.0);
    let reload = node.reload();
    samples.set_switch(&RELOADED, &[], reload.error.is_none());
    samples.set(&RELOADED_AT, &[], since_1970(reload.accepted).unwrap_or_default().as_secs_f64());
    let started = SystemTime::now().checked_sub(node.started.elapsed());
    samples.set(&STARTED_AT, &[], since_1970(started).unwrap_or_default().as_secs_f64());
}

/// A moment as a Unix time.
pub(super) fn since_1970(moment: Option<SystemTime>) -> Option<Duration> {
    moment.and_then(|moment| moment.duration_since(UNIX_EPOCH).ok())
}
