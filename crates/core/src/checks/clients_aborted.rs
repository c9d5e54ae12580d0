use std::time::Duration;

use crate::check::{Check, Label, Metric, Mode, Topic};
use crate::checks::rate::{Counted, found};
use crate::facts::Need;
use crate::reading::Unit;

pub(super) const CHECK: Check = Check {
    name: "clients-aborted",
    topic: Topic::Connections,
    about: "connections that ended without a goodbye, per second",
    why: "Clients that crashed, were killed, or kept a connection idle for longer than `wait_timeout`; packets larger \
        than `max_allowed_packet` also end like this. What they had not committed is gone.",
    formula: "growth of the status variable `Aborted_clients` since the run before, per second",
    metrics: &[
        Metric {
            label: "clients_aborted_per_second",
            unit: Unit::None,
            about: "connections that ended so, per second",
        },
        Metric {
            label: "clients_aborted",
            unit: Unit::Counter,
            about: "connections that ended so since the server's start",
        },
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
                what: ["client left without a goodbye", "clients left without a goodbye"],
            },
        )
    },
};
