//! What the thread that writes does.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use healthd_core::samples::batch::{Batch, Saved};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::commit::{Refused, commit};
use crate::current::{Current, Identity, log_of_changes, remove_stale_log};
use crate::error::{BUSY, CommitError, StoreError};
use crate::gauge::{self, GaugeSample};
use crate::place::{is_on_nfs, is_short_of_space};
use crate::settings::Settings;
use crate::{load, retention, schema};

/// How often what is too old is removed.
const CLEAN_UP: Duration = Duration::from_secs(3600);
/// How often a thread without calls looks whether the file was replaced.
const LOOK: Duration = Duration::from_secs(10);

/// What is asked of the thread, with the place for the answer.
pub(crate) enum Call {
    /// What is stored of a log.
    Load(String, SyncSender<Result<Saved, StoreError>>),
    /// To store a batch.
    Commit(Box<Batch>, SyncSender<Result<u64, CommitError>>),
    /// To store values.
    Record(Vec<GaugeSample>, SyncSender<Result<(), StoreError>>),
}

/// What the thread has.
pub(crate) struct Writer {
    path: PathBuf,
    settings: Settings,
    current: Arc<Current>,
    open: Option<Opened>,
    /// When what is too old was last removed, in seconds of Unix time.
    cleaned: Option<i64>,
    /// Whether the last clean-up found the file too large.
    was_short: bool,
    /// Whether it was said that the file is on NFS.
    told_of_nfs: bool,
}

/// An open file.
struct Opened {
    connection: Connection,
    file: Identity,
    /// Its log of changes.
    log: Option<Identity>,
}

impl Writer {
    pub(crate) fn new(path: PathBuf, settings: Settings, current: Arc<Current>) -> Writer {
        Writer { path, settings, current, open: None, cleaned: None, was_short: false, told_of_nfs: false }
    }

    /// Ends when the last `Store` is gone.
    pub(crate) fn run(mut self, queue: Receiver<Call>) {
        loop {
            match queue.recv_timeout(LOOK) {
                Ok(Call::Load(log, answer)) => {
                    let saved = self.with(|connection| load::load(connection, &log, now()));
                    answer.send(saved).ok();
                }
                Ok(Call::Commit(batch, answer)) => {
                    answer.send(self.commit(&batch)).ok();
                    self.clean_up();
                }
                Ok(Call::Record(samples, answer)) => {
                    answer.send(self.record(&samples)).ok();
                    self.clean_up();
                }
                Err(RecvTimeoutError::Timeout) => self.leave_a_replaced_file(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.current.set(None);
    }

    fn commit(&mut self, batch: &Batch) -> Result<u64, CommitError> {
        self.leave_room()?;
        let stored = self.with(|connection| match commit(connection, batch) {
            Ok(version) => Ok(Some(version)),
            Err(Refused::Moved) => Ok(None),
            Err(Refused::Sqlite(error)) => Err(error),
        })?;
        stored.ok_or(CommitError::Moved)
    }

    fn record(&mut self, samples: &[GaugeSample]) -> Result<(), StoreError> {
        self.leave_room()?;
        self.with(|connection| {
            let horizon = retention::horizon(connection)?;
            gauge::record(connection, samples, horizon)
        })
    }

    /// Uses the connection, which is opened if it is not.
    fn with<T>(&mut self, run: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.leave_a_replaced_file();
        let open = match &mut self.open {
            Some(open) => open,
            closed => {
                if !self.told_of_nfs && is_on_nfs(&self.path) {
                    tracing::warn!(
                        file = %self.path.display(),
                        "the store is on NFS, where SQLite's locks are not reliable: use a local disk for state_dir"
                    );
                    self.told_of_nfs = true;
                }
                let connection = schema::open(&self.path)?;
                let Some(file) = Identity::of(&self.path) else {
                    let why = "it vanished while it was opened".to_owned();
                    return Err(StoreError::Unopenable { path: self.path.clone(), why });
                };
                self.current.set(Some(file));
                closed.insert(Opened { connection, file, log: None })
            }
        };
        let done = run(&mut open.connection);
        open.log = Identity::of(&log_of_changes(&self.path));
        done.map_err(|error| {
            let error = StoreError::of(&error, &self.path);
            if error.spoils_the_connection() {
                self.open = None;
                self.current.set(None);
            }
            error
        })
    }

    /// Closes a file that was deleted, moved away or replaced: what is written to it is lost.
    fn leave_a_replaced_file(&mut self) {
        if self.open.as_ref().is_none_or(|open| Identity::of(&self.path) == Some(open.file)) {
            return;
        }
        let Some(Opened { connection, log, .. }) = self.open.take() else { return };
        tracing::warn!(
            file = %self.path.display(),
            "the store was deleted or replaced while it was in use: counting goes on with what is there now"
        );
        // What was moved away becomes complete. Closing must not touch the log of changes by its name: the log may
        // already be the one of the new file.
        checkpoint(&connection).ok();
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).ok();
        drop(connection);
        remove_stale_log(&self.path, log);
        self.current.set(None);
    }

    /// Counting stops before the disk is full: the lines are still in their own log. Another program that reads for
    /// hours keeps SQLite from emptying its log of changes, which then grows with each batch.
    fn leave_room(&self) -> Result<(), StoreError> {
        let length = fs::metadata(log_of_changes(&self.path)).map_or(0, |log| log.len());
        let is_long = length > self.settings.max_log_bytes();
        if !is_long && !is_short_of_space(&self.path) {
            return Ok(());
        }
        // A batch that did not fit has left a long log, too.
        let emptied = match &self.open {
            Some(open) => checkpoint(&open.connection).map_err(|error| StoreError::of(&error, &self.path))?,
            None => true,
        };
        match () {
            () if is_short_of_space(&self.path) => Err(StoreError::Full(self.path.clone())),
            () if is_long && !emptied => {
                Err(StoreError::Held { path: self.path.clone(), megabytes: length / (1024 * 1024) })
            }
            () => Ok(()),
        }
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
            Ok(done) => {
                self.cleaned = (!done.more).then_some(now);
                if let (Some(minutes_from), false) = (done.shortened_to, self.was_short) {
                    tracing::warn!(
                        file = %self.path.display(),
                        max_bytes = settings.max_bytes,
                        minutes_from = minutes_from * 3600,
                        "the store is too large: the oldest minutes are kept as hours; fewer labels make it smaller"
                    );
                }
                self.was_short = done.shortened_to.is_some();
            }
            Err(error) => tracing::debug!(%error, "clean-up of the store"),
        }
    }
}

/// Empties the log of changes into the file, without waiting for readers; whether it could.
fn checkpoint(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(Duration::ZERO)?;
    let done = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    connection.busy_timeout(BUSY)?;
    done.map(|busy: i64| busy == 0)
}

/// Seconds of Unix time.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
