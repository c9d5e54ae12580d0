//! The writer role in numbers, as it is at the moment of the scrape.

use healthd_core::position::gtids::Gtids;
use prometheus::{GaugeVec, Opts, Registry};

use super::Published;
use crate::node::Node;

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
pub(crate) fn states(registry: &Registry, node: &Node) {
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
        instance.writer.published().describe(&instance.config.name, &families);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are no longer exact, and nobody minds")]
fn number(count: u64) -> f64 {
    count as f64
}

impl Published {
    fn describe(&self, instance: &str, families: &Families) {
        let set = |family: &GaugeVec, value: f64| family.with_label_values(&[instance]).set(value);
        let count = |set: &Gtids| number(set.count());
        set(&families.saved, if self.unsaved.is_none() { 1.0 } else { 0.0 });
        families.missing.with_label_values(&[instance, "received"]).set(count(&self.machine.behind_mark()));
        // In their order: the last of each remains.
        for trace in &self.orders {
            families.order.with_label_values(&[instance, &trace.order]).set(trace.timestamp());
        }
        if self.settings.peer.is_none() {
            return;
        }
        let now = self.started.elapsed();
        set(&families.silence, self.clocks.unheard(now).as_secs_f64());
        set(&families.surplus, count(&self.machine.loss().1));
        if let Some(age) = self.clocks.report_age(now) {
            set(&families.report, age.as_secs_f64());
            families.missing.with_label_values(&[instance, "peer"]).set(count(&self.machine.behind_report()));
        }
        if self.machine.unwitnessed() {
            return;
        }
        set(&families.holder, if self.machine.holds() { 1.0 } else { 0.0 });
        if let Some(epoch) = self.machine.kept().epoch {
            set(&families.epoch, number(epoch.number));
        }
        for (witness, opinion) in self.settings.witnesses.iter().zip(self.machine.opinions()) {
            let Some(opinion) = opinion else {
                continue;
            };
            for (of, up) in [("me", opinion.me), ("peer", opinion.peer)] {
                let labels = [instance, &witness.to_string(), of];
                families.witness.with_label_values(&labels).set(if up { 1.0 } else { 0.0 });
            }
        }
    }
}
