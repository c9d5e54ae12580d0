use std::time::Duration;

use crate::check::{Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::Need;
use crate::reading::{Unit, counted};

metrics! {
    THREADS_CONNECTED: "threads_connected", None, "open connections";
}

pub(super) const CHECK: Check = Check {
    name: "threads-connected",
    topic: Topic::Connections,
    about: "open connections, as a number",
    why: "For limits that are known as a number, such as the total that an application's pools may open. For the \
        server, the share of `max_connections` matters: use the check `connections`.",
    formula: "status variable `Threads_connected`",
    metrics: METRICS,
    warning: "",
    critical: "",
    named: "",
    needs: &[Need::Status(&["Threads_connected"])],
    servers: "all",
    modes: &[Mode {
        names: &["threads-connected"],
        warning: "10",
        critical: "20",
        labels: &[Label::new(THREADS_CONNECTED, "threads_connected", Unit::None, 0)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let connected = input.status("Threads_connected")?;
        let text = format!("{} open", counted(connected, "connection", "connections"));
        Ok(Finding::new(text, vec![THREADS_CONNECTED.reading(connected).between(0.0, None)]))
    },
};
