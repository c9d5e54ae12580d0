//! Notifications to systemd, and the sockets that it passes.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// Sends a state. Without systemd this does nothing.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd could not be notified");
    }
}

/// Reports that the daemon answers.
pub(crate) fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(&healthd_core::text::clean::one_line(status, 200))]);
}

/// Reports that the configuration is being reloaded.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(_) => notify(&[NotifyState::Reloading]),
    }
}

/// Reports that the daemon is stopping.
pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// Feeds systemd's watchdog while the loop of every prober runs. A separate timer alone would feed it while they hang.
#[derive(Debug)]
pub(crate) struct Watchdog {
    interval: Option<Duration>,
    epoch: Instant,
    inner: Mutex<Beats>,
}

#[derive(Debug)]
struct Beats {
    probers: Vec<Weak<AtomicU64>>,
    fed: Instant,
}

/// The heartbeat of one prober.
#[derive(Debug, Clone)]
pub(crate) struct Heartbeat {
    watchdog: Arc<Watchdog>,
    last: Arc<AtomicU64>,
}

impl Watchdog {
    pub(crate) fn new() -> Arc<Watchdog> {
        let epoch = Instant::now();
        let inner = Mutex::new(Beats { probers: Vec::new(), fed: epoch });
        Arc::new(Watchdog { interval: sd_notify::watchdog_enabled(), epoch, inner })
    }

    /// Adds a prober until its heartbeat is dropped.
    pub(crate) fn heartbeat(self: &Arc<Watchdog>) -> Heartbeat {
        let last = Arc::new(AtomicU64::new(self.now()));
        self.lock().probers.push(Arc::downgrade(&last));
        Heartbeat { watchdog: Arc::clone(self), last }
    }

    /// Sends heartbeats while the runtime runs tasks, because without an instance there is no prober to do it. Never
    /// ends.
    pub(crate) async fn beat_for_the_runtime(self: Arc<Watchdog>) {
        let Some(interval) = self.interval else {
            return;
        };
        let heartbeat = self.heartbeat();
        loop {
            heartbeat.beat();
            tokio::time::sleep(interval / 4).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Beats> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Heartbeat {
    /// Reports that the loop of this prober runs.
    pub(crate) fn beat(&self) {
        let Some(interval) = self.watchdog.interval else {
            return;
        };
        let now = self.watchdog.now();
        self.last.store(now, Ordering::Relaxed);
        let mut beats = self.watchdog.lock();
        if beats.fed.elapsed() < interval / 4 {
            return;
        }
        beats.probers.retain(|prober| prober.strong_count() > 0);
        let oldest = now.saturating_sub(u64::try_from(interval.as_millis() / 2).unwrap_or(u64::MAX));
        let turning =
            |prober: &Weak<AtomicU64>| prober.upgrade().is_none_or(|last| last.load(Ordering::Relaxed) >= oldest);
        if beats.probers.iter().all(turning) {
            beats.fed = Instant::now();
            notify(&[NotifyState::Watchdog]);
        }
    }
}

/// A listening socket that systemd passed.
#[derive(Debug)]
pub(crate) struct Inherited {
    /// Its address.
    pub(crate) address: SocketAddr,
    /// The socket.
    pub(crate) listener: TcpListener,
}

/// The listening sockets that systemd passed.
pub(crate) fn inherited_listeners() -> Vec<Inherited> {
    let descriptors = match sd_notify::listen_fds() {
        Ok(descriptors) => descriptors,
        Err(error) => {
            tracing::warn!(%error, "cannot take over the sockets of systemd");
            return Vec::new();
        }
    };
    let mut listeners = Vec::new();
    for descriptor in descriptors {
        #[expect(unsafe_code, reason = "socket activation hands over raw numbers")]
        // SAFETY: LISTEN_PID names this process, so the descriptor is ours and open; it is taken once, at start.
        let owned = unsafe { OwnedFd::from_raw_fd(descriptor) };
        let listener = TcpListener::from(owned);
        match listener.local_addr() {
            Ok(address) => listeners.push(Inherited { address, listener }),
            Err(error) => tracing::warn!(%error, "an inherited descriptor is not a TCP socket"),
        }
    }
    listeners
}
