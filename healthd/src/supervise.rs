//! What happens when a task panics: the hook in `log` writes the one event, and the task is started again.

use std::cell::RefCell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::sleep;

/// The pause before a task is started again: one that panics at once must not take the processor.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the last events may take to be written before the process ends.
const LAST_EVENTS: Duration = Duration::from_millis(100);

thread_local! {
    static RUNNING: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
}

/// A task that can be started again with what it knows.
pub(crate) trait Restartable: Send + 'static {
    /// Runs until nobody needs the task any more.
    fn run(&mut self) -> impl Future<Output = ()> + Send;
}

/// Spawns a task, and starts it again after a panic. `name` is for the log, such as `canary m0`.
pub(crate) fn again(name: &str, mut task: impl Restartable) {
    let name = Arc::from(name);
    tokio::spawn(async move {
        while contained(&name, task.run()).await.is_err() {
            sleep(PAUSE).await;
        }
    });
}

/// Spawns a task that must not go on with what it knows, because a panic may leave that half changed. healthd ends
/// after a panic; systemd starts it again, and it begins with its state files.
pub(crate) fn or_end(name: &str, task: impl Future<Output = ()> + Send + 'static) {
    let name = Arc::from(name);
    tokio::spawn(async move {
        if contained(&name, task).await.is_err() {
            tracing::error!(task = &*name, "healthd ends, to be started again");
            sleep(LAST_EVENTS).await;
            std::process::abort();
        }
    });
}

/// The name of the task that runs on this thread now, if it is one of those above.
pub(crate) fn running() -> Option<Arc<str>> {
    RUNNING.with_borrow(Clone::clone)
}

/// A task has panicked.
#[derive(Debug)]
struct Panicked;

/// Runs a task to its end or its panic.
async fn contained(name: &Arc<str>, task: impl Future<Output = ()>) -> Result<(), Panicked> {
    let mut task = pin!(task);
    poll_fn(|context| {
        RUNNING.set(Some(Arc::clone(name)));
        // What the task shares with others is behind locks and channels, which stay usable.
        let polled = catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(context)));
        RUNNING.set(None);
        polled.map_or(Poll::Ready(Err(Panicked)), |polled| polled.map(Ok))
    })
    .await
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;
    use tokio::time::timeout;

    use super::*;

    /// Panics at its first order and reports each further one.
    struct Clumsy {
        orders: mpsc::Receiver<u32>,
        seen: Vec<u32>,
        report: mpsc::Sender<(Vec<u32>, Option<Arc<str>>)>,
    }

    impl Restartable for Clumsy {
        async fn run(&mut self) {
            while let Some(order) = self.orders.recv().await {
                self.seen.push(order);
                assert!(self.seen.len() > 1, "the first order");
                self.report.send((self.seen.clone(), running())).await.expect("the test listens");
            }
        }
    }

    #[tokio::test]
    async fn a_task_that_panics_goes_on_with_what_it_knows() {
        let (orders, ordered) = mpsc::channel(2);
        let (report, mut reported) = mpsc::channel(1);
        again("clumsy m0", Clumsy { orders: ordered, seen: Vec::new(), report });
        for order in [1, 2] {
            orders.send(order).await.expect("the task or its successor is there");
        }
        let report = timeout(Duration::from_secs(20), reported.recv()).await.expect("it was started again");
        assert_eq!(report, Some((vec![1, 2], Some("clumsy m0".into()))));
        assert_eq!(running(), None, "the test itself is not supervised");
        // Without orders it ends by itself, and is not started again.
        drop(orders);
        assert_eq!(timeout(Duration::from_secs(20), reported.recv()).await.expect("it ends"), None);
    }
}
