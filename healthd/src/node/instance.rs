//! One server as the daemon's other parts see it: what its prober published, and questions to that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use healthd_core::observed::failure::Failure;
use healthd_core::observed::server::Server;
use healthd_core::observed::snapshot::Snapshot;
use healthd_core::render::json::{self, InstanceJson, WriterJson};
use healthd_core::verdict::WriterView;
use healthd_core::verdict::gate::gates;
use healthd_core::verdict::lag::Lag;
use healthd_core::verdict::maintenance::Maintenance;
use healthd_core::verdict::role::Role;
use healthd_core::verdict::{Observation, Question, Verdict, decide};
use tokio::sync::watch;
use tokio::time::{timeout, timeout_at};

use crate::config::InstanceConfig;
use crate::watch::canary::{Canary, Known};
use crate::writer::Writer;

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
    /// What was last learnt.
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
                last_good: last_good.as_ref().map(|(snapshot, at)| (&**snapshot, now.saturating_duration_since(*at))),
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
    /// What the write canary showed, where one is configured.
    pub(crate) canary: Option<Arc<Known>>,
}

/// A server that is watched. Dropping the last handle ends its prober.
#[derive(Debug)]
pub(crate) struct Instance {
    /// How it is watched.
    pub(crate) config: InstanceConfig,
    pub(crate) health: watch::Receiver<Health>,
    /// Each change asks the prober for a probe that began at this moment or later; dropping it ends the prober.
    pub(crate) order: watch::Sender<Instant>,
    /// Whether replication positions are read: from the first question for the writer role on.
    pub(crate) positions: Arc<AtomicBool>,
    /// The writer role.
    pub(crate) writer: Writer,
    /// The write canary, where one is configured.
    pub(crate) canary: Option<Canary>,
}

impl Instance {
    /// The state, fresh enough for a verdict if that is possible, and the moment at which it was: an answer older than
    /// `max_age` asks for a probe and waits for it, at most [`LONGEST_WAIT`].
    pub(crate) async fn fresh_health(&self) -> (Health, Instant) {
        let max_age = self.config.policy.max_age;
        let fresh = |health: &Health, now: Instant| match &health.latest {
            Latest::Starting => false,
            Latest::Answered { at, .. } => now.saturating_duration_since(*at) <= max_age,
            // A failure does not age: the prober retries by itself, and asking more often would not help.
            Latest::Failed { .. } => true,
        };
        let (health, now) = (self.health(), Instant::now());
        if fresh(&health, now) {
            return (health, now);
        }
        // The probe in flight will do.
        self.order.send_modify(|_| {});
        let mut receiver = self.health.clone();
        // On a timeout, or when the prober ended, the state as it is says `stale` or `starting`.
        drop(timeout(LONGEST_WAIT, receiver.wait_for(|health| fresh(health, Instant::now()))).await);
        (self.health(), Instant::now())
    }

    /// Somebody asks for the writer role: positions are read from now on, the first time before the answer.
    pub(crate) async fn use_the_writer_role(&self) {
        if !self.positions.swap(true, Ordering::Relaxed) {
            let now = Instant::now();
            self.probe_since(now, now + LONGEST_WAIT).await;
            self.writer.has_read_since(now, now + LONGEST_WAIT).await;
        }
    }

    /// Asks for a probe that begins after `since`, and waits until it has ended or `deadline` is over.
    pub(crate) async fn probe_since(&self, since: Instant, deadline: Instant) {
        self.order.send_modify(|wanted| *wanted = since.max(*wanted));
        let mut receiver = self.health.clone();
        let ended = receiver.wait_for(|health| match &health.latest {
            Latest::Answered { read, .. } => *read >= since,
            // Asking more often would not help.
            Latest::Failed { .. } => true,
            Latest::Starting => false,
        });
        // Whoever asks sees by the probe's moment whether it came in time.
        drop(timeout_at(deadline.into(), ended).await);
    }

    /// The state as it is now.
    pub(crate) fn health(&self) -> Health {
        self.health.borrow().clone()
    }
}

/// Everything that verdicts on one server rest on, at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    /// How it is watched.
    pub(crate) config: &'a InstanceConfig,
    /// What is known.
    pub(crate) health: &'a Health,
    /// What else counts.
    pub(crate) around: &'a Circumstances,
    /// The moment.
    pub(crate) now: Instant,
    /// The writer role's part.
    pub(crate) writer: Option<&'a WriterView>,
}

impl<'a> View<'a> {
    /// The verdict for a role; `max_lag` is the request's, if it has one.
    pub(crate) fn verdict(&self, role: Role, max_lag: Option<Duration>) -> Verdict {
        decide(&self.question(role, max_lag))
    }

    /// The wire form with every role and gate.
    pub(crate) fn describe(&self, max_lag: Option<Duration>) -> InstanceJson {
        let verdicts = Role::ALL.into_iter().map(|role| {
            let question = self.question(role, max_lag);
            json::verdict(role, &decide(&question), &gates(&question))
        });
        let age = self.health.probed_at().map(|at| self.now.saturating_duration_since(at));
        InstanceJson {
            name: self.config.name.clone(),
            port: self.config.port,
            server: self.health.server.map(|server| server.to_string()),
            default_role: self.config.default_role.to_string(),
            age_seconds: age.map(json::seconds),
            probe_seconds: self.health.took().map(json::seconds),
            lag_seconds: self
                .health
                .snapshot()
                .and_then(|snapshot| self.config.policy.data_age(snapshot))
                .map(json::seconds),
            writer: self.writer.and_then(|writer| writer.epoch).map(|(epoch, holder)| WriterJson { epoch, holder }),
            verdicts: verdicts.collect(),
        }
    }

    fn question(&self, role: Role, max_lag: Option<Duration>) -> Question<'a> {
        let maintenance = self.around.maintenance.as_ref();
        Question {
            role,
            policy: &self.config.policy,
            max_lag: max_lag.unwrap_or(self.config.policy.max_lag),
            observation: self.health.observation(self.now),
            worst_lag: self.health.worst_lag,
            maintenance: maintenance.map(|entry| (entry, entry.remaining(SystemTime::now()))),
            stopping: self.around.stopping,
            canary: self.around.canary.as_ref().map(|known| known.seen(self.now)),
            writer: self.writer,
        }
    }
}
