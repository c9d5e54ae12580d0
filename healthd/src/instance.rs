//! One server as the daemon's other parts see it: what its prober published, and questions to that.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use healthd_core::failure::Failure;
use healthd_core::gate::{Gate, gates};
use healthd_core::lag::Lag;
use healthd_core::maintenance::Maintenance;
use healthd_core::render::json::{self, InstanceJson};
use healthd_core::role::Role;
use healthd_core::snapshot::Snapshot;
use healthd_core::verdict::{Observation, Question, Verdict, decide};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::config::InstanceConfig;

/// How long a check waits for the probe in flight: HAProxy must get an answer, and a reason, before its own timeout.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// What the prober last learnt.
#[derive(Debug, Clone)]
pub(crate) enum Latest {
    /// Nothing yet.
    Starting,
    /// An answer.
    Answered {
        /// What was read.
        snapshot: Arc<Snapshot>,
        /// When the probe ended.
        at: Instant,
        /// How long it took.
        took: Duration,
    },
    /// None.
    Failed {
        /// Why.
        failure: Failure,
        /// When the failing began.
        since: Instant,
        /// When the last probe ended.
        at: Instant,
        /// The answer just before.
        last_good: Option<Arc<Snapshot>>,
    },
}

/// The state of one server; written by its prober alone.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    /// What was last learnt.
    pub(crate) latest: Latest,
    /// The worst lag of the hold time.
    pub(crate) worst_lag: Lag,
}

impl Health {
    /// When the last probe ended.
    pub(crate) fn probed_at(&self) -> Option<Instant> {
        match &self.latest {
            Latest::Starting => None,
            Latest::Answered { at, .. } | Latest::Failed { at, .. } => Some(*at),
        }
    }

    /// The snapshot that verdicts rest on, or rested on.
    pub(crate) fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        match &self.latest {
            Latest::Starting => None,
            Latest::Answered { snapshot, .. } => Some(snapshot),
            Latest::Failed { last_good, .. } => last_good.as_ref(),
        }
    }

    /// What core judges, at `now`.
    pub(crate) fn observation(&self, now: Instant) -> Observation<'_> {
        match &self.latest {
            Latest::Starting => Observation::Starting,
            Latest::Answered { snapshot, at, took } => {
                Observation::Answered { snapshot, age: now.saturating_duration_since(*at), took: *took }
            }
            Latest::Failed { failure, since, last_good, .. } => Observation::Failed {
                failure,
                since: now.saturating_duration_since(*since),
                last_good: last_good.as_deref(),
            },
        }
    }
}

/// What a verdict depends on besides the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Circumstances {
    /// The maintenance entry that holds now.
    pub(crate) maintenance: Option<Maintenance>,
    /// Whether the daemon is in its stop grace.
    pub(crate) stopping: bool,
}

/// A server that is watched. Dropping the last handle ends its prober.
#[derive(Debug)]
pub(crate) struct Instance {
    /// How it is watched.
    pub(crate) config: InstanceConfig,
    pub(crate) health: watch::Receiver<Health>,
    /// Each change asks the prober for a probe; dropping it ends the prober.
    pub(crate) order: watch::Sender<()>,
}

impl Instance {
    /// The state, fresh enough for a verdict if that is possible: an answer older than `max_age` asks for a probe and
    /// waits for it, at most [`LONGEST_WAIT`].
    pub(crate) async fn fresh_health(&self) -> Health {
        let max_age = self.config.policy.max_age;
        let fresh = |health: &Health| match &health.latest {
            Latest::Starting => false,
            Latest::Answered { at, .. } => at.elapsed() <= max_age,
            // A failure does not age: the prober retries by itself, and asking more often would not help.
            Latest::Failed { .. } => true,
        };
        let health = self.health();
        if fresh(&health) {
            return health;
        }
        self.order.send_replace(());
        let mut receiver = self.health.clone();
        // On a timeout, or when the prober ended, the state as it is says `stale` or `starting`.
        drop(timeout(LONGEST_WAIT, receiver.wait_for(|health| fresh(health))).await);
        self.health()
    }

    /// The state as it is now.
    pub(crate) fn health(&self) -> Health {
        self.health.borrow().clone()
    }

    /// Calls `judge` with the question for a role.
    pub(crate) fn with_question<T>(
        &self,
        health: &Health,
        circumstances: &Circumstances,
        role: Role,
        max_lag: Option<Duration>,
        judge: impl FnOnce(&Question<'_>) -> T,
    ) -> T {
        with_question(&self.config, health, circumstances, role, max_lag, judge)
    }

    /// The verdict for a role.
    pub(crate) fn verdict(
        &self,
        health: &Health,
        around: &Circumstances,
        role: Role,
        max_lag: Option<Duration>,
    ) -> Verdict {
        self.with_question(health, around, role, max_lag, decide)
    }
}

/// Builds the question for a role and hands it to `judge`.
pub(crate) fn with_question<T>(
    config: &InstanceConfig,
    health: &Health,
    circumstances: &Circumstances,
    role: Role,
    max_lag: Option<Duration>,
    judge: impl FnOnce(&Question<'_>) -> T,
) -> T {
    let maintenance = circumstances.maintenance.as_ref().map(|entry| (entry, entry.remaining(SystemTime::now())));
    judge(&Question {
        role,
        policy: &config.policy,
        max_lag: max_lag.unwrap_or(config.policy.max_lag),
        observation: health.observation(Instant::now()),
        worst_lag: health.worst_lag,
        maintenance,
        stopping: circumstances.stopping,
    })
}

/// The wire form with every role and gate.
pub(crate) fn describe(
    config: &InstanceConfig,
    health: &Health,
    circumstances: &Circumstances,
    max_lag: Option<Duration>,
) -> InstanceJson {
    let verdicts = Role::ALL.into_iter().map(|role| {
        with_question(config, health, circumstances, role, max_lag, |question| {
            let gates: Vec<Gate<'_>> = gates(question);
            json::verdict(role, &decide(question), &gates)
        })
    });
    InstanceJson {
        name: config.name.clone(),
        port: config.port,
        server: health.snapshot().map(|snapshot| snapshot.server.to_string()),
        default_role: config.default_role.to_string(),
        age_seconds: health.probed_at().map(|at| json::seconds(at.elapsed())),
        verdicts: verdicts.collect(),
    }
}
