use std::time::Duration;

use crate::check::{Check, Label, Metric, Mode, Topic};
use crate::checks::rate::{Counted, found};
use crate::facts::Need;
use crate::reading::Unit;

pub(super) const CHECK: Check = Check {
    name: "log-waits",
    topic: Topic::Innodb,
    about: "waits of statements for room in the buffer of the redo log, per second",
    why: "The buffer was full and had to be written first. A larger `innodb_log_buffer_size` helps with large \
        transactions; a disk that is slow at writing the log does not get faster by it.",
    formula: "growth of the status variable `Innodb_log_waits` since the previous run, per second",
    metrics: &[
        Metric { label: "log_waits_per_second", unit: Unit::None, about: "waits, per second" },
        Metric { label: "log_waits", unit: Unit::Counter, about: "waits since the server started" },
    ],
    warning: "1",
    critical: "10",
    named: "",
    needs: &[Need::Status(&["Innodb_log_waits"]), Need::Before],
    servers: "all with InnoDB",
    modes: &[Mode {
        names: &["log-waits", "innodb-log-waits"],
        warning: "1",
        critical: "10",
        labels: &[Label::new("log_waits_per_second", "innodb_log_waits_rate", Unit::None, 4)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            Counted {
                counter: "Innodb_log_waits",
                now: "log_waits_per_second",
                total: "log_waits",
                what: ["wait for the log buffer", "waits for the log buffer"],
            },
        )
    },
};
