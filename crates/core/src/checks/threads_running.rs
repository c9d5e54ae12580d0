use std::time::Duration;

use crate::check::{Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::Need;
use crate::reading::{Unit, counted};

metrics! {
    THREADS_RUNNING: "threads_running", None, "threads that are not sleeping";
}

pub(super) const CHECK: Check = Check {
    name: "threads-running",
    topic: Topic::Connections,
    about: "threads that are executing a statement now",
    why: "The best single number for overload: a healthy server seldom has more than a few per core. When it climbs, \
        statements wait for each other, for a lock or for the disk. Look at `SHOW PROCESSLIST` while it lasts.",
    formula: "status variable `Threads_running`, including the check's own connection",
    metrics: METRICS,
    warning: "32",
    critical: "64",
    named: "",
    needs: &[Need::Status(&["Threads_running"])],
    servers: "all",
    modes: &[Mode {
        names: &["threads-running"],
        warning: "10",
        critical: "20",
        labels: &[Label::new(THREADS_RUNNING, "threads_running", Unit::None, 0)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let running = input.status("Threads_running")?;
        let text = format!("{} running", counted(running, "thread", "threads"));
        Ok(Finding::new(text, vec![THREADS_RUNNING.reading(running).between(0.0, None)]))
    },
};
