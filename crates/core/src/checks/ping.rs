use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;

metrics! {
    CONNECTION_TIME: "connection_time", Seconds, "time of connect and login";
}

pub(super) const CHECK: Check = Check {
    name: "ping",
    topic: Topic::Availability,
    about: "whether the server lets this account in and answers a statement",
    why: "A listening port says little: a server that is stopped, full or locked accepts connections and answers nothing. This logs in \
        and reads something.",
    formula: "the time of connect and login; the statement is `SHOW GLOBAL STATUS` of one variable",
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
