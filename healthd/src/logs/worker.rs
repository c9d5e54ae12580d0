//! The thread of one log: reads it every second, and stores what was counted. It never touches a health check.

use std::convert::Infallible;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use healthd_core::samples::batch::{Batch, Saved};

use super::status::{Part, Published};
use super::store_faults::StoreFaults;

/// The time between two looks at a log that was read to its end.
pub(super) const POLL: Duration = Duration::from_secs(1);
/// How long a thread that panics again and again waits at most; before that, twice as long each time.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Reads a log further.
pub(super) trait Reads {
    /// Why it cannot be read.
    type Error: Display;

    /// Reads some of it; `None` if there is nothing to store. The same batch again until it is [`Reads::stored`].
    fn read(&mut self) -> Result<Option<Batch>, Self::Error>;

    /// The batch is stored; this is the new version.
    fn stored(&mut self, version: u64);

    /// Whether the last read ended because it had read enough.
    fn has_more(&self) -> bool;
}

/// Stores what was counted.
pub(super) trait Stores {
    /// What is known of a log.
    fn load(&self, log: &str) -> Result<Saved, String>;

    /// Stores a batch as a whole or not at all. The new version.
    fn commit(&self, batch: Batch) -> Result<u64, NotStored>;
}

/// Why a batch is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotStored {
    /// Another process has moved the position meanwhile: the log is read again from there.
    Moved,
    /// The store fails.
    Failed(String),
}

/// The work of one thread.
pub(super) struct Worker<S, O> {
    /// The log's name in the store.
    pub(super) log: String,
    /// The store.
    pub(super) store: S,
    /// Makes the reader, from what is known of the log.
    pub(super) open: O,
    /// Where its status goes.
    pub(super) published: Published,
    /// Faults of the store.
    pub(super) store_faults: Arc<StoreFaults>,
    /// The time between two looks, and before the first attempt after a panic.
    pub(super) poll: Duration,
    /// Closed when the thread has to end.
    pub(super) stop: Receiver<Infallible>,
}

/// The thread has to end.
struct Stopped;

impl<S, R, E, O> Worker<S, O>
where
    S: Stores,
    R: Reads,
    E: Display,
    O: FnMut(&Saved) -> Result<R, E>,
{
    /// Works until it is told to stop. A panic ends nothing: the log is opened again after a pause.
    pub(super) fn run(mut self) {
        let mut pause = self.poll;
        loop {
            let began = Instant::now();
            let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.follow())) else {
                return;
            };
            if began.elapsed() > LONGEST_PAUSE {
                pause = self.poll;
            }
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            let text = healthd_core::text::clean::one_line(&text, 200);
            self.published.fault(Part::Thread, format!("internal error in the reader: {text}; please report it"));
            if self.pause(pause).is_err() {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Follows the log; ends when it is told to.
    fn follow(&mut self) {
        while self.follow_from_the_store().is_ok() {}
    }

    /// Follows the log from the position in the store. `Ok` if it has to be taken from the store again.
    fn follow_from_the_store(&mut self) -> Result<(), Stopped> {
        let saved = match self.store.load(&self.log) {
            Ok(saved) => saved,
            Err(error) => {
                self.store_fails(error);
                return self.pause(self.poll);
            }
        };
        let mut reader = match (self.open)(&saved) {
            Ok(reader) => reader,
            Err(error) => {
                self.published.fault(Part::Log, error.to_string());
                return self.pause(self.poll);
            }
        };
        loop {
            match reader.read() {
                Err(error) => {
                    self.published.fault(Part::Log, error.to_string());
                    self.pause(self.poll)?;
                }
                Ok(None) if reader.has_more() => self.go_on()?,
                Ok(None) => {
                    self.published.at_end(Instant::now());
                    self.pause(self.poll)?;
                }
                Ok(Some(batch)) => {
                    // A read may have hung until another thread took over.
                    self.go_on()?;
                    let (at_end, gaps) = (batch.covered.is_some(), batch.tally.gaps);
                    let has_more = reader.has_more();
                    match self.store.commit(batch) {
                        Ok(version) => {
                            reader.stored(version);
                            self.stored(at_end, has_more, gaps)?;
                        }
                        Err(NotStored::Moved) => return Ok(()),
                        Err(NotStored::Failed(error)) => {
                            self.store_fails(error);
                            self.pause(self.poll)?;
                        }
                    }
                }
            }
        }
    }

    fn stored(&self, at_end: bool, has_more: bool, gaps: u64) -> Result<(), Stopped> {
        self.store_faults.works();
        if gaps > 0 {
            tracing::warn!(
                log = self.log,
                gaps,
                "lines are lost: a rotated file vanished before it was read to its end"
            );
        }
        if at_end {
            self.published.at_end(Instant::now());
            return self.pause(self.poll);
        }
        // Otherwise the next read says whether the log can be read to its end.
        if has_more {
            self.published.goes_on();
        }
        self.go_on()
    }

    fn store_fails(&self, error: String) {
        self.store_faults.fails(&error, Instant::now());
        self.published.fault(Part::Store, error);
    }

    /// Waits, unless the thread has to end.
    fn pause(&self, length: Duration) -> Result<(), Stopped> {
        match self.stop.recv_timeout(length) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Stopped),
            Ok(never) => match never {},
        }
    }

    /// Goes on, unless the thread has to end.
    fn go_on(&self) -> Result<(), Stopped> {
        match self.stop.try_recv() {
            Err(TryRecvError::Empty) => Ok(()),
            Err(TryRecvError::Disconnected) => Err(Stopped),
            Ok(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests;
