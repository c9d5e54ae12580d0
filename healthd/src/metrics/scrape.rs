//! The answer to a scrape: the counters, and the state at that moment.

use prometheus::TextEncoder;

use super::gauge::Samples;
use super::{daemon, instance, logs, writer};
use crate::node::Node;

/// All families in Prometheus' text format.
pub(crate) async fn render(node: &Node) -> String {
    let mut samples = Samples::default();
    daemon::describe(&mut samples, node);
    for watched in &node.fleet().instances {
        instance::describe(&mut samples, watched).await;
        writer::describe(&mut samples, watched);
    }
    let mut families = logs::describe(&mut samples, node).await;
    families.extend(node.counters.gather());
    families.extend(samples.gather());
    families.sort_by(|a, b| a.name().cmp(b.name()));
    TextEncoder::new().encode_to_string(&families).expect("families of our own print")
}
