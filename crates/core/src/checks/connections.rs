use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;

metrics! {
    CONNECTIONS_USED: "connections_used", Percent, "open connections, in percent of max_connections";
    THREADS_CONNECTED: "threads_connected", None, "open connections";
    MAX_USED_CONNECTIONS: "max_used_connections", None, "most connections open at once since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "connections",
    topic: Topic::Connections,
    about: "open connections, in percent of max_connections",
    why: "At 100 %, the next client gets `Too many connections`, and so do monitoring and administrators. The number \
        climbs when statements get slow, when a connection pool leaks, or when a client reconnects without closing. \
        The highest number since the start is shown too.",
    formula: "100 · `Threads_connected` / `max_connections`",
    metrics: METRICS,
    warning: "80",
    critical: "95",
    named: "",
    needs: &[Need::Status(&["Threads_connected", "Max_used_connections"]), Need::Variables(&["max_connections"])],
    servers: "all",
    modes: &[],
    measure: |input| {
        let connected = input.status("Threads_connected")?;
        let most = input.status("Max_used_connections")?;
        let limit = input.variable("max_connections")?;
        let used = 100.0 * connected / limit;
        let text = format!("{connected} of {limit} connections open ({used:.0} %), at most {most} since the start");
        Ok(Finding::new(
            text,
            vec![
                CONNECTIONS_USED.reading(used).between(0.0, 100.0),
                THREADS_CONNECTED.reading(connected).between(0.0, limit),
                MAX_USED_CONNECTIONS.reading(most).between(0.0, limit),
            ],
        ))
    },
};
