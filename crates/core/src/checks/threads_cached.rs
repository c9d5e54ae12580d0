use std::time::Duration;

use crate::check::{Check, Finding, Label, Metric, Mode, Topic};
use crate::facts::Need;
use crate::reading::{Reading, Unit, counted};

pub(super) const CHECK: Check = Check {
    name: "threads-cached",
    topic: Topic::Connections,
    about: "idle threads that wait for the next connection",
    why: "More is better, so there is nothing to alert on; it is here for graphs. Whether the cache is large enough is what \
        `threadcache-hitrate` says. With a thread pool there is no such cache.",
    formula: "status variable `Threads_cached`",
    metrics: &[Metric { label: "threads_cached", unit: Unit::None, about: "idle threads" }],
    warning: "",
    critical: "",
    named: "",
    needs: &[Need::Status(&["Threads_cached"])],
    servers: "all",
    modes: &[Mode {
        names: &["threads-cached"],
        warning: "10",
        critical: "20",
        labels: &[Label::new("threads_cached", "threads_cached", Unit::None, 0)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let cached = input.status("Threads_cached")?;
        let text = format!("{} in the cache", counted(cached, "thread waits", "threads wait"));
        Ok(Finding::new(text, vec![Reading::new("threads_cached", cached, Unit::None).between(0.0, None)]))
    },
};
