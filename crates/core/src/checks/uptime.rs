use std::time::Duration;

use crate::check::{Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::Need;
use crate::reading::Unit;
use crate::text::duration::short;

metrics! {
    UPTIME: "uptime", Seconds, "time since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "uptime",
    topic: Topic::Availability,
    about: "how long the server has been running",
    why: "A server that restarted by itself was killed, crashed, or was updated in the night: its log says which. Its caches are cold, \
        and everything that is not in the configuration file is as it was at the start.",
    formula: "status variable `Uptime`, in seconds",
    metrics: METRICS,
    warning: "600:",
    critical: "",
    named: "",
    needs: &[Need::Status(&["Uptime"])],
    servers: "all",
    // The peer compares minutes.
    modes: &[Mode {
        names: &["uptime"],
        warning: "10:",
        critical: "5:",
        labels: &[Label::new(UPTIME, "uptime", Unit::Seconds, 0)],
        divisor: 60.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let uptime = input.status("Uptime")?;
        let text = format!("running for {}", short(Duration::from_secs_f64(uptime.max(0.0))));
        Ok(Finding::new(text, vec![UPTIME.reading(uptime).between(0.0, None)]))
    },
};
