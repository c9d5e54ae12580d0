use crate::check::{Check, Finding, Metric, Topic};
use crate::facts::Need;
use crate::reading::{Reading, Unit};

pub(super) const CHECK: Check = Check {
    name: "connections",
    topic: Topic::Connections,
    about: "open connections, in percent of max_connections",
    why: "At 100 %, the next client gets `Too many connections`, and so do monitoring and administrators. The number \
        climbs when statements get slow, when a connection pool leaks, or when a client reconnects without closing. \
        The highest number since the start is shown too.",
    formula: "100 · `Threads_connected` / `max_connections`",
    metrics: &[
        Metric {
            label: "connections_used",
            unit: Unit::Percent,
            about: "open connections, in percent of max_connections",
        },
        Metric { label: "threads_connected", unit: Unit::None, about: "open connections" },
        Metric {
            label: "max_used_connections",
            unit: Unit::None,
            about: "most connections open at once since the server started",
        },
    ],
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
                Reading::new("connections_used", used, Unit::Percent).between(0.0, 100.0),
                Reading::new("threads_connected", connected, Unit::None).between(0.0, limit),
                Reading::new("max_used_connections", most, Unit::None).between(0.0, limit),
            ],
        ))
    },
};
