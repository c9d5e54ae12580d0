use std::time::Duration;

use crate::check::{Check, Label, Metric, Mode, Topic};
use crate::checks::rate::{Counted, found};
use crate::facts::Need;
use crate::reading::Unit;

pub(super) const CHECK: Check = Check {
    name: "connects-aborted",
    topic: Topic::Connections,
    about: "failed connection attempts, per second",
    why: "Wrong passwords, unknown accounts, port scans, a broken network, or a health check that only opens the \
        port. The error log names them if `log_warnings` (MariaDB) or `log_error_verbosity` (MySQL) is high enough.",
    formula: "growth of the status variable `Aborted_connects` since the previous run, per second",
    metrics: &[
        Metric { label: "connects_aborted_per_second", unit: Unit::None, about: "failed attempts, per second" },
        Metric { label: "connects_aborted", unit: Unit::Counter, about: "failed attempts since the server started" },
    ],
    warning: "1",
    critical: "5",
    named: "",
    needs: &[Need::Status(&["Aborted_connects"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["connects-aborted"],
        warning: "1",
        critical: "5",
        labels: &[Label::new("connects_aborted_per_second", "connects_aborted_per_sec", Unit::None, 2)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            Counted {
                counter: "Aborted_connects",
                now: "connects_aborted_per_second",
                total: "connects_aborted",
                what: ["failed connection attempt", "failed connection attempts"],
            },
        )
    },
};
