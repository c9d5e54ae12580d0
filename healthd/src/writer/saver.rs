//! Writes the state file. The newest state wins. Only a gain of the role, and orders that override a rule, wait for it.
//! A failed write is repeated.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::state_file::{self, Saved};
use crate::supervise::{self, Restartable};

/// How often a state is written at most, unless something waits for it: it changes with every commit.
const AT_MOST_EVERY: Duration = Duration::from_millis(500);
/// How long a gain or an order waits for the disk.
const ON_DISK_WITHIN: Duration = Duration::from_secs(1);

/// A state to be written.
#[derive(Debug, Clone)]
struct Job {
    saved: Arc<Saved>,
    /// Whether a gain or an order waits for it.
    urgent: bool,
}

/// Why a state is not on disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SaveError {
    /// Writing failed.
    #[error("{0}")]
    Failed(String),
    /// Writing takes too long.
    #[error("the disk does not answer")]
    Stuck,
    /// The task that writes has ended.
    #[error("the writer of the state has ended")]
    Ended,
}

/// The state that was written last.
#[derive(Debug, Clone)]
struct Written {
    saved: Arc<Saved>,
    /// Why it was not written after all.
    error: Option<SaveError>,
}

/// A handle to the task that writes one instance's file. The task ends, after the last write, with the last handle.
#[derive(Debug, Clone)]
pub(super) struct Saver {
    jobs: Arc<watch::Sender<Option<Job>>>,
    written: watch::Receiver<Option<Written>>,
    /// Whether a wait timed out, and nothing was written since.
    stuck: Arc<AtomicBool>,
}

impl Saver {
    /// Starts writing to a file.
    pub(super) fn start(file: PathBuf) -> Saver {
        let (jobs, orders) = watch::channel(None);
        let (publish, written) = watch::channel(None);
        let stuck = Arc::new(AtomicBool::new(false));
        let name = format!("saver {}", file.display());
        supervise::again(&name, Writing { file, jobs: orders, publish, stuck: Arc::clone(&stuck), failed: false });
        Saver { jobs: Arc::new(jobs), written, stuck }
    }

    /// Writes this state soon, unless a newer one comes.
    pub(super) fn lazily(&self, saved: Arc<Saved>) {
        self.jobs.send_replace(Some(Job { saved, urgent: false }));
    }

    /// Writes this state and waits until it is on disk.
    ///
    /// # Errors
    /// If it is not there in time.
    pub(super) async fn now(&self, saved: Arc<Saved>) -> Result<(), SaveError> {
        self.jobs.send_replace(Some(Job { saved: Arc::clone(&saved), urgent: true }));
        let mut written = self.written.clone();
        let this = |written: &Option<Written>| written.as_ref().is_some_and(|its| Arc::ptr_eq(&its.saved, &saved));
        match timeout(ON_DISK_WITHIN, written.wait_for(this)).await {
            Ok(Ok(written)) => written.as_ref().and_then(|its| its.error.clone()).map_or(Ok(()), Err),
            Ok(Err(_)) => Err(SaveError::Ended),
            Err(_) => {
                self.stuck.store(true, Ordering::Relaxed);
                Err(SaveError::Stuck)
            }
        }
    }

    /// Whether something waits for a state that is not on disk yet.
    pub(super) fn is_awaited(&self) -> bool {
        let jobs = self.jobs.borrow();
        let written = self.written.borrow();
        let is_written = |job: &Job| written.as_ref().is_some_and(|its| Arc::ptr_eq(&its.saved, &job.saved));
        jobs.as_ref().is_some_and(|job| job.urgent && !is_written(job))
    }

    /// Whether this is so in the state on disk; `None` as long as nothing was written.
    pub(super) fn on_disk(&self, is: impl Fn(&Saved) -> bool) -> Option<bool> {
        self.written.borrow().as_ref().map(|its| its.error.is_none() && is(&its.saved))
    }

    /// Why the last write failed, if it did.
    pub(super) fn failure(&self) -> Option<SaveError> {
        let failed = self.written.borrow().as_ref().and_then(|its| its.error.clone());
        failed.or_else(|| self.stuck.load(Ordering::Relaxed).then_some(SaveError::Stuck))
    }
}

/// The task that writes.
#[derive(Debug)]
struct Writing {
    file: PathBuf,
    jobs: watch::Receiver<Option<Job>>,
    publish: watch::Sender<Option<Written>>,
    stuck: Arc<AtomicBool>,
    /// Whether the last write failed. It is tried again without a new order.
    failed: bool,
}

impl Restartable for Writing {
    async fn run(&mut self) {
        let mut last = Instant::now();
        loop {
            let next = last + AT_MOST_EVERY;
            let open = tokio::select! {
                changed = self.jobs.changed() => changed.is_ok(),
                () = sleep_until(next), if self.failed => true,
            };
            if !open {
                return;
            }
            while !self.jobs.borrow().as_ref().is_some_and(|job| job.urgent) && Instant::now() < next {
                tokio::select! {
                    changed = self.jobs.changed() => if changed.is_err() {
                        // No newer state can come: the last one is written at once.
                        break;
                    },
                    () = sleep_until(next) => {}
                }
            }
            let Some(Job { saved, .. }) = self.jobs.borrow_and_update().clone() else {
                continue;
            };
            let (target, state) = (self.file.clone(), Arc::clone(&saved));
            let writing = tokio::task::spawn_blocking(move || state_file::write(&target, &state));
            let written = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)));
            last = Instant::now();
            self.learn(saved, written);
        }
    }
}

impl Writing {
    /// Logs that writing fails or works again, and publishes the result.
    fn learn(&mut self, saved: Arc<Saved>, written: io::Result<()>) {
        let file = self.file.display();
        match (&written, self.failed) {
            (Err(error), false) => tracing::error!(%file, %error, "the state of the writer role cannot be saved"),
            (Ok(()), true) => tracing::info!(%file, "the state of the writer role is saved again"),
            _ => {}
        }
        self.failed = written.is_err();
        if !self.failed {
            self.stuck.store(false, Ordering::Relaxed);
        }
        let error = written.err().map(|error| SaveError::Failed(error.to_string()));
        self.publish.send_replace(Some(Written { saved, error }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_state_is_awaited_until_it_is_on_disk() {
        let dir = std::env::temp_dir().join(format!("healthd-saver-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        let saver = Saver::start(dir.join("writer-m0.state"));
        assert!(!saver.is_awaited(), "nothing is written");
        saver.lazily(Arc::default());
        assert!(!saver.is_awaited(), "nothing waits for it");
        // Both are polled in this order.
        let (saved, awaited) = tokio::join!(saver.now(Arc::default()), async { saver.is_awaited() });
        assert!(awaited, "a gain waits for the disk");
        assert_eq!(saved, Ok(()));
        assert!(!saver.is_awaited(), "it is on disk");
        std::fs::remove_dir_all(&dir).expect("the directory of this test");
    }
}
