//! The write canary of one server, if one is configured. It is a separate task: no check and no probe waits for it. It
//! writes only after a check was answered 200 for the writer role.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use healthd_core::observed::canary::{self, CanaryFault};
use healthd_core::observed::failure::Failure;
use healthd_core::position::standing::Standing;
use healthd_mysql::login::target::Target;
use healthd_mysql::write::canary::{Canary as Written, CanaryConnection, write};
use tokio::sync::watch;
use tokio::time::sleep_until;

use super::health::{Health, Latest};
use crate::config::{CanaryConfig, InstanceConfig};
use crate::counters::CanaryCounters;
use crate::supervise::{self, Restartable};

/// The shortest time between two writes.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);
/// How soon after a 200 the canary must be sent: a node that has given the role away must not write, and that takes
/// longer.
const SEND_WITHIN: Duration = Duration::from_secs(1);
/// How much longer than the semi-sync timeout a commit may take: waiting for a dead replica is not a failure.
const AFTER_SEMI_SYNC: Duration = Duration::from_secs(1);

/// What is known of the canary.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    last: Last,
    /// When the last one was committed, by the wall's clock.
    pub(crate) written: Option<SystemTime>,
}

#[derive(Debug, Clone, Default)]
enum Last {
    #[default]
    Untried,
    Written {
        at: Instant,
        took: Duration,
    },
    Impossible(Failure),
    Failed {
        fault: CanaryFault,
        at: Instant,
    },
}

impl Known {
    /// What core judges, at `now`.
    pub(crate) fn seen(&self, now: Instant) -> canary::CanaryState<'_> {
        let since = |at: Instant| now.saturating_duration_since(at);
        match &self.last {
            Last::Untried => canary::CanaryState::Untried,
            Last::Written { at, took } => canary::CanaryState::Written { age: since(*at), took: *took },
            Last::Impossible(failure) => canary::CanaryState::Impossible { failure },
            Last::Failed { fault, at } => canary::CanaryState::Failed { fault, age: since(*at) },
        }
    }
}

/// A handle of the task; dropping it ends the task.
#[derive(Debug)]
pub(crate) struct CanaryHandle {
    orders: watch::Sender<Instant>,
    known: watch::Receiver<Arc<Known>>,
}

impl CanaryHandle {
    /// Starts the task of a server that has one configured.
    pub(crate) fn start(
        config: &InstanceConfig,
        health: watch::Receiver<Health>,
        counters: CanaryCounters,
    ) -> Option<CanaryHandle> {
        let plan = config.canary.clone()?;
        let (orders, ordered) = watch::channel(Instant::now());
        let (publish, known) = watch::channel(Arc::default());
        let (target, instance) = (Arc::clone(&config.target), config.name.clone());
        let task = Task { plan, target, instance, health, ordered, publish, counters };
        supervise::again(&format!("canary {}", config.name), task);
        Some(CanaryHandle { orders, known })
    }

    /// A check was answered 200 for the writer role just now.
    pub(crate) fn served(&self) {
        self.orders.send_replace(Instant::now());
    }

    /// What is known, and every change of it.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<Known>> {
        self.known.clone()
    }
}

struct Task {
    plan: CanaryConfig,
    target: Arc<Target>,
    instance: String,
    health: watch::Receiver<Health>,
    ordered: watch::Receiver<Instant>,
    publish: watch::Sender<Arc<Known>>,
    counters: CanaryCounters,
}

impl Restartable for Task {
    async fn run(&mut self) {
        let mut connection = CanaryConnection::default();
        // A 200 before this moment may no longer be true.
        self.ordered.mark_unchanged();
        while self.ordered.changed().await.is_ok() {
            let (began, ordered) = (Instant::now(), *self.ordered.borrow_and_update());
            // After a pause of this process the 200 may no longer be true.
            let send_by = ordered + SEND_WITHIN;
            if began > send_by {
                continue;
            }
            let within = self.patience();
            let (target, statement) = (Arc::clone(&self.target), self.plan.statement.clone());
            // In a separate task, because the driver panics on some packets.
            let writing = tokio::spawn(async move { write(connection, &target, &statement, within, send_by).await });
            let (kept, written) =
                writing.await.unwrap_or_else(|_| (CanaryConnection::default(), Written::Impossible(Failure::Broken)));
            connection = kept;
            self.learn(written);
            sleep_until((began + AT_MOST_EVERY).into()).await;
            self.ordered.mark_unchanged();
        }
        connection.leave().await;
    }
}

impl Task {
    /// How long the next one may take: at least as long as commits wait for a replica.
    fn patience(&self) -> Duration {
        let health = self.health.borrow();
        let source = health.snapshot().and_then(|snapshot| match &snapshot.standing {
            Some(Ok(Standing { semisync, .. })) => semisync.source,
            _ => None,
        });
        match source.filter(|source| source.on) {
            Some(source) => self.plan.timeout.max(source.timeout.saturating_add(AFTER_SEMI_SYNC)),
            None => self.plan.timeout,
        }
    }

    fn learn(&mut self, written: Written) {
        let at = Instant::now();
        let failing = match &self.health.borrow().latest {
            Latest::Failed { failure, .. } => Some(failure.clone()),
            Latest::Answered { .. } | Latest::Starting => None,
        };
        let before = self.publish.borrow().clone();
        let mut known = Known::clone(&before);
        known.last = match (written, failing) {
            (Written::Written(took), _) => {
                known.written = Some(SystemTime::now());
                Last::Written { at, took }
            }
            // The prober reports a server that does not answer at all.
            (Written::Failed(CanaryFault::Hangs { .. }), Some(failure)) => Last::Impossible(failure),
            (Written::Failed(fault), _) => Last::Failed { fault, at },
            (Written::Impossible(failure), _) => Last::Impossible(failure),
        };
        self.counters.observe(known.last.result());
        // Before the log: one that cannot be written must not delay an answer.
        self.publish.send_replace(Arc::new(known.clone()));
        if before.last.result() != known.last.result() {
            self.tell(&known.last);
        }
    }

    fn tell(&self, last: &Last) {
        let instance = &self.instance;
        match last {
            Last::Untried => {}
            Last::Written { took, .. } => tracing::info!(%instance, ?took, "write canary committed"),
            Last::Impossible(failure) => tracing::warn!(%instance, %failure, "write canary cannot be tried"),
            Last::Failed { fault, .. } => tracing::error!(%instance, %fault, "write canary failed"),
        }
    }
}

impl Last {
    /// The label in metrics.
    fn result(&self) -> &'static str {
        match self {
            Last::Untried => "untried",
            Last::Written { .. } => "written",
            Last::Impossible(_) => "impossible",
            Last::Failed { fault: CanaryFault::Refused { .. }, .. } => "failed",
            Last::Failed { fault: CanaryFault::Hangs { .. }, .. } => "hangs",
        }
    }
}

#[cfg(test)]
mod tests {
    use healthd_core::verdict::lag::Lag;
    use healthd_mysql::login::address::Address;
    use healthd_mysql::login::credentials::Credentials;
    use tokio::time::timeout;

    use super::*;
    use crate::counters::Counters;

    #[tokio::test]
    async fn a_canary_that_panicked_writes_again() {
        let health = Health { latest: Latest::Starting, worst_lag: Lag::Unknown, server: None };
        let (orders, ordered) = watch::channel(Instant::now());
        let (publish, mut known) = watch::channel(Arc::default());
        let target = Target {
            // No socket is there: each try ends at once.
            address: Address::Unix("/nonexistent/mysqld.sock".into()),
            extra_port: None,
            credentials: Credentials::from_options(&[]).expect("no options"),
            query: "SELECT 1".to_owned(),
            heartbeat_query: None,
            positions: false,
        };
        let task = Task {
            plan: CanaryConfig { statement: "DO 1".to_owned(), timeout: AT_MOST_EVERY },
            target: Arc::new(target),
            instance: "m0".to_owned(),
            health: watch::channel(health).1,
            ordered,
            publish,
            counters: Counters::new().of_canary("m0"),
        };
        supervise::again("canary m0", task);
        tokio::task::yield_now().await;
        // Adding a second to the last moment that there is panics.
        orders.send_replace(last_moment());
        let panicked = Instant::now();
        let served_again = async {
            while timeout(Duration::from_millis(50), known.changed()).await.is_err() {
                orders.send_replace(Instant::now());
            }
        };
        timeout(Duration::from_secs(20), served_again).await.expect("a 200 makes it try again");
        assert!(matches!(known.borrow().last, Last::Impossible(_)));
        assert!(panicked.elapsed() > Duration::from_millis(500), "without a panic there is no pause");
    }

    /// The last moment that can be represented, to the second.
    fn last_moment() -> Instant {
        (0..63).rev().fold(Instant::now(), |at, bit| at.checked_add(Duration::from_secs(1 << bit)).unwrap_or(at))
    }
}
