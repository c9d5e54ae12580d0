use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::rate::{CounterRate, found};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    BUFFERPOOL_WAIT_FREE_PER_SECOND: "bufferpool_wait_free_per_second", None, "waits, per second";
    BUFFERPOOL_WAIT_FREE: "bufferpool_wait_free", Counter, "waits since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "bufferpool-wait-free",
    topic: Topic::Innodb,
    about: "waits for a free page in the buffer pool, per second",
    why: "A statement needed a page and first had to write a changed one to disk. The disk does not keep up with the \
        writes: give the pool more memory, or raise `innodb_io_capacity` if the disk can do more.",
    formula: "growth of the status variable `Innodb_buffer_pool_wait_free` since the previous run, per second",
    metrics: METRICS,
    warning: "1",
    critical: "10",
    named: "",
    needs: &[Need::Status(&["Innodb_buffer_pool_wait_free"]), Need::Before],
    servers: "all with InnoDB",
    modes: &[Mode {
        names: &["bufferpool-wait-free", "innodb-bufferpool-wait-free"],
        warning: "1",
        critical: "10",
        labels: &[Label::new(BUFFERPOOL_WAIT_FREE_PER_SECOND, "bufferpool_free_waits_rate", Unit::None, 4)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            CounterRate {
                counter: "Innodb_buffer_pool_wait_free",
                now: BUFFERPOOL_WAIT_FREE_PER_SECOND,
                total: BUFFERPOOL_WAIT_FREE,
                what: ["wait for a free page", "waits for a free page"],
            },
        )
    },
};
