//! What a replication channel has received, and whether its source still speaks: beside what
//! [`Channel`](crate::observed::channel::Channel) says of its threads.

use std::time::Duration;

use super::values::Before;
use crate::observed::section::Section;

/// The status variables that count what stops receivers, under the names of all servers that keep no times of what they receive. A
/// `START` that finds one running is counted too, and changes nothing: a stop is what a real start needs.
pub const RECEIVER_STOPS: [&str; 3] = ["Com_slave_stop", "Com_stop_slave", "Com_stop_all_slaves"];

/// How a mark is called among the counters that are kept for the next run.
const KEPT_AS: &str = "received by channel ";

/// What a channel has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reception {
    /// The channel's own name; empty for the default one.
    pub channel: String,
    /// The source's `server_id`; `None` until the channel has reached it.
    pub source_id: Option<u32>,
    /// The filters that are set, each with its column's name: `Replicate_Do_DB shop`.
    pub filters: Vec<String>,
    /// How many transactions are received and not executed yet; `None` where the channel uses no GTIDs.
    pub gap: Option<u64>,
    /// Where it is in the source's log, and how many heartbeats it has had: it changes with whatever comes.
    pub mark: String,
    /// What is known of the source's heartbeats.
    pub signals: Section<Signals>,
}

/// What is known of a source's heartbeats, which it sends while it has nothing else to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signals {
    /// How long the source lets pass without an event before it sends one; `None` where it sends none.
    pub period: Option<Duration>,
    /// How long ago something came; `None` where the server keeps no time of it, or nothing has come yet.
    pub silent: Option<Duration>,
}

impl Signals {
    /// How much silence is too much: one heartbeat missing, with half of one and a second for the way. `None` where no
    /// heartbeats are sent: then silence says nothing.
    pub fn patience(&self) -> Option<Duration> {
        self.period.filter(|period| !period.is_zero()).map(|period| period + period / 2 + Duration::from_secs(1))
    }
}

impl Reception {
    /// Under which name the next run finds [`Reception::mark`].
    pub(crate) fn kept_as(&self) -> String {
        format!("{KEPT_AS}{}", self.channel)
    }

    /// For how long the source has been silent, where that is too long: by the server's own times, or, where it keeps none,
    /// because nothing has come since the run before; `before` is one after which no receiver was stopped.
    pub fn silent_for(&self, before: Option<&Before>) -> Option<Duration> {
        let signals = self.signals.as_ref().ok()?;
        let patience = signals.patience()?;
        let since_before = || {
            let before = before?;
            (before.status.text(&self.kept_as())? == self.mark).then_some(before.age)
        };
        signals.silent.or_else(since_before).filter(|silent| *silent > patience)
    }
}

/// A row of a heartbeat table, into which a source writes the time again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// Who wrote it.
    pub server_id: u32,
    /// How long ago, in milliseconds, by the clock of the server that is asked: negative where it is behind the writer's.
    pub age: i64,
}

/// A clock that is behind by less than this makes an age of 0; by more, times of another zone are compared.
const SKEW: i64 = 60_000;

impl Beat {
    /// Its age; `None` where it is of the future.
    pub fn age(&self) -> Option<Duration> {
        let age = if (-SKEW..0).contains(&self.age) { 0 } else { self.age };
        u64::try_from(age).ok().map(Duration::from_millis)
    }
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
            let reception = Reception {
                channel: "dc2".to_owned(),
                source_id: Some(1),
                filters: Vec::new(),
                gap: None,
                mark: "same".to_owned(),
                signals: Ok(Signals { period: millis(period), silent: millis(silent) }),
            };
            let before = before.map(|(age, mark)| Before {
                age: Duration::from_secs(age),
                status: [(reception.kept_as(), mark)].into_iter().collect(),
            });
            assert_eq!(reception.silent_for(before.as_ref()), millis(expected), "{name}");
            let unread = Reception { signals: Err(Unreadable::Refused { code: 1142 }), ..reception };
            assert_eq!(unread.silent_for(before.as_ref()), None, "{name}");
        }
    }

    #[test]
    fn a_beat_of_the_future_has_no_age_unless_the_clocks_are_near() {
        for (age, expected) in [(1_500, Some(1_500)), (0, Some(0)), (-60_000, Some(0)), (-60_001, None)] {
            let beat = Beat { server_id: 1, age };
            assert_eq!(beat.age().map(|age| age.as_millis()), expected);
        }
    }
}
