use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;

metrics! {
    CONNECTION_TIME: "connection_time", Seconds, "time to connect and log in";
}

pub(super) const CHECK: Check = Check {
    name: "ping",
    topic: Topic::Availability,
    about: "whether the server accepts this login and answers a statement",
    why: "An open port proves little: a server that is stopped, full or locked accepts connections and answers \
        nothing. This check logs in and reads a value.",
    formula: "time to connect and log in; the statement is `SHOW GLOBAL STATUS` for one variable",
    metrics: METRICS,
    warning: "",
    critical: "",
    named: "",
    needs: &[Need::Status(&["Uptime"])],
    servers: "all",
    modes: &[],
    measure: |input| {
        input.status("Uptime")?;
        let time = input.facts.connected_in.as_secs_f64();
        let text = format!("the server answers ({} ms to connect and log in)", (time * 1_000.0).round());
        Ok(Finding::new(text, vec![CONNECTION_TIME.reading(time).between(0.0, None)]))
    },
};
