//! Ctrl-C ends every wait, so that everything that was started is dropped in order.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::wait::{Attempt, try_wait_for};
use tokio::runtime::{Builder, Handle};
use tokio::signal::unix::{SignalKind, signal};

/// Why a program ended early.
#[derive(Debug)]
pub enum Ended {
    /// By a signal.
    Interrupted,
    /// By an error, with the point where it happened.
    Failed(String),
}

impl Ended {
    /// A failure, from any error.
    pub fn failed(why: impl ToString) -> Ended {
        Ended::Failed(why.to_string())
    }
}

/// Whether a signal has arrived, and the runtime that listens for it.
#[derive(Debug, Clone)]
pub struct Stop {
    come: Arc<AtomicBool>,
    runtime: Handle,
}

impl Stop {
    /// Listens for the signals that request an end, in a separate thread.
    pub fn on_signals() -> io::Result<Stop> {
        Stop::on(&[SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()])
    }

    /// A stop that never comes, for a test, whose process also runs other tests.
    pub fn never() -> io::Result<Stop> {
        Stop::on(&[])
    }

    fn on(signals: &[SignalKind]) -> io::Result<Stop> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let come = Arc::new(AtomicBool::new(false));
        let stop = Stop { come: Arc::clone(&come), runtime: runtime.handle().clone() };
        let guard = runtime.enter();
        for kind in signals {
            let mut listener = signal(*kind)?;
            let come = Arc::clone(&come);
            runtime.spawn(async move {
                while listener.recv().await.is_some() {
                    come.store(true, Ordering::Relaxed);
                }
            });
        }
        drop(guard);
        thread::Builder::new()
            .name("runtime".to_owned())
            .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
        Ok(stop)
    }

    /// The runtime for clients.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Waits for a value, at most until the deadline or a signal.
    pub fn until<A: Attempt>(
        &self,
        what: &str,
        deadline: Duration,
        mut attempt: impl FnMut() -> A,
    ) -> Result<A::Value, Ended> {
        let waited = try_wait_for(deadline, || {
            if self.come.load(Ordering::Relaxed) { Ok(None) } else { attempt().outcome().map(Some) }
        });
        match waited {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(Ended::Interrupted),
            Err(last) => Err(Ended::Failed(format!("{what}: not within {deadline:?}: {last}"))),
        }
    }
}
