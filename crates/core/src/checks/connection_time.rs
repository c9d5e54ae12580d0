use std::time::Duration;

use crate::check::{Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    CONNECTION_TIME: "connection_time", Seconds, "time to connect and log in";
}

pub(super) const CHECK: Check = Check {
    name: "connection-time",
    topic: Topic::Availability,
    about: "time to connect and log in",
    why: "Every new session of an application waits this long first. It grows with a slow DNS resolver (see \
        `skip_name_resolve`), a full listen queue, an exhausted thread pool, or a machine that swaps.",
    formula: "time from the start of the connection to the end of the login, TLS included",
    metrics: METRICS,
    warning: "1",
    critical: "5",
    named: "",
    needs: &[Need::Connection],
    servers: "all",
    modes: &[Mode {
        names: &["connection-time"],
        warning: "1",
        critical: "5",
        labels: &[Label::new(CONNECTION_TIME, "connection_time", Unit::Seconds, 4)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let took = input.facts.connected_in.as_secs_f64();
        let text = format!("connected and logged in within {took:.3} s");
        Ok(Finding::new(text, vec![CONNECTION_TIME.reading(took).between(0.0, None)]))
    },
};
