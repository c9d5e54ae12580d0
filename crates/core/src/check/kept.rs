//! Which values of a run are stored for the next one, and whether the next run may compare with them.

use std::time::Duration;

use super::input::Input;

use crate::facts::innodb::InnodbCounters;
use crate::facts::receiver::{Channels, RECEIVER_STOPS, ReceiverStatus};
use crate::facts::tables::Table;
use crate::facts::values::{Before, StatusVariables, Values};
use crate::observed::channel::{Channel, Receiver};

/// The key of the size of the selected tables. It contains a space, unlike any status variable's name.
const SIZE: &str = "size of tables";
/// Identifies those tables: which server they are on, and what the account may see. A run with another value of this
/// key cannot be compared with.
pub const SIZE_OF: &str = "tables of";

/// The error of an uptime, which is in whole seconds.
const WHOLE: f64 = 1.0;

impl<'a> Input<'a> {
    /// Every counter that was read, for the next run. Empty if the status variables could not be read.
    pub fn counters(&self) -> Option<Values> {
        let status = self.facts.value::<StatusVariables>()?;
        let innodb = self.facts.value::<InnodbCounters>().into_iter().flat_map(|innodb| &innodb.counted);
        let counters = status.iter().chain(innodb.flat_map(Values::iter));
        let counters = counters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        // A receiver that does not run misses nothing.
        let runs = |receiver: &&ReceiverStatus| {
            let of = |channel: &&Channel| channel.name == receiver.channel;
            let channel = self.facts.value::<Channels>().and_then(|channels| channels.iter().find(of));
            channel.is_some_and(|channel| channel.receiver == Receiver::Running)
        };
        let marks = self.facts.receivers().filter(runs).map(|receiver| (receiver.kept_as(), receiver.mark.clone()));
        let size = self.asked_tables().ok().map(|tables| size(&tables).to_string());
        let size = size.map(|size| [(SIZE.to_owned(), size), (SIZE_OF.to_owned(), self.size_of())]);
        Some(counters.chain(marks).chain(size.into_iter().flatten()).collect())
    }

    /// The total size of the selected tables in an earlier run, and how long ago that was.
    pub(crate) fn size_before(&self) -> Option<(Duration, f64)> {
        let before = self.before?;
        before.status.number(SIZE).map(|size| (before.age, size))
    }

    /// A server is identified by its UUID, or by its machine and port.
    fn size_of(&self) -> String {
        let says = |name| self.variable_values().ok().and_then(|values| values.text(name)).unwrap_or_default();
        let server = match says("server_uuid") {
            "" => format!("{}:{}", says("hostname"), says("port")),
            id => id.to_owned(),
        };
        format!("{server} as {:016x}", self.facts.view.grants)
    }

    /// The previous run, unless a receiver was stopped since then: after a start, nothing needs to arrive before the
    /// first heartbeat.
    pub(crate) fn unbroken(&self) -> Option<&'a Before> {
        let before = self.before?;
        let status = self.status_values().ok()?;
        let stopped = RECEIVER_STOPS.iter().any(|name| status.text(name) != before.status.text(name));
        let restarted = status.number("Uptime").is_none_or(|uptime| uptime + WHOLE < before.age.as_secs_f64());
        (!stopped && !restarted).then_some(before)
    }
}

/// The total size of data and indexes, in bytes.
pub(crate) fn size(tables: &[&Table]) -> u64 {
    tables.iter().fold(0_u64, |sum, table| sum.saturating_add(table.size()))
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;
    use crate::facts::Facts;

    #[test]
    fn a_run_before_a_stop_of_a_receiver_or_a_start_of_the_server_says_nothing_of_silence() {
        for (name, status, before, unbroken) in [
            ("nothing has happened", &[("Uptime", "900")][..], &[("Uptime", "840")][..], true),
            ("the server has started", &[("Uptime", "30")], &[("Uptime", "840")], false),
            (
                "STOP SLAVE in between",
                &[("Uptime", "900"), ("Com_stop_slave", "2")],
                &[("Uptime", "840"), ("Com_stop_slave", "1")],
                false,
            ),
            (
                "an earlier STOP SLAVE",
                &[("Uptime", "900"), ("Com_stop_slave", "2")],
                &[("Uptime", "840"), ("Com_stop_slave", "2")],
                true,
            ),
        ] {
            let facts = Facts::default().with::<StatusVariables>(Ok(status.iter().copied().collect()));
            let before = Before { age: Duration::from_secs(60), status: before.iter().copied().collect() };
            let input = Input { facts: &facts, before: Some(&before), settings: &Settings::default() };
            assert_eq!(input.unbroken().is_some(), unbroken, "{name}");
        }
    }
}
