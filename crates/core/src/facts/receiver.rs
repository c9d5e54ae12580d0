//! Replication channels: their threads, what their receivers have received, and whether their sources still send.

use std::time::Duration;

use super::fact::{Fact, Facts};
use super::values::Before;
use crate::observed::channel::Channel;
use crate::observed::section::Section;

/// Every replication channel, with the state of its threads.
#[derive(Debug)]
pub struct Channels;

impl Fact for Channels {
    type Value = Vec<Channel>;
    const NAME: &'static str = "the replication channels";
    const PRIVILEGE: Option<&'static str> =
        Some("`SLAVE MONITOR` (MariaDB 10.5 and later), `REPLICATION CLIENT` (MySQL, older MariaDB)");
}

/// The status variables that count stops of receivers, under the names of all servers that do not record when something
/// arrived. A `START` of a running receiver is counted too, and changes nothing: a real start needs a stop.
pub const RECEIVER_STOPS: [&str; 3] = ["Com_slave_stop", "Com_stop_slave", "Com_stop_all_slaves"];

/// The prefix of a receiver's position among the counters that are stored for the next run.
const KEPT_AS: &str = "received by channel ";

/// The status of a channel's receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverStatus {
    /// The channel's own name; empty for the default one.
    pub channel: String,
    /// The source's `server_id`; `None` until the channel has reached it.
    pub source_id: Option<u32>,
    /// The filters that are set, each with its column's name: `Replicate_Do_DB shop`.
    pub filters: Vec<String>,
    /// How many transactions are received and not executed yet; `None` where the channel uses no GTIDs.
    pub gap: Option<u64>,
    /// Its position in the source's log, and the number of heartbeats that it has received. It changes with everything
    /// that arrives.
    pub mark: String,
    /// What is known of the source's heartbeats.
    pub heartbeats: Section<Heartbeats>,
}

/// The receiver of every channel. A check that needs it also needs [`Channels`].
#[derive(Debug)]
pub struct Receivers;

impl Fact for Receivers {
    type Value = Vec<ReceiverStatus>;
    const NAME: &'static str = "the receiver status of the channels";
    // Without this privilege, only the source's heartbeats are unknown.
    const PRIVILEGE: Option<&'static str> =
        Some("`SELECT` on `performance_schema.*` for the source's heartbeats (MySQL 5.7 and later)");
}

/// What is known of a source's heartbeats, which it sends while it has nothing else to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heartbeats {
    /// After how long without an event the source sends a heartbeat; `None` if it sends none.
    pub period: Option<Duration>,
    /// How long ago something arrived; `None` if the server does not record that, or nothing has arrived yet.
    pub silent: Option<Duration>,
}

impl Heartbeats {
    /// After how long without anything from the source its heartbeat is overdue: one and a half periods, and a second
    /// for the way. `None` if no heartbeats are sent: then nothing follows.
    pub fn patience(&self) -> Option<Duration> {
        self.period.filter(|period| !period.is_zero()).map(|period| period + period / 2 + Duration::from_secs(1))
    }
}

impl ReceiverStatus {
    /// The name under which the next run finds [`ReceiverStatus::mark`].
    pub(crate) fn kept_as(&self) -> String {
        format!("{KEPT_AS}{}", self.channel)
    }

    /// How long the source has not been heard, if that is too long. It comes from the server's own times. If there are
    /// none, it is the time since the previous run, in which nothing has arrived. No receiver may have been stopped
    /// since `before`.
    pub fn silent_for(&self, before: Option<&Before>) -> Option<Duration> {
        let heartbeats = self.heartbeats.as_ref().ok()?;
        let patience = heartbeats.patience()?;
        let since_before = || {
            let before = before?;
            (before.status.text(&self.kept_as())? == self.mark).then_some(before.age)
        };
        heartbeats.silent.or_else(since_before).filter(|silent| *silent > patience)
    }
}

impl Facts {
    /// How far apart two runs should be to show that the source is unreachable: twice [`Heartbeats::patience`]. `None`
    /// if no earlier run is needed.
    pub fn lookback(&self) -> Option<Duration> {
        let heartbeats = self.receivers().filter_map(|receiver| receiver.heartbeats.as_ref().ok());
        let patience =
            heartbeats.filter(|heartbeats| heartbeats.silent.is_none()).filter_map(Heartbeats::patience).max();
        patience.map(|patience| 2 * patience)
    }

    /// The receivers, if they were requested and could be read.
    pub(crate) fn receivers(&self) -> impl Iterator<Item = &ReceiverStatus> {
        self.value::<Receivers>().into_iter().flatten()
    }
}

/// A row of a heartbeat table, into which a source writes the time repeatedly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeartbeatRow {
    /// The `server_id` of the server that wrote it.
    pub server_id: u32,
    /// Its age in milliseconds, by the clock of the server that was read. Negative if that clock is behind the
    /// writer's.
    pub age: i64,
}

/// A clock that is behind by less than this, in milliseconds, gives an age of 0. Behind by more, the times belong to
/// different time zones.
const SKEW: i64 = 60_000;

impl HeartbeatRow {
    /// Its age; `None` if its time is in the future.
    pub fn age(&self) -> Option<Duration> {
        let age = if (-SKEW..0).contains(&self.age) { 0 } else { self.age };
        u64::try_from(age).ok().map(Duration::from_millis)
    }
}

/// The rows of the heartbeat table that the settings of the check name. Not read if they name none.
#[derive(Debug)]
pub struct HeartbeatRows;

impl Fact for HeartbeatRows {
    type Value = Vec<HeartbeatRow>;
    const NAME: &'static str = "the heartbeat table";
    const PRIVILEGE: Option<&'static str> = Some("`SELECT` on the heartbeat table, if one is given");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observed::section::Unreadable;

    #[test]
    fn silence_is_told_by_times_or_by_two_runs_and_only_where_heartbeats_are_sent() {
        let millis = |millis: Option<u64>| millis.map(Duration::from_millis);
        for (name, period, silent, before, expected) in [
            ("a heartbeat has just come", Some(1_000), Some(900), None, None),
            ("one may be late", Some(1_000), Some(2_500), None, None),
            ("it is missing", Some(1_000), Some(2_501), None, Some(2_501)),
            ("no heartbeats are sent", None, Some(99_000), Some((99, "same")), None),
            ("a period of nothing", Some(0), Some(99_000), Some((99, "same")), None),
            ("no times, the first run", Some(1_000), None, None, None),
            ("no times, nothing has come", Some(1_000), None, Some((3, "same")), Some(3_000)),
            ("no times, two runs that are too close", Some(1_000), None, Some((2, "same")), None),
            ("no times, something has come", Some(1_000), None, Some((60, "other")), None),
            ("times count more than runs", Some(1_000), Some(100), Some((60, "same")), None),
        ] {
            let receiver = ReceiverStatus {
                channel: "dc2".to_owned(),
                source_id: Some(1),
                filters: Vec::new(),
                gap: None,
                mark: "same".to_owned(),
                heartbeats: Ok(Heartbeats { period: millis(period), silent: millis(silent) }),
            };
            let before = before.map(|(age, mark)| Before {
                age: Duration::from_secs(age),
                status: [(receiver.kept_as(), mark)].into_iter().collect(),
            });
            assert_eq!(receiver.silent_for(before.as_ref()), millis(expected), "{name}");
            let unread = ReceiverStatus { heartbeats: Err(Unreadable::Refused { code: 1142 }), ..receiver };
            assert_eq!(unread.silent_for(before.as_ref()), None, "{name}");
        }
    }

    #[test]
    fn a_heartbeat_row_of_the_future_has_no_age_unless_the_clocks_are_near() {
        for (age, expected) in [(1_500, Some(1_500)), (0, Some(0)), (-60_000, Some(0)), (-60_001, None)] {
            let row = HeartbeatRow { server_id: 1, age };
            assert_eq!(row.age().map(|age| age.as_millis()), expected);
        }
    }
}
