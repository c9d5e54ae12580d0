use std::time::Duration;

use crate::check::{Check, Label, Metric, Mode, Topic};
use crate::checks::rate::{Counted, found};
use crate::facts::Need;
use crate::reading::Unit;

pub(super) const CHECK: Check = Check {
    name: "clients-aborted",
    topic: Topic::Connections,
    about: "connections that ended without a proper disconnect, per second",
    why: "The client crashed, was killed, or stayed idle longer than `wait_timeout`. A packet larger than \
        `max_allowed_packet` also ends a connection this way. Uncommitted changes are lost.",
    formula: "growth of the status variable `Aborted_clients` since the previous run, per second",
    metrics: &[
        Metric { label: "clients_aborted_per_second", unit: Unit::None, about: "aborted clients, per second" },
        Metric { label: "clients_aborted", unit: Unit::Counter, about: "aborted clients since the server started" },
    ],
    warning: "1",
    critical: "5",
    named: "",
    needs: &[Need::Status(&["Aborted_clients"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["clients-aborted"],
        warning: "1",
        critical: "5",
        labels: &[Label::new("clients_aborted_per_second", "clients_aborted_per_sec", Unit::None, 2)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            Counted {
                counter: "Aborted_clients",
                now: "clients_aborted_per_second",
                total: "clients_aborted",
                what: ["aborted client", "aborted clients"],
            },
        )
    },
};
