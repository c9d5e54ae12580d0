use crate::check::{Cannot, Check, Finding, Input, Metric, Need, Topic};
use crate::outcome::Outcome;
use crate::reading::{Reading, Unit, counted};
use crate::snapshot::{NodeState, is_wsrep_provider};

pub(super) const CHECK: Check = Check {
    name: "galera",
    topic: Topic::Replication,
    about: "a Galera node: in the primary component, synced, and how many nodes it sees",
    why: "A node outside of the primary component refuses every query, and one that is not synced shows old rows. The number of nodes is \
        judged by `-w` and `-c`: `-c 3:` where three are expected. Flow control is the share of time in which the node \
        made the others wait; failed certifications are transactions that clients have to repeat.",
    formula: "`wsrep_cluster_status` is Primary, `wsrep_local_state` is 4, `wsrep_ready` and `wsrep_connected` are ON; \
        judged: `wsrep_cluster_size`",
    metrics: &[
        Metric { label: "galera_nodes", unit: Unit::None, about: "nodes in the component" },
        Metric {
            label: "galera_flow_control_paused",
            unit: Unit::Percent,
            about: "of the time, since the last FLUSH STATUS",
        },
        Metric { label: "galera_receive_queue", unit: Unit::None, about: "write sets that wait to be applied" },
        Metric { label: "galera_failed_certifications", unit: Unit::Counter, about: "since the start" },
    ],
    warning: "",
    critical: "2:",
    named: "",
    needs: &[
        Need::Variables(&["wsrep_provider", "wsrep_on"]),
        Need::Status(&[
            "wsrep_cluster_status",
            "wsrep_local_state",
            "wsrep_ready",
            "wsrep_connected",
            "wsrep_cluster_size",
            "wsrep_flow_control_paused",
            "wsrep_local_recv_queue",
            "wsrep_local_cert_failures",
        ]),
    ],
    servers: "MariaDB with Galera, Percona XtraDB Cluster",
    modes: &[],
    measure,
};

fn measure(input: &Input<'_>) -> Result<Finding, Cannot> {
    let values = input.status_values()?;
    let variables = input.variable_values()?;
    // A plain MariaDB has all of the status variables too, as of a node that has lost everything.
    if !variables.text("wsrep_provider").is_some_and(is_wsrep_provider) {
        // Who asks expects one: a node that came up without its provider serves alone.
        return Ok(Finding::new("this server is no Galera node", Vec::new()).at_least(input.settings.not_replica));
    }
    let size = input.status("wsrep_cluster_size")?;
    let component = values.text("wsrep_cluster_status").unwrap_or("unknown");
    let number = values.number("wsrep_local_state").filter(|state| (0.0..256.0).contains(state));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 255")]
    let state = number.map(|state| NodeState::from_number(state as u32));
    let on = |name| values.number(name) == Some(1.0);
    let mut wrong = Vec::new();
    // Percona XtraDB Cluster has no global wsrep_on.
    if variables.number("wsrep_on") == Some(0.0) {
        wrong.push("wsrep_on is OFF, so nothing is replicated".to_owned());
    }
    if component != "Primary" {
        wrong.push(format!("its component is {component}"));
    }
    match state {
        Some(NodeState::Synced) => {}
        Some(state) => wrong.push(format!("it is {}", state.name())),
        None => wrong.push("its state is unknown".to_owned()),
    }
    if !on("wsrep_connected") {
        wrong.push("it is not connected".to_owned());
    }
    if !on("wsrep_ready") {
        wrong.push("it refuses queries".to_owned());
    }
    let readings = [
        ("galera_nodes", "wsrep_cluster_size", Unit::None, 1.0),
        ("galera_flow_control_paused", "wsrep_flow_control_paused", Unit::Percent, 100.0),
        ("galera_receive_queue", "wsrep_local_recv_queue", Unit::None, 1.0),
        ("galera_failed_certifications", "wsrep_local_cert_failures", Unit::Counter, 1.0),
    ];
    let readings = readings.into_iter().filter_map(|(label, name, unit, factor)| {
        Some(Reading::new(label, values.number(name)? * factor, unit).between(0.0, None))
    });
    let text = if wrong.is_empty() {
        format!("synced in the primary component of {}", counted(size, "node", "nodes"))
    } else {
        format!("this Galera node is not fit: {}", wrong.join(", "))
    };
    let least = if wrong.is_empty() { Outcome::Ok } else { Outcome::Critical };
    Ok(Finding::new(text, readings.collect()).at_least(least))
}
