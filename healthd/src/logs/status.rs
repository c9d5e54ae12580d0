//! How the reading of one log goes: what its thread publishes, and what the rest of the daemon sees.

use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

/// How the reading of a log goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogStatus {
    /// When the log was last read to its end, and that stored.
    pub(crate) at_end: Option<Instant>,
    /// Why nothing is collected now.
    pub(crate) fault: Option<Fault>,
}

/// Why nothing is collected now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What is broken.
    pub(crate) part: Part,
    /// What failed, on what, why, and what to do.
    pub(crate) text: String,
    /// Since when.
    pub(crate) since: SystemTime,
}

/// What can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The log cannot be read.
    Log,
    /// What was counted cannot be stored.
    Store,
    /// The thread has panicked.
    Thread,
}

/// A read that takes longer than this hangs.
const HANGS: Duration = Duration::from_secs(60);

impl LogStatus {
    /// Seconds since the log was last read to its end; `None` if it was not since the start.
    pub(crate) fn read_age(&self, now: Instant) -> Option<f64> {
        self.at_end.map(|at| now.saturating_duration_since(at).as_secs_f64())
    }
}

/// The thread's side.
#[derive(Debug)]
pub(super) struct Published {
    log: String,
    sender: watch::Sender<LogStatus>,
}

impl Published {
    /// A status of which nothing is known yet, and the side of its readers.
    pub(super) fn new(log: String) -> (Published, watch::Receiver<LogStatus>) {
        let (sender, receiver) = watch::channel(LogStatus::default());
        (Published { log, sender }, receiver)
    }

    /// The log was read to its end, and that is stored.
    pub(super) fn at_end(&self, now: Instant) {
        self.end_fault();
        self.sender.send_modify(|status| status.at_end = Some(now));
    }

    /// Something was read and stored; there is more.
    pub(super) fn goes_on(&self) {
        self.end_fault();
    }

    /// Nothing can be collected. One event when that begins or its text changes. Faults of the store are told by
    /// [`super::store_faults`], once for all logs.
    pub(super) fn fault(&self, part: Part, text: String) {
        let before = self.sender.borrow().fault.clone();
        if before.as_ref().is_some_and(|fault| (fault.part, &fault.text) == (part, &text)) {
            return;
        }
        match part {
            Part::Log => {
                tracing::warn!(log = self.log, error = text, "the log cannot be read, its counters stand still")
            }
            Part::Thread => tracing::error!(log = self.log, error = text, "the log's thread has panicked"),
            Part::Store => {}
        }
        let since = before.filter(|fault| fault.part == part).map_or_else(SystemTime::now, |fault| fault.since);
        self.sender.send_modify(|status| status.fault = Some(Fault { part, text, since }));
    }

    fn end_fault(&self) {
        let Some(Fault { part, .. }) = self.sender.borrow().fault.clone() else {
            return;
        };
        if part != Part::Store {
            tracing::info!(log = self.log, "the log is read again");
        }
        self.sender.send_modify(|status| status.fault = None);
    }
}

/// What to say of a log that has not been read to its end for too long, although no error was reported: `hung` storage
/// reports none.
pub(crate) fn stalled(status: &LogStatus, started: Instant, now: Instant) -> Option<String> {
    let since = status.at_end.unwrap_or(started);
    let silent = now.saturating_duration_since(since);
    (status.fault.is_none() && silent > HANGS).then(|| {
        format!(
            "not read to its end for {}: healthd is behind, or its disk or network file system hangs",
            healthd_core::text::duration::short(silent)
        )
    })
}
