//! One task per server: probes it, notices when the idle connection dies, and publishes the results.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use healthd_core::observed::failure::{Failure, Retry, Stage};
use healthd_core::verdict::lag::{Lag, LagWindow};
use healthd_mysql::login::target::Target;
use healthd_mysql::read::probe::{Answered, Budget, Link, Probed, probe};
use tokio::sync::{oneshot, watch};
use tokio::time::sleep_until;

use super::announce::Announcer;
use super::circumstances::CircumstanceSource;
use super::handle::ProberHandle;
use super::health::{EarlierAnswer, Health, Latest};
use crate::config::InstanceConfig;
use crate::counters::ProbeCounters;
use crate::supervise::{self, Restartable};
use crate::systemd::Heartbeat;

/// How long a new connection may take to a server that already counts as down. A waiting login costs a hung server
/// nothing and succeeds as soon as it continues; abandoned logins count towards `max_connect_errors` and get the host
/// blocked.
const PATIENCE: Duration = Duration::from_secs(5);
/// The first pause after a failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause when the server may be back at any moment.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause when only a person can fix the failure.
const LONGEST_SLOW_PAUSE: Duration = Duration::from_secs(5);
/// The shortest time between two probes, for a server that closes every connection at once.
const SHORTEST_CYCLE: Duration = Duration::from_millis(20);
/// The least time for the sections, even if `max_age` is smaller.
const SHORTEST_SECTIONS: Duration = Duration::from_millis(100);
/// How often a waiting prober feeds the watchdog.
const PET_EVERY: Duration = Duration::from_millis(500);

/// What a prober needs besides its configuration.
pub(crate) struct Surroundings {
    pub(crate) counters: ProbeCounters,
    pub(crate) heartbeat: Heartbeat,
    pub(crate) circumstances: CircumstanceSource,
    /// Whether replication positions are read from the start: they cost two statements a probe.
    pub(crate) positions: bool,
}

/// Starts watching a server. `before` is what was known of the same server under another configuration.
pub(crate) fn start(config: &InstanceConfig, before: Option<Health>, surroundings: Surroundings) -> ProberHandle {
    let starting = Health { latest: Latest::Starting, worst_lag: Lag::Known(Duration::ZERO), server: None };
    let (publish, health) = watch::channel(before.unwrap_or(starting));
    let (order, orders) = watch::channel(Instant::now());
    let positions = Arc::new(AtomicBool::new(surroundings.positions));
    let prober = Prober {
        positions: Arc::clone(&positions),
        window: LagWindow::new(config.lag_hold),
        with_positions: Arc::new(Target { positions: true, ..Target::clone(&config.target) }),
        config: config.clone(),
        publish,
        orders,
        epoch: Instant::now(),
        failures: 0,
        announcer: Announcer::default(),
        surroundings,
    };
    supervise::again(&format!("prober {}", config.name), prober);
    ProberHandle { health, order, positions, max_age: config.policy.max_age }
}

struct Prober {
    config: InstanceConfig,
    with_positions: Arc<Target>,
    positions: Arc<AtomicBool>,
    publish: watch::Sender<Health>,
    /// Each change asks for a probe, one that began at this moment or later; closed when the instance was dropped.
    orders: watch::Receiver<Instant>,
    window: LagWindow,
    /// The moment from which the window counts.
    epoch: Instant,
    /// Failed probes in a row.
    failures: u32,
    announcer: Announcer,
    surroundings: Surroundings,
}

impl Restartable for Prober {
    async fn run(&mut self) {
        let mut link = Link::default();
        let mut again = true;
        while again {
            let started = Instant::now();
            let Some(probed) = self.attempt(link, started).await else {
                return;
            };
            let failure = probed.result.as_ref().err().cloned();
            self.learn(probed.result, started);
            link = probed.link;
            again = self.rest(&link, started, failure.as_ref()).await;
        }
        link.quit(Instant::now() + Duration::from_millis(200)).await;
    }
}

impl Prober {
    /// One probe in a separate task, so that a panic of the driver stays there. Publishes `timeout` when the time is
    /// over, although a login may still be under way. `None` when the instance was dropped.
    async fn attempt(&mut self, link: Link, started: Instant) -> Option<Probed> {
        let timeout = self.config.timeout;
        let budget = Budget { started, timeout, patience: timeout.max(PATIENCE), sections: self.sections_budget() };
        let target = if self.positions.load(Ordering::Relaxed) {
            Arc::clone(&self.with_positions)
        } else {
            Arc::clone(&self.config.target)
        };
        let (answered, mut answer) = oneshot::channel();
        let mut task = tokio::spawn(async move { probe(link, &target, budget, answered).await });
        // A query that takes too long ends at the deadline by itself, and knows better what it waited for.
        let mut overdue_at = Some(started + timeout + Duration::from_millis(10));
        let mut answering = true;
        loop {
            self.surroundings.heartbeat.beat();
            let pet = Instant::now() + PET_EVERY;
            let wake = overdue_at.map_or(pet, |overdue_at| pet.min(overdue_at));
            tokio::select! {
                biased;
                ended = &mut task => return Some(Probed::of_task(ended)),
                at = &mut answer, if answering => {
                    answering = false;
                    if let Ok(at) = at {
                        overdue_at = None;
                        self.answered_again(started, at);
                    }
                },
                // A check that needs a fresher answer now gets the one of this probe.
                order = self.orders.changed() => if order.is_err() {
                    task.abort();
                    return None;
                },
                () = sleep_until(wake.into()) => if overdue_at.is_some_and(|overdue_at| Instant::now() >= overdue_at) {
                    // After a stall of this process the timer may be seen before what came in time.
                    tokio::task::yield_now().await;
                    if !task.is_finished() {
                        overdue_at = None;
                        self.publish_failure(Failure::Timeout { stage: Stage::Connect, after: timeout });
                    }
                },
            }
        }
    }

    /// How long the sections may take: those of the probe before must not get older than `max_age` meanwhile.
    fn sections_budget(&self) -> Duration {
        let max_age = self.config.policy.max_age;
        max_age.saturating_sub(self.config.interval).max(SHORTEST_SECTIONS).min(self.config.timeout)
    }

    /// Publishes that the real query was answered: what was read before holds until the sections are read again.
    fn answered_again(&self, started: Instant, at: Instant) {
        self.publish.send_if_modified(|health| match &mut health.latest {
            Latest::Answered { at: last, took, .. } => {
                (*last, *took) = (at, at.saturating_duration_since(started));
                true
            }
            Latest::Starting | Latest::Failed { .. } => false,
        });
    }

    /// Publishes the result of a probe, and counts it.
    fn learn(&mut self, result: Result<Answered, Failure>, started: Instant) {
        self.surroundings.counters.observe(result.as_ref().err(), started.elapsed());
        let Answered { snapshot, at } = match result {
            Ok(answered) => answered,
            Err(failure) => {
                self.failures = self.failures.saturating_add(1);
                self.publish_failure(failure);
                return;
            }
        };
        self.failures = 0;
        let lag = self.config.policy.lag_of(&snapshot);
        let server = snapshot.server.or(self.publish.borrow().server);
        let took = at.saturating_duration_since(started);
        let worst_lag = self.window.add(self.epoch.elapsed(), lag);
        let latest = Latest::Answered { snapshot: Arc::new(snapshot), at, took, read: started };
        self.publish_health(Health { latest, worst_lag, server });
    }

    fn publish_failure(&mut self, failure: Failure) {
        let now = Instant::now();
        let Health { latest, worst_lag, server } = self.publish.borrow().clone();
        let full = failure == Failure::TooManyConnections;
        let (since, last_good) = match latest {
            Latest::Starting => (now, None),
            Latest::Answered { snapshot, at, .. } => (now, Some(EarlierAnswer { snapshot, at })),
            // Only an unbroken run of "too many connections" lives on the answer before it.
            Latest::Failed { since, last_good, failure: before, .. } => {
                (since, last_good.filter(|_| before == failure))
            }
        };
        let last_good = last_good.filter(|_| full);
        self.publish_health(Health {
            latest: Latest::Failed { failure, since, at: now, last_good },
            worst_lag,
            server,
        });
    }

    /// Publishes first: a log that cannot be written must not delay an answer.
    fn publish_health(&mut self, health: Health) {
        self.publish.send_replace(health.clone());
        self.announcer.announce(&self.config, &health, &self.surroundings.circumstances.now());
    }

    /// Waits until the next probe is due, the connection dies, or a check needs a fresher answer. False when the
    /// instance was dropped.
    async fn rest(&mut self, link: &Link, started: Instant, failure: Option<&Failure>) -> bool {
        let now = Instant::now();
        let next = match failure {
            // A check needs an answer that the last probe was too early for.
            None if *self.orders.borrow_and_update() > started => now,
            None => (started + self.config.interval).max(now),
            Some(failure) => now + self.pause(failure),
        };
        let death = link.death();
        tokio::pin!(death);
        loop {
            self.surroundings.heartbeat.beat();
            let wake = next.min(Instant::now() + PET_EVERY);
            tokio::select! {
                () = &mut death => break,
                () = sleep_until(wake.into()) => if Instant::now() >= next {
                    break;
                },
                order = self.orders.changed() => match (order, failure) {
                    (Err(_), _) => return false,
                    (Ok(()), None) => break,
                    // After a failure the pause stands: asking more often would not help.
                    (Ok(()), Some(_)) => {}
                },
            }
        }
        sleep_until((started + SHORTEST_CYCLE).into()).await;
        true
    }

    fn pause(&self, failure: &Failure) -> Duration {
        let longest = match failure.retry() {
            Retry::Soon => LONGEST_PAUSE.min(self.config.interval),
            Retry::Slowly => LONGEST_SLOW_PAUSE,
        };
        let doublings = self.failures.saturating_sub(1).min(10);
        (FIRST_PAUSE * 2_u32.pow(doublings)).min(longest)
    }
}
