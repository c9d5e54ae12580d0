//! The writer role in numbers, as it is at the moment of the scrape.

use prometheus::{GaugeVec, Opts, Registry};

use crate::node::Node;
use crate::writer::Figures;

struct Families {
    holder: GaugeVec,
    epoch: GaugeVec,
    missing: GaugeVec,
    surplus: GaugeVec,
    silence: GaugeVec,
    report: GaugeVec,
    saved: GaugeVec,
    witness: GaugeVec,
    order: GaugeVec,
}

/// Adds the families of every instance.
pub(super) fn states(registry: &Registry, node: &Node) {
    let gauges = |name: &str, help: &str, labels: &[&str]| {
        let family = GaugeVec::new(Opts::new(name, help), labels).expect("a valid family");
        registry.register(Box::new(family.clone())).expect("each family is registered once");
        family
    };
    let of_instance = &["instance"];
    let families = Families {
        holder: gauges(
            "healthd_writer_holder",
            "1 if this node holds the writer role, where there is a witness.",
            of_instance,
        ),
        epoch: gauges("healthd_writer_epoch", "The highest epoch of the writer role known.", of_instance),
        missing: gauges(
            "healthd_writer_missing_transactions",
            "Transactions not applied: `received` by this node, or reported by the `peer`.",
            &["instance", "of"],
        ),
        surplus: gauges(
            "healthd_writer_surplus_transactions",
            "Own commits that the other node lacked when it took over, unless accepted.",
            of_instance,
        ),
        silence: gauges("healthd_writer_peer_unheard_seconds", "Time since the peer's healthd was heard.", of_instance),
        report: gauges("healthd_writer_peer_report_age_seconds", "Age of the last position of the peer.", of_instance),
        saved: gauges("healthd_writer_state_saved", "0 if the role's state could not be written to disk.", of_instance),
        witness: gauges(
            "healthd_writer_witness_up",
            "What a HAProxy says of this node (`me`) and the other one (`peer`); left out while it does not check.",
            &["instance", "witness", "of"],
        ),
        order: gauges(
            "healthd_writer_last_order_timestamp_seconds",
            "When an operator last gave this order, such as `takeover` or `accept-loss`.",
            &["instance", "order"],
        ),
    };
    for instance in &node.fleet().instances {
        describe(&instance.writer.published().figures(), &instance.config.name, &families);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are no longer exact, and nobody minds")]
fn number(count: u64) -> f64 {
    count as f64
}

/// Sets the values of one instance.
fn describe(figures: &Figures, instance: &str, families: &Families) {
    let set = |family: &GaugeVec, value: f64| family.with_label_values(&[instance]).set(value);
    let set_switch = |family: &GaugeVec, on: bool| set(family, if on { 1.0 } else { 0.0 });
    set_switch(&families.saved, figures.saved);
    families.missing.with_label_values(&[instance, "received"]).set(number(figures.missing_received));
    for (order, at) in &figures.orders {
        families.order.with_label_values(&[instance, order]).set(*at);
    }
    let Some(peer) = &figures.peer else {
        return;
    };
    set(&families.silence, peer.unheard.as_secs_f64());
    set(&families.surplus, number(peer.surplus));
    if let Some(report) = &peer.report {
        set(&families.report, report.age.as_secs_f64());
        families.missing.with_label_values(&[instance, "peer"]).set(number(report.missing));
    }
    let Some(role) = &figures.role else {
        return;
    };
    set_switch(&families.holder, role.holds);
    if let Some(epoch) = role.epoch {
        set(&families.epoch, number(epoch));
    }
    for (witness, opinion) in &role.opinions {
        for (of, up) in [("me", opinion.me), ("peer", opinion.peer)] {
            families.witness.with_label_values(&[instance, witness, of]).set(if up { 1.0 } else { 0.0 });
        }
    }
}
