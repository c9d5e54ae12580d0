//! Gauges of the writer role of one instance.

use super::gauge::{Gauge, Samples};
use crate::node::instance::Instance;
use crate::writer::{Figures, PeerFigures, RoleFigures};

const SAVED: Gauge = Gauge {
    name: "healthd_writer_state_saved",
    help: "0 if the role's state could not be written to disk.",
    labels: &["instance"],
};
const MISSING: Gauge = Gauge {
    name: "healthd_writer_missing_transactions",
    help: "Transactions that are not applied here: `received` by this node, or reported by the `peer`.",
    labels: &["instance", "of"],
};
const ORDER_AT: Gauge = Gauge {
    name: "healthd_writer_last_order_timestamp_seconds",
    help: "When an operator last gave this order, such as `takeover` or `accept-loss`, as a Unix time.",
    labels: &["instance", "order"],
};
const UNHEARD: Gauge = Gauge {
    name: "healthd_writer_peer_unheard_seconds",
    help: "Time since the peer's healthd last answered.",
    labels: &["instance"],
};
const ERRANT: Gauge = Gauge {
    name: "healthd_writer_errant_transactions",
    help: "Commits of this node that the other node lacked when it took over, unless accepted.",
    labels: &["instance"],
};
const REPORT_AGE: Gauge = Gauge {
    name: "healthd_writer_peer_report_age_seconds",
    help: "Age of the replication position that the peer last reported.",
    labels: &["instance"],
};
const HOLDER: Gauge = Gauge {
    name: "healthd_writer_holder",
    help: "1 if this node holds the writer role; absent without a witness.",
    labels: &["instance"],
};
const EPOCH: Gauge =
    Gauge { name: "healthd_writer_epoch", help: "The highest epoch of the writer role known.", labels: &["instance"] };
const WITNESS: Gauge = Gauge {
    name: "healthd_writer_witness_up",
    help: "What a HAProxy reports of this node (`me`) and the other one (`peer`); absent while it sends no checks.",
    labels: &["instance", "witness", "of"],
};

pub(super) fn describe(samples: &mut Samples, instance: &Instance) {
    let name = instance.config.name.as_str();
    let Figures { saved, missing_received, orders, peer, role } = instance.writer.figures();
    samples.set_switch(&SAVED, &[name], saved);
    samples.set(&MISSING, &[name, "received"], number(missing_received));
    for (order, at) in &orders {
        samples.set(&ORDER_AT, &[name, order], *at);
    }
    if let Some(peer) = peer {
        describe_peer(samples, name, &peer);
    }
    if let Some(role) = role {
        describe_role(samples, name, &role);
    }
}

fn describe_peer(samples: &mut Samples, instance: &str, peer: &PeerFigures) {
    samples.set(&UNHEARD, &[instance], peer.unheard.as_secs_f64());
    samples.set(&ERRANT, &[instance], number(peer.errant));
    if let Some(report) = &peer.report {
        samples.set(&REPORT_AGE, &[instance], report.age.as_secs_f64());
        samples.set(&MISSING, &[instance, "peer"], number(report.missing));
    }
}

fn describe_role(samples: &mut Samples, instance: &str, role: &RoleFigures) {
    samples.set_switch(&HOLDER, &[instance], role.holds);
    if let Some(epoch) = role.epoch {
        samples.set(&EPOCH, &[instance], number(epoch));
    }
    for (witness, opinion) in &role.opinions {
        samples.set_switch(&WITNESS, &[instance, witness, "me"], opinion.me);
        samples.set_switch(&WITNESS, &[instance, witness, "peer"], opinion.peer);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count above 2^53 may be rounded")]
fn number(count: u64) -> f64 {
    count as f64
}
