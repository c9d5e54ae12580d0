//! What is known of one server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use healthd_core::observed::failure::Failure;
use healthd_core::observed::server::Server;
use healthd_core::observed::snapshot::Snapshot;
use healthd_core::verdict::lag::Lag;
use healthd_core::verdict::{LastGood, Observation};

/// What the prober last learned.
#[derive(Debug, Clone)]
pub(crate) enum Latest {
    /// Nothing yet.
    Starting,
    /// An answer.
    Answered {
        /// What was read.
        snapshot: Arc<Snapshot>,
        /// When the real query was answered.
        at: Instant,
        /// How long that took.
        took: Duration,
        /// When the probe began that read the snapshot; a query may have been answered since.
        read: Instant,
    },
    /// None.
    Failed {
        /// Why.
        failure: Failure,
        /// When the failing began.
        since: Instant,
        /// When the last probe ended.
        at: Instant,
        /// The answer just before, and when it came; only while there is no connection left for the probe.
        last_good: Option<(Arc<Snapshot>, Instant)>,
    },
}

/// The state of one server; written by its prober alone.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    /// What was last learned.
    pub(crate) latest: Latest,
    /// The worst lag of the hold time.
    pub(crate) worst_lag: Lag,
    /// What answered last, for people.
    pub(crate) server: Option<Server>,
}

impl Health {
    /// When the last probe ended.
    pub(crate) fn probed_at(&self) -> Option<Instant> {
        match &self.latest {
            Latest::Starting => None,
            Latest::Answered { at, .. } | Latest::Failed { at, .. } => Some(*at),
        }
    }

    /// When the answer came that verdicts rest on.
    pub(crate) fn answered_at(&self) -> Option<Instant> {
        match &self.latest {
            Latest::Starting => None,
            Latest::Answered { at, .. } => Some(*at),
            Latest::Failed { last_good, .. } => last_good.as_ref().map(|(_, at)| *at),
        }
    }

    /// How long the last probe took to be answered.
    pub(crate) fn took(&self) -> Option<Duration> {
        match &self.latest {
            Latest::Answered { took, .. } => Some(*took),
            Latest::Starting | Latest::Failed { .. } => None,
        }
    }

    /// What the last probe read.
    pub(crate) fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        match &self.latest {
            Latest::Answered { snapshot, .. } => Some(snapshot),
            Latest::Starting | Latest::Failed { .. } => None,
        }
    }

    /// What core judges, at `now`.
    pub(crate) fn observation(&self, now: Instant) -> Observation<'_> {
        match &self.latest {
            Latest::Starting => Observation::Starting,
            Latest::Answered { snapshot, at, took, .. } => {
                Observation::Answered { snapshot, age: now.saturating_duration_since(*at), took: *took }
            }
            Latest::Failed { failure, since, last_good, .. } => Observation::Failed {
                failure,
                since: now.saturating_duration_since(*since),
                last_good: last_good
                    .as_ref()
                    .map(|(snapshot, at)| LastGood { snapshot, age: now.saturating_duration_since(*at) }),
            },
        }
    }
}
