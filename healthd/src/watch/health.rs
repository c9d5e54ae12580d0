//! What is known about one server.

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
        /// When the query was answered.
        at: Instant,
        /// How long that took.
        took: Duration,
        /// When the probe began that read the snapshot. A query may have been answered since.
        read: Instant,
    },
    /// A failure.
    Failed {
        /// Why.
        failure: Failure,
        /// Since when probes have been failing.
        since: Instant,
        /// When the last probe ended.
        at: Instant,
        /// The last answer before that, only while the server has no free connection for the probe.
        last_good: Option<EarlierAnswer>,
    },
}

/// An answer that is older than the last probe.
#[derive(Debug, Clone)]
pub(crate) struct EarlierAnswer {
    /// What was read.
    pub(crate) snapshot: Arc<Snapshot>,
    /// When the query was answered.
    pub(crate) at: Instant,
}

/// The state of one server; written by its prober alone.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    /// What was last learned.
    pub(crate) latest: Latest,
    /// The worst lag of the hold time.
    pub(crate) worst_lag: Lag,
    /// Flavor and version of the last answer.
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

    /// When the answer arrived on which verdicts are based.
    pub(crate) fn answered_at(&self) -> Option<Instant> {
        match &self.latest {
            Latest::Starting => None,
            Latest::Answered { at, .. } => Some(*at),
            Latest::Failed { last_good, .. } => last_good.as_ref().map(|answer| answer.at),
        }
    }

    /// How long the last probe took.
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
    pub(super) fn observation(&self, now: Instant) -> Observation<'_> {
        match &self.latest {
            Latest::Starting => Observation::Starting,
            Latest::Answered { snapshot, at, took, .. } => {
                Observation::Answered { snapshot, age: now.saturating_duration_since(*at), took: *took }
            }
            Latest::Failed { failure, since, last_good, .. } => Observation::Failed {
                failure,
                since: now.saturating_duration_since(*since),
                last_good: last_good.as_ref().map(|answer| LastGood {
                    snapshot: &answer.snapshot,
                    age: now.saturating_duration_since(answer.at),
                }),
            },
        }
    }
}
