//! What keeps the tasks of the writer role honest.

use std::hash::{BuildHasher as _, RandomState};

use tokio::task::JoinHandle;

/// Ends healthd if this task panics. Its instance would otherwise never change its answers again; a new process does.
pub(super) fn guard(task: JoinHandle<()>) {
    tokio::spawn(async move {
        if task.await.is_err_and(|error| error.is_panic()) {
            tracing::error!("a task of the writer role panicked: healthd exits so that systemd restarts it");
            std::process::abort();
        }
    });
}

/// A random number that names this run of healthd. The acknowledgement of an earlier run proves nothing.
pub(super) fn session() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
