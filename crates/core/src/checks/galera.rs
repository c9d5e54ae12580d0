use crate::check::{Cannot, Check, Finding, Input, Topic, metrics};
use crate::checks::cluster::in_no_cluster;
use crate::facts::Need;
use crate::observed::cluster::{NodeState, is_wsrep_provider};
use crate::reading::counted;
use crate::reading::outcome::Outcome;

/// In percent of the time since the previous run. Above this, the cluster is as slow as its slowest node.
const PAUSED: f64 = 20.0;

metrics! {
    GALERA_NODES: "galera_nodes", None, "nodes in the component";
    GALERA_FLOW_CONTROL_PAUSED: "galera_flow_control_paused", Percent,
        "share of the time since the previous run (in the first run: since FLUSH STATUS)";
    GALERA_RECEIVE_QUEUE: "galera_receive_queue", None, "write sets waiting to be applied";
    GALERA_FAILED_CERTIFICATIONS: "galera_failed_certifications", Counter, "failed certifications since the start";
}

pub(super) const CHECK: Check = Check {
    name: "galera",
    topic: Topic::Replication,
    about: "whether a Galera node is synced in the primary component, and its cluster size",
    why: "A node outside the primary component refuses every query, and a node that is not synced returns stale \
        rows. `-w` and `-c` judge the number of nodes: use `-c 3:` if three are expected. A donor, a desynced node \
        and a node that is catching up are WARNING. So is flow control for more than 20 % of the time since the \
        previous run: while it pauses the cluster, no node commits. Look for the node with the longest receive \
        queue. Failed certifications are transactions that clients must repeat.",
    formula: "`wsrep_cluster_status` is Primary, `wsrep_local_state` is 4, `wsrep_ready` and `wsrep_connected` are \
        ON, `wsrep_reject_queries` is NONE; the thresholds apply to `wsrep_cluster_size`. Flow control: growth of \
        `wsrep_flow_control_paused_ns`",
    metrics: METRICS,
    warning: "",
    critical: "2:",
    named: "",
    needs: &[
        Need::Variables(&["wsrep_provider", "wsrep_on", "wsrep_reject_queries"]),
        Need::Status(&[
            "wsrep_cluster_status",
            "wsrep_local_state",
            "wsrep_ready",
            "wsrep_connected",
            "wsrep_cluster_size",
            "wsrep_flow_control_paused",
            "wsrep_flow_control_paused_ns",
            "wsrep_local_recv_queue",
            "wsrep_local_cert_failures",
        ]),
        Need::Before,
    ],
    servers: "MariaDB with Galera, Percona XtraDB Cluster",
    modes: &[],
    measure,
};

fn measure(input: &Input<'_>) -> Result<Finding, Cannot> {
    let values = input.status_values()?;
    // A plain MariaDB has the same status variables, with the values of a node that has lost its cluster.
    if !input.variable_values()?.text("wsrep_provider").is_some_and(is_wsrep_provider) {
        // The check expects one: a node that started without its provider serves alone.
        return in_no_cluster("this server is not a Galera node", input.settings);
    }
    let size = input.status("wsrep_cluster_size")?;
    let unfit = unfit(input)?;
    // Without a previous run, or after FLUSH STATUS, only the share since then is known.
    let recent = input.rate(&["wsrep_flow_control_paused_ns"]).ok().map(|rate| rate.per_second() / 1e7);
    let paused = recent.or(values.number("wsrep_flow_control_paused").map(|share| share * 100.0));
    let readings = [
        (GALERA_NODES, Some(size)),
        (GALERA_FLOW_CONTROL_PAUSED, paused),
        (GALERA_RECEIVE_QUEUE, values.number("wsrep_local_recv_queue")),
        (GALERA_FAILED_CERTIFICATIONS, values.number("wsrep_local_cert_failures")),
    ];
    let readings =
        readings.into_iter().filter_map(|(metric, value)| Some(metric.reading(value?).between(0.0, None))).collect();
    let nodes = counted(size, "node", "nodes");
    let (mut text, mut least) = match unfit.iter().map(|(outcome, _)| *outcome).reduce(Outcome::worst) {
        None if size < 2.0 => (format!("synced, alone in its component ({nodes})"), Outcome::Ok),
        None => (format!("synced in the primary component of {nodes}"), Outcome::Ok),
        Some(outcome) => {
            let why: Vec<&str> = unfit.iter().map(|(_, why)| why.as_str()).collect();
            let what = if outcome == Outcome::Critical { "cannot serve" } else { "is not synced" };
            (format!("this Galera node {what}: {}", why.join(", ")), outcome)
        }
    };
    if let Some(recent) = recent.filter(|recent| *recent > PAUSED) {
        text = format!(
            "{text}; flow control paused all commits of the cluster for {recent:.0} % of the time since the last run"
        );
        least = least.worst(Outcome::Warning);
    }
    Ok(Finding::new(text, readings).at_least(least))
}

/// What keeps a node from serving, and how bad that is.
fn unfit(input: &Input<'_>) -> Result<Vec<(Outcome, String)>, Cannot> {
    let (values, variables) = (input.status_values()?, input.variable_values()?);
    let component = values.text("wsrep_cluster_status").unwrap_or("unknown");
    let number = values.number("wsrep_local_state").filter(|state| (0.0..256.0).contains(state));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 255")]
    let state = number.map(|state| NodeState::from_number(state as u32));
    let on = |name| values.number(name) == Some(1.0);
    let mut unfit = Vec::new();
    let mut critical = |why: String| unfit.push((Outcome::Critical, why));
    // Percona XtraDB Cluster has no global wsrep_on.
    if variables.number("wsrep_on") == Some(0.0) {
        critical("wsrep_on is OFF, so nothing is replicated".to_owned());
    }
    if component != "Primary" {
        critical(format!("its component is {component}"));
    }
    if let Some(rejects) = variables.text("wsrep_reject_queries").filter(|rejects| *rejects != "NONE") {
        critical(format!("wsrep_reject_queries is {rejects}, so clients get error 1047"));
    }
    if !on("wsrep_connected") {
        critical("it is not connected".to_owned());
    }
    if !on("wsrep_ready") {
        critical("it refuses queries".to_owned());
    }
    match state {
        Some(NodeState::Synced) => {}
        // It serves, but its rows may be stale.
        Some(state @ (NodeState::DonorDesynced | NodeState::Joined)) => {
            unfit.push((Outcome::Warning, format!("it is {}", state.name())));
        }
        Some(state) => unfit.push((Outcome::Critical, format!("it is {}", state.name()))),
        None => unfit.push((Outcome::Critical, "its state is unknown".to_owned())),
    }
    Ok(unfit)
}
