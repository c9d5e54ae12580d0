//! The thread that writes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use healthd_core::samples::batch::{Batch, Saved};
use rusqlite::Connection;

use crate::commit::{Refused, commit};
use crate::error::{CommitError, StoreError};
use crate::reader::Reader;
use crate::retention::Settings;
use crate::schema::identity;
use crate::{load, retention, schema};

/// How long a call waits for its answer. Longer than the longest wait for another process.
const WAIT: Duration = Duration::from_secs(20);
/// Calls that wait for the thread; more wait to be put there.
const QUEUE: usize = 16;
/// How often what is too old is removed.
const CLEAN_UP: Duration = Duration::from_secs(3600);

/// The store. Calls block, for at most 20 seconds; none belongs on the path of a health check.
///
/// When the last clone is dropped, the file is closed. That waits for the disk.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    thread: Arc<WriterThread>,
}

/// The thread, which ends with its last owner.
#[derive(Debug)]
struct WriterThread {
    calls: Option<SyncSender<Call>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.calls = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

enum Call {
    Load(String, SyncSender<Result<Saved, StoreError>>),
    Commit(Box<Batch>, SyncSender<Result<u64, CommitError>>),
}

impl Store {
    /// The store in this file. It is opened when it is first used: whatever is wrong with it is the error of a call.
    ///
    /// # Panics
    /// If the system has no thread left.
    pub fn open(path: &Path, settings: Settings) -> Store {
        let (calls, queue) = sync_channel(QUEUE);
        let writer = Writer { path: path.to_owned(), settings, open: None, cleaned: None, was_short: false };
        let thread = thread::Builder::new().name("store".to_owned()).spawn(|| writer.run(queue));
        let thread = Some(thread.expect("a thread can be started"));
        Store { path: path.to_owned(), thread: Arc::new(WriterThread { calls: Some(calls), thread }) }
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

    /// Reads the same file.
    pub fn reader(&self) -> Reader {
        Reader::open(&self.path)
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

/// What the thread has.
struct Writer {
    path: PathBuf,
    settings: Settings,
    open: Option<Opened>,
    /// When what is too old was last removed, in seconds of Unix time.
    cleaned: Option<i64>,
    /// Whether the last clean-up found the file too large.
    was_short: bool,
}

/// An open file.
struct Opened {
    connection: Connection,
    /// Its device and inode. Another file may come to its place.
    identity: (u64, u64),
}

impl Writer {
    fn run(mut self, queue: Receiver<Call>) {
        // Ends when the last `Store` is gone.
        for call in queue {
            match call {
                Call::Load(log, answer) => {
                    let saved = self.with(|connection| load::load(connection, &log));
                    answer.send(saved).ok();
                }
                Call::Commit(batch, answer) => {
                    let stored = self.commit(&batch);
                    answer.send(stored).ok();
                    self.clean_up();
                }
            }
        }
    }

    fn commit(&mut self, batch: &Batch) -> Result<u64, CommitError> {
        let stored = self.with(|connection| match commit(connection, batch) {
            Ok(version) => Ok(Some(version)),
            Err(Refused::Moved) => Ok(None),
            Err(Refused::Sqlite(error)) => Err(error),
        })?;
        stored.ok_or(CommitError::Moved)
    }

    /// Uses the connection, which is opened if it is not.
    fn with<T>(&mut self, run: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let path = &self.path;
        if self.open.as_ref().is_some_and(|open| identity(path) != Some(open.identity)) {
            // Deleted, or another one was put there: what is written to the old one is lost.
            self.open = None;
        }
        let open = match &mut self.open {
            Some(open) => open,
            closed => {
                let connection = schema::open(path)?;
                let Some(identity) = identity(path) else {
                    let why = "it vanished while it was opened".to_owned();
                    return Err(StoreError::Unopenable { path: path.clone(), why });
                };
                closed.insert(Opened { connection, identity })
            }
        };
        run(&mut open.connection).map_err(|error| {
            let error = StoreError::of(&error, path);
            if error.spoils_the_connection() {
                self.open = None;
            }
            error
        })
    }

    /// Removes what is too old, once in a while. A failure is told by the next commit that fails too.
    fn clean_up(&mut self) {
        let now = now();
        let due = i64::try_from(CLEAN_UP.as_secs()).unwrap_or(i64::MAX);
        // Also after the clock was set back.
        if self.cleaned.is_some_and(|cleaned| (cleaned..cleaned.saturating_add(due)).contains(&now)) {
            return;
        }
        let settings = self.settings.clone();
        match self.with(|connection| retention::clean_up(connection, &settings, now)) {
            Ok(shortened) => {
                self.cleaned = Some(now);
                if let (Some(shortened), false) = (shortened, self.was_short) {
                    tracing::warn!(
                        file = %self.path.display(),
                        max_bytes = settings.max_bytes,
                        minutes_from = shortened.minutes_from * 3600,
                        "the store is too large: the oldest minutes are kept as hours; fewer labels make it smaller"
                    );
                }
                self.was_short = shortened.is_some();
            }
            Err(error) => tracing::debug!(%error, "clean-up of the store"),
        }
    }
}

/// Seconds of Unix time.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
