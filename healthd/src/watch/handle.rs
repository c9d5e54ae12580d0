//! The handle of one server's prober: questions to what it published, and orders to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::{timeout, timeout_at};

use super::health::{Health, Latest};

/// How long a check waits for a running probe: HAProxy must get an answer, with a reason, before its own timeout.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// The handle of a prober. Dropping it ends the prober.
#[derive(Debug)]
pub(crate) struct ProberHandle {
    /// What the prober published.
    pub(super) health: watch::Receiver<Health>,
    /// Each change requests a probe that began at this moment or later. Dropping it ends the prober.
    pub(super) order: watch::Sender<Instant>,
    /// Whether replication positions are read: from the first question for the writer role on.
    pub(super) positions: Arc<AtomicBool>,
    /// The age above which an answer is too old for a verdict.
    pub(super) max_age: Duration,
}

impl ProberHandle {
    /// Every state that the prober publishes from now on.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Whether probes read replication positions.
    pub(crate) fn reads_positions(&self) -> bool {
        self.positions.load(Ordering::Relaxed)
    }

    /// Makes every further probe read replication positions. False if they do so already.
    pub(crate) fn begin_reading_positions(&self) -> bool {
        !self.positions.swap(true, Ordering::Relaxed)
    }

    /// The state, fresh enough for a verdict if possible, and the time at which it was so. An answer older than
    /// `max_age` requests a probe and waits for it, at most [`LONGEST_WAIT`].
    pub(crate) async fn fresh_health(&self) -> (Health, Instant) {
        let max_age = self.max_age;
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
        // The running probe is enough.
        self.order.send_modify(|_| {});
        let mut receiver = self.health.clone();
        // After a timeout, or when the prober has ended, the state is `stale` or `starting`.
        drop(timeout(LONGEST_WAIT, receiver.wait_for(|health| fresh(health, Instant::now()))).await);
        (self.health(), Instant::now())
    }

    /// Requests a probe that begins after `since`, and waits until it has ended or `deadline` has passed.
    pub(crate) async fn probe_since(&self, since: Instant, deadline: Instant) {
        self.order.send_modify(|wanted| *wanted = since.max(*wanted));
        let mut receiver = self.health.clone();
        let ended = receiver.wait_for(|health| match &health.latest {
            Latest::Answered { read, .. } => *read >= since,
            // Asking more often would not help.
            Latest::Failed { .. } => true,
            Latest::Starting => false,
        });
        // The caller sees from the time of the probe whether it was early enough.
        drop(timeout_at(deadline.into(), ended).await);
    }

    /// The state as it is now.
    pub(crate) fn health(&self) -> Health {
        self.health.borrow().clone()
    }
}
