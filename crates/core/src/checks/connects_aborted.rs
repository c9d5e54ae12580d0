use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::rate::{CounterRate, found};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    CONNECTS_ABORTED_PER_SECOND: "connects_aborted_per_second", None, "failed attempts, per second";
    CONNECTS_ABORTED: "connects_aborted", Counter, "failed attempts since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "connects-aborted",
    topic: Topic::Connections,
    about: "failed connection attempts, per second",
    why: "Causes are wrong passwords, unknown accounts, port scans, a broken network, or a health check that only \
        opens the port. The error log names them if `log_warnings` (MariaDB) or `log_error_verbosity` (MySQL) is \
        high enough.",
    formula: "growth of the status variable `Aborted_connects` since the previous run, per second",
    metrics: METRICS,
    warning: "1",
    critical: "5",
    named: "",
    needs: &[Need::Status(&["Aborted_connects"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["connects-aborted"],
        warning: "1",
        critical: "5",
        labels: &[Label::new(CONNECTS_ABORTED_PER_SECOND, "connects_aborted_per_sec", Unit::None, 2)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            CounterRate {
                counter: "Aborted_connects",
                now: CONNECTS_ABORTED_PER_SECOND,
                total: CONNECTS_ABORTED,
                what: ["failed connection attempt", "failed connection attempts"],
            },
        )
    },
};
