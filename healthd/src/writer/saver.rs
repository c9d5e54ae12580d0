//! Writing the state file: the newest state wins, a gain is waited for, nothing else is. What could not be written is tried
//! again.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::state_file::{self, Saved};

/// How often a state that nobody waits for is written at most: it changes with every commit.
const AT_MOST_EVERY: Duration = Duration::from_millis(500);
/// How long a gain waits for the disk.
const GAIN_WITHIN: Duration = Duration::from_secs(1);

/// A state to be written.
#[derive(Debug, Clone)]
struct Job {
    saved: Arc<Saved>,
    /// Whether somebody waits.
    urgent: bool,
}

/// The state that was written last, or why it was not.
type Written = Option<(Arc<Saved>, Option<String>)>;

/// A handle to the task that writes one instance's file. The task ends, after the last write, with the last handle.
#[derive(Debug, Clone)]
pub(super) struct Saver {
    jobs: Arc<watch::Sender<Option<Job>>>,
    written: watch::Receiver<Written>,
    /// Whether a gain has waited in vain and nothing was written since.
    stuck: Arc<AtomicBool>,
}

impl Saver {
    /// Starts writing to a file.
    pub(super) fn start(file: PathBuf) -> Saver {
        let (jobs, orders) = watch::channel(None);
        let (publish, written) = watch::channel(None);
        let stuck = Arc::new(AtomicBool::new(false));
        super::start::guard(tokio::spawn(run(file, orders, publish, Arc::clone(&stuck))));
        Saver { jobs: Arc::new(jobs), written, stuck }
    }

    /// Writes this state some time, unless a newer one comes.
    pub(super) fn lazily(&self, saved: Arc<Saved>) {
        self.jobs.send_replace(Some(Job { saved, urgent: false }));
    }

    /// Writes this state and waits until it is on disk.
    ///
    /// # Errors
    /// When it is not there in time.
    pub(super) async fn now(&self, saved: Arc<Saved>) -> Result<(), String> {
        self.jobs.send_replace(Some(Job { saved: Arc::clone(&saved), urgent: true }));
        let mut written = self.written.clone();
        let this = |written: &Written| written.as_ref().is_some_and(|(state, _)| Arc::ptr_eq(state, &saved));
        match timeout(GAIN_WITHIN, written.wait_for(this)).await {
            Ok(Ok(written)) => match written.as_ref().and_then(|(_, error)| error.clone()) {
                None => Ok(()),
                Some(error) => Err(error),
            },
            Ok(Err(_)) => Err("the writer of the state has ended".to_owned()),
            Err(_) => {
                self.stuck.store(true, Ordering::Relaxed);
                Err("the disk does not answer".to_owned())
            }
        }
    }

    /// Whether this was so in the state that is on the disk; `None` as long as nothing was written.
    pub(super) fn on_disk(&self, is: impl Fn(&Saved) -> bool) -> Option<bool> {
        self.written.borrow().as_ref().map(|(saved, error)| error.is_none() && is(saved))
    }

    /// Why the last write failed, if it did.
    pub(super) fn failure(&self) -> Option<String> {
        let failed = self.written.borrow().as_ref().and_then(|(_, error)| error.clone());
        let stuck = self.stuck.load(Ordering::Relaxed);
        failed.or_else(|| stuck.then(|| "the disk does not answer".to_owned()))
    }
}

async fn run(
    file: PathBuf,
    mut jobs: watch::Receiver<Option<Job>>,
    publish: watch::Sender<Written>,
    stuck: Arc<AtomicBool>,
) {
    // A write that failed is tried again without a new order.
    let mut failed = false;
    let mut last = Instant::now();
    loop {
        let next = last + AT_MOST_EVERY;
        let open = tokio::select! {
            changed = jobs.changed() => changed.is_ok(),
            () = sleep_until(next), if failed => true,
        };
        if !open {
            return;
        }
        while !jobs.borrow().as_ref().is_some_and(|job| job.urgent) && Instant::now() < next {
            tokio::select! {
                changed = jobs.changed() => if changed.is_err() {
                    // Nobody is left to change it: what there is, is written at once.
                    break;
                },
                () = sleep_until(next) => {}
            }
        }
        let Some(Job { saved, .. }) = jobs.borrow_and_update().clone() else {
            continue;
        };
        let (target, state) = (file.clone(), Arc::clone(&saved));
        let writing = tokio::task::spawn_blocking(move || state_file::write(&target, &state));
        let written = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        last = Instant::now();
        match (&written, failed) {
            (Err(error), false) => tracing::error!(file = %file.display(), %error, "the writer state cannot be saved"),
            (Ok(()), true) => tracing::info!(file = %file.display(), "the writer state is saved again"),
            _ => {}
        }
        failed = written.is_err();
        if !failed {
            stuck.store(false, Ordering::Relaxed);
        }
        publish.send_replace(Some((saved, written.err().map(|error| error.to_string()))));
    }
}
