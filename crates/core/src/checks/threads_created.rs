use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::rate::{CounterRate, found};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    THREADS_CREATED_PER_SECOND: "threads_created_per_second", None, "threads started, per second";
    THREADS_CREATED: "threads_created", Counter, "threads started since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "threads-created",
    topic: Topic::Connections,
    about: "threads started because the thread cache was empty, per second",
    why: "Starting a thread is work that a larger `thread_cache_size` saves. Many new threads come from clients that \
        connect for every statement; a connection pool in the application helps more than any cache.",
    formula: "growth of the status variable `Threads_created` since the previous run, per second",
    metrics: METRICS,
    warning: "10",
    critical: "20",
    named: "",
    needs: &[Need::Status(&["Threads_created"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["threads-created"],
        warning: "10",
        critical: "20",
        labels: &[Label::new(THREADS_CREATED_PER_SECOND, "threads_created_per_sec", Unit::None, 2)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            CounterRate {
                counter: "Threads_created",
                now: THREADS_CREATED_PER_SECOND,
                total: THREADS_CREATED,
                what: ["thread started", "threads started"],
            },
        )
    },
};
