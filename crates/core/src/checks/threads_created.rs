use std::time::Duration;

use crate::check::{Check, Label, Metric, Mode, Topic};
use crate::checks::rate::{Counted, found};
use crate::facts::Need;
use crate::reading::Unit;

pub(super) const CHECK: Check = Check {
    name: "threads-created",
    topic: Topic::Connections,
    about: "threads started because none was free in the cache, per second",
    why: "Each is work that a larger `thread_cache_size` saves. Many of them come from clients that connect for every \
        statement; a pool in the application helps more than any cache.",
    formula: "growth of the status variable `Threads_created` since the previous run, per second",
    metrics: &[
        Metric { label: "threads_created_per_second", unit: Unit::None, about: "threads started, per second" },
        Metric { label: "threads_created", unit: Unit::Counter, about: "threads started since the server started" },
    ],
    warning: "10",
    critical: "20",
    named: "",
    needs: &[Need::Status(&["Threads_created"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["threads-created"],
        warning: "10",
        critical: "20",
        labels: &[Label::new("threads_created_per_second", "threads_created_per_sec", Unit::None, 2)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            Counted {
                counter: "Threads_created",
                now: "threads_created_per_second",
                total: "threads_created",
                what: ["thread started", "threads started"],
            },
        )
    },
};
