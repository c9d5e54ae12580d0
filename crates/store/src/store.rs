//! The store, for those who write.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use healthd_core::samples::batch::{Batch, Saved};

use crate::current::Current;
use crate::error::{CommitError, StoreError};
use crate::gauge::GaugeSample;
use crate::reader::Reader;
use crate::settings::Settings;
use crate::writer::{Call, Writer};

/// How long a call waits for its answer. Longer than the longest wait for another process.
const WAIT: Duration = Duration::from_secs(20);
/// Calls that wait for the thread; more wait to be put there.
const QUEUE: usize = 16;

/// How long the end waits until the file is closed. A disk that hangs must not keep healthd from ending.
const CLOSE: Duration = Duration::from_secs(5);

/// The store. Calls block, for at most 20 seconds; none belongs on the path of a health check.
///
/// When the last clone is dropped, the file is closed. That waits for the disk, for at most five seconds.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    current: Arc<Current>,
    thread: Arc<WriterThread>,
}

/// The thread, which ends with its last owner.
#[derive(Debug)]
struct WriterThread {
    calls: Option<SyncSender<Call>>,
    /// Nothing is ever sent: it is disconnected when the thread has closed the file.
    closed: Mutex<Receiver<Infallible>>,
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.calls = None;
        let closed = self.closed.get_mut().unwrap_or_else(PoisonError::into_inner);
        closed.recv_timeout(CLOSE).ok();
    }
}

impl Store {
    /// The store in this file. It is opened when it is first used: whatever is wrong with it is the error of a call.
    pub fn open(path: &Path, settings: Settings) -> Store {
        let (calls, queue) = sync_channel(QUEUE);
        let current = Arc::new(Current::default());
        let writer = Writer::new(path.to_owned(), settings, Arc::clone(&current));
        let (closing, closed) = sync_channel(0);
        let run = move || {
            writer.run(queue);
            drop(closing);
        };
        // Without a thread, each call says so.
        thread::Builder::new().name("store".to_owned()).spawn(run).ok();
        let thread = WriterThread { calls: Some(calls), closed: Mutex::new(closed) };
        Store { path: path.to_owned(), current, thread: Arc::new(thread) }
    }

    /// What is stored of a log.
    ///
    /// # Errors
    /// The store cannot be used now.
    pub fn load(&self, log: &str) -> Result<Saved, StoreError> {
        let (answer, answered) = sync_channel(1);
        self.call(Call::Load(log.to_owned(), answer), &answered)?
    }

    /// Stores a batch, and says the new version of its log.
    ///
    /// # Errors
    /// Nothing of the batch is stored. After [`StoreError::Slow`] it may be stored later: then the same batch is
    /// refused as [`CommitError::Moved`].
    pub fn commit(&self, batch: Batch) -> Result<u64, CommitError> {
        let (answer, answered) = sync_channel(1);
        self.call(Call::Commit(Box::new(batch), answer), &answered)?
    }

    /// Stores values that go up and down, in one transaction.
    ///
    /// # Errors
    /// Nothing of them is stored. After [`StoreError::Slow`] they may be stored later.
    pub fn record(&self, samples: Vec<GaugeSample>) -> Result<(), StoreError> {
        let (answer, answered) = sync_channel(1);
        self.call(Call::Record(samples, answer), &answered)?
    }

    /// Reads the same file, on a thread of its own.
    pub fn reader(&self) -> Reader {
        Reader::open(&self.path, Arc::clone(&self.current))
    }

    fn call<T>(&self, call: Call, answered: &Receiver<T>) -> Result<T, StoreError> {
        let stopped = || StoreError::Other { path: self.path.clone(), why: "its thread has ended".to_owned() };
        let calls = self.thread.calls.as_ref().ok_or_else(stopped)?;
        calls.send(call).map_err(|_| stopped())?;
        answered.recv_timeout(WAIT).map_err(|error| match error {
            RecvTimeoutError::Timeout => StoreError::Slow { path: self.path.clone(), waited: WAIT },
            RecvTimeoutError::Disconnected => stopped(),
        })
    }
}
