use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::rate::{CounterRate, found};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    LOG_WAITS_PER_SECOND: "log_waits_per_second", None, "waits, per second";
    LOG_WAITS: "log_waits", Counter, "waits since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "log-waits",
    topic: Topic::Innodb,
    about: "waits for room in the redo log buffer, per second",
    why: "The buffer was full and had to be written to disk first. A larger `innodb_log_buffer_size` helps with \
        large transactions. It does not help if the disk is slow at writing the log.",
    formula: "growth of the status variable `Innodb_log_waits` since the previous run, per second",
    metrics: METRICS,
    warning: "1",
    critical: "10",
    named: "",
    needs: &[Need::Status(&["Innodb_log_waits"]), Need::Before],
    servers: "all with InnoDB",
    modes: &[Mode {
        names: &["log-waits", "innodb-log-waits"],
        warning: "1",
        critical: "10",
        labels: &[Label::new(LOG_WAITS_PER_SECOND, "innodb_log_waits_rate", Unit::None, 4)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            CounterRate {
                counter: "Innodb_log_waits",
                now: LOG_WAITS_PER_SECOND,
                total: LOG_WAITS,
                what: ["wait for the log buffer", "waits for the log buffer"],
            },
        )
    },
};
