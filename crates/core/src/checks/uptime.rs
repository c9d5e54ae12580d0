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
    about: "time since the server started",
    why: "A server that restarted on its own was killed, crashed, or was updated overnight: its log shows which. Its \
        caches are cold, and every setting that is not in the configuration file is back to its default.",
    formula: "status variable `Uptime`, in seconds",
    metrics: METRICS,
    warning: "600:",
    critical: "",
    named: "",
    needs: &[Need::Status(&["Uptime"])],
    servers: "all",
    // The original plugin compares minutes.
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
