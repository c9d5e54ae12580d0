//! A question about an instance, with everything that the answer depends on.

use std::time::Duration;

use crate::observed::canary::CanaryState;
use crate::observed::channel::Channel;
use crate::observed::failure::Failure;
use crate::observed::snapshot::Snapshot;
use crate::verdict::lag::Lag;
use crate::verdict::maintenance::Maintenance;
use crate::verdict::role::Role;
use crate::verdict::writer::WriterView;

/// The operator's limits for one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// An older answer does not count.
    pub max_age: Duration,
    /// The lag that the reader role allows unless the request says otherwise.
    pub max_lag: Duration,
    /// Whether a Galera donor may serve.
    pub allow_donor: bool,
    /// Channels that the reader role leaves out, by label.
    pub ignore_channels: Vec<String>,
    /// How long an instance that was up stays up when it has no connection left for the probe.
    pub overload_grace: Duration,
}

impl Policy {
    /// Whether the reader role leaves this channel out. Group Replication's own channels are judged by the member's
    /// state, not as replication channels.
    pub fn ignores(&self, channel: &Channel) -> bool {
        channel.name.starts_with("group_replication_")
            || self.ignore_channels.iter().any(|name| name == channel.label())
    }

    /// The age of the data of a snapshot, if it replicates and the age is known.
    pub fn data_age(&self, snapshot: &Snapshot) -> Option<Duration> {
        let counts = |channels: &Vec<Channel>| channels.iter().any(|channel| !self.ignores(channel));
        let replicates = snapshot.heartbeat.is_some() || snapshot.channels.as_ref().is_ok_and(counts);
        match self.lag_of(snapshot) {
            Lag::Known(lag) if replicates => Some(lag),
            Lag::Known(_) | Lag::Unknown => None,
        }
    }

    /// The worst lag of a snapshot over the channels that count, for the [`crate::verdict::lag::LagWindow`].
    pub fn lag_of(&self, snapshot: &Snapshot) -> Lag {
        let channels = match &snapshot.channels {
            Ok(channels) => channels.as_slice(),
            Err(_) => return Lag::Unknown,
        };
        let channel_lag = |channel: &Channel| match (channel.fault(), channel.staleness()) {
            (None, Some(staleness)) => Lag::Known(staleness),
            _ => Lag::Unknown,
        };
        let heartbeat = snapshot.heartbeat.as_ref().map(|age| match age {
            Ok(age) => Lag::Known(*age),
            Err(_) => Lag::Unknown,
        });
        channels
            .iter()
            .filter(|channel| !self.ignores(channel))
            .map(channel_lag)
            .chain(heartbeat)
            .max()
            .unwrap_or(Lag::Known(Duration::ZERO))
    }
}

/// What is known about an instance at the moment of the question.
#[derive(Debug, Clone, Copy)]
pub enum Observation<'a> {
    /// Nothing yet.
    Starting,
    /// The last probe was answered.
    Answered {
        /// What it read.
        snapshot: &'a Snapshot,
        /// How long ago it ended.
        age: Duration,
        /// How long it took.
        took: Duration,
    },
    /// The last probe failed.
    Failed {
        /// Why it failed.
        failure: &'a Failure,
        /// For how long the instance has been failing.
        since: Duration,
        /// The last answer before that, if there was one.
        last_good: Option<LastGood<'a>>,
    },
}

/// The answer before a failure.
#[derive(Debug, Clone, Copy)]
pub struct LastGood<'a> {
    /// What it read.
    pub snapshot: &'a Snapshot,
    /// How long ago it ended.
    pub age: Duration,
}

/// A maintenance entry that holds now.
#[derive(Debug, Clone, Copy)]
pub struct CurrentMaintenance<'a> {
    /// The entry.
    pub entry: &'a Maintenance,
    /// How long it still lasts; `None` if it has no end.
    pub remaining: Option<Duration>,
}

/// Everything that a verdict depends on.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The role asked for.
    pub role: Role,
    /// The instance's limits.
    pub policy: &'a Policy,
    /// The request's limit, or the policy's.
    pub max_lag: Duration,
    /// What is known.
    pub observation: Observation<'a>,
    /// The worst lag of the hold time.
    pub worst_lag: Lag,
    /// The maintenance entry that holds now.
    pub maintenance: Option<CurrentMaintenance<'a>>,
    /// Whether the daemon is in its stop grace.
    pub stopping: bool,
    /// What the write canary showed, where one is configured.
    pub canary: Option<CanaryState<'a>>,
    /// What the writer role's state machine found; without it, only the server's own gates are judged.
    pub writer: Option<&'a WriterView>,
}
