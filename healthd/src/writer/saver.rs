//! Writing the state file: the newest state wins, a gain is waited for, nothing else is.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};

use super::state_file::{self, Saved};

/// How often a state that nobody waits for is written at most: it changes with every commit.
const AT_MOST_EVERY: Duration = Duration::from_millis(500);
/// How long a gain waits for the disk.
const GAIN_WITHIN: Duration = Duration::from_secs(1);

enum Order {
    /// When there is time.
    Lazily(Arc<Saved>),
    /// At once, with an answer.
    Now(Arc<Saved>, oneshot::Sender<io::Result<()>>),
}

/// A handle to the task that writes one instance's file. The task ends, after the last write, with the last handle.
#[derive(Debug, Clone)]
pub(super) struct Saver {
    orders: mpsc::UnboundedSender<Order>,
    /// Why the last write failed, if it did.
    failed: watch::Receiver<Option<String>>,
}

impl Saver {
    /// Starts writing to a file.
    pub(super) fn start(file: PathBuf) -> Saver {
        let (orders, receiver) = mpsc::unbounded_channel();
        let (fails, failed) = watch::channel(None);
        tokio::spawn(run(file, receiver, fails));
        Saver { orders, failed }
    }

    /// Writes this state some time, unless a newer one comes.
    pub(super) fn lazily(&self, saved: Arc<Saved>) {
        // The task lives as long as this handle.
        self.orders.send(Order::Lazily(saved)).ok();
    }

    /// Writes this state and waits until it is on disk.
    ///
    /// # Errors
    /// When it is not there in time.
    pub(super) async fn now(&self, saved: Arc<Saved>) -> io::Result<()> {
        let (done, written) = oneshot::channel();
        let gone = || io::Error::other("the writer of the state has ended");
        self.orders.send(Order::Now(saved, done)).map_err(|_| gone())?;
        match timeout(GAIN_WITHIN, written).await {
            Ok(written) => written.map_err(|_| gone())?,
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the disk does not answer")),
        }
    }

    /// Why the last write failed, if it did.
    pub(super) fn failure(&self) -> Option<String> {
        self.failed.borrow().clone()
    }
}

async fn run(file: PathBuf, mut orders: mpsc::UnboundedReceiver<Order>, failed: watch::Sender<Option<String>>) {
    let mut next = orders.recv().await;
    while let Some(order) = next.take() {
        let (mut newest, mut waiting) = (None, Vec::new());
        let mut take = |order| match order {
            Order::Lazily(saved) => newest = Some(saved),
            Order::Now(saved, done) => {
                newest = Some(saved);
                waiting.push(done);
            }
        };
        take(order);
        while let Ok(order) = orders.try_recv() {
            take(order);
        }
        let Some(saved) = newest else {
            return;
        };
        let target = file.clone();
        let writing = tokio::task::spawn_blocking(move || state_file::write(&target, &saved));
        let written = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        let error = written.as_ref().err().map(ToString::to_string);
        failed.send_if_modified(|before| {
            let changed = before.is_some() != error.is_some();
            match &error {
                Some(error) if changed => {
                    tracing::error!(file = %file.display(), error, "the writer state cannot be saved")
                }
                None if changed => tracing::info!(file = %file.display(), "the writer state is saved again"),
                _ => {}
            }
            before.clone_from(&error);
            changed
        });
        for done in waiting {
            let result = match &written {
                Ok(()) => Ok(()),
                Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
            };
            // Who waited may have given it up.
            done.send(result).ok();
        }
        next = rest(&mut orders).await;
    }
}

/// The next order: one that somebody waits for at once, any other after the pause.
async fn rest(orders: &mut mpsc::UnboundedReceiver<Order>) -> Option<Order> {
    let mut held = None;
    let pause = sleep(AT_MOST_EVERY);
    tokio::pin!(pause);
    loop {
        tokio::select! {
            () = &mut pause, if held.is_some() => return held,
            order = orders.recv() => match order {
                Some(Order::Lazily(saved)) => held = Some(Order::Lazily(saved)),
                now @ Some(Order::Now(..)) => return now,
                None => return held,
            },
        }
    }
}
