use std::time::Duration;

use crate::check::{Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::Need;
use crate::reading::{Unit, counted};

metrics! {
    THREADS_CACHED: "threads_cached", None, "idle threads";
}

pub(super) const CHECK: Check = Check {
    name: "threads-cached",
    topic: Topic::Connections,
    about: "idle threads in the thread cache",
    why: "More is better, so there is no threshold; the value is for graphs. `threadcache-hitrate` shows whether the \
        cache is large enough. With a thread pool there is no such cache.",
    formula: "status variable `Threads_cached`",
    metrics: METRICS,
    warning: "",
    critical: "",
    named: "",
    needs: &[Need::Status(&["Threads_cached"])],
    servers: "all",
    modes: &[Mode {
        names: &["threads-cached"],
        warning: "10",
        critical: "20",
        labels: &[Label::new(THREADS_CACHED, "threads_cached", Unit::None, 0)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let cached = input.status("Threads_cached")?;
        let text = format!("{} in the cache", counted(cached, "thread waits", "threads wait"));
        Ok(Finding::new(text, vec![THREADS_CACHED.reading(cached).between(0.0, None)]))
    },
};
