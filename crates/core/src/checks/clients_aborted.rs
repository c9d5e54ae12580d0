use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::rate::{CounterRate, found};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    CLIENTS_ABORTED_PER_SECOND: "clients_aborted_per_second", None, "aborted clients, per second";
    CLIENTS_ABORTED: "clients_aborted", Counter, "aborted clients since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "clients-aborted",
    topic: Topic::Connections,
    about: "connections that ended without a proper disconnect, per second",
    why: "The client crashed, was killed, or stayed idle longer than `wait_timeout`. A packet larger than \
        `max_allowed_packet` also ends a connection this way. Uncommitted changes are lost.",
    formula: "growth of the status variable `Aborted_clients` since the previous run, per second",
    metrics: METRICS,
    warning: "1",
    critical: "5",
    named: "",
    needs: &[Need::Status(&["Aborted_clients"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["clients-aborted"],
        warning: "1",
        critical: "5",
        labels: &[Label::new(CLIENTS_ABORTED_PER_SECOND, "clients_aborted_per_sec", Unit::None, 2)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            CounterRate {
                counter: "Aborted_clients",
                now: CLIENTS_ABORTED_PER_SECOND,
                total: CLIENTS_ABORTED,
                what: ["aborted client", "aborted clients"],
            },
        )
    },
};
