//! The thread that reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::Span;
use healthd_core::samples::window::Window;
use rusqlite::Connection;

use crate::current::{Current, Identity};
use crate::error::StoreError;
use crate::gauge::{self, Level};
use crate::query::{self, Bucket, LogState, Total};
use crate::selection::{Selection, Step, WindowQuery};
use crate::{schema, window};

/// How long a question may take, with the time that it waits for others.
const WAIT: Duration = Duration::from_secs(5);
/// Questions that wait; one more is refused.
const QUEUE: usize = 64;
/// SQLite asks after so many of its steps whether to go on.
const STEPS: i32 = 20_000;

type Question = Box<dyn FnOnce(&mut Reading) + Send>;

/// Reads the store. Calls block, for at most five seconds.
#[derive(Debug, Clone)]
pub struct Reader {
    path: PathBuf,
    questions: SyncSender<Question>,
}

/// What the thread has.
struct Reading {
    path: PathBuf,
    current: Arc<Current>,
    /// With its file: another one may come to its place.
    open: Option<(Connection, Option<Identity>)>,
}

impl Reader {
    pub(crate) fn open(path: &Path, current: Arc<Current>) -> Reader {
        let (questions, queue): (_, Receiver<Question>) = sync_channel(QUEUE);
        let mut reading = Reading { path: path.to_owned(), current, open: None };
        let run = move || {
            // Ends when the last `Reader` is gone.
            for question in queue {
                question(&mut reading);
            }
        };
        // Without a thread, each question says so.
        thread::Builder::new().name("store reader".to_owned()).spawn(run).ok();
        Reader { path: path.to_owned(), questions }
    }

    /// A counter over the last minutes. What healthd knows besides is left empty: `log`, `read_age`, `fault`.
    ///
    /// # Errors
    /// The store cannot be read now; that goes for every question.
    pub fn window(&self, query: &WindowQuery, now: i64) -> Result<Window, StoreError> {
        let query = query.clone();
        self.ask(move |connection| window::window(connection, &query, now))
    }

    /// The counts of a span in steps. Steps without a count are not in the list: [`Reader::coverage`] says which of
    /// them were collected. Beyond the time for which minutes are kept, a step has the counts of whole hours.
    ///
    /// # Errors
    /// The store cannot be read now.
    pub fn buckets(&self, of: &Selection, span: Span, step: Step) -> Result<Vec<Bucket>, StoreError> {
        let of = of.clone();
        self.ask(move |connection| query::buckets(connection, &of, span, step))
    }

    /// The same for each series that has a count in the span.
    ///
    /// # Errors
    /// The store cannot be read now.
    pub fn buckets_by_series(
        &self,
        of: &Selection,
        span: Span,
        step: Step,
    ) -> Result<BTreeMap<Labels, Vec<Bucket>>, StoreError> {
        let of = of.clone();
        self.ask(move |connection| query::buckets_by_series(connection, &of, span, step))
    }

    /// What was collected of a span, for any log of this counter's name.
    ///
    /// # Errors
    /// The store cannot be read now.
    pub fn coverage(&self, counter: &str, span: Span) -> Result<Vec<Span>, StoreError> {
        let counter = counter.to_owned();
        self.ask(move |connection| query::coverage_of(connection, &counter, span))
    }

    /// The label sets of a counter.
    ///
    /// # Errors
    /// The store cannot be read now.
    pub fn series(&self, counter: &str) -> Result<BTreeSet<Labels>, StoreError> {
        let counter = counter.to_owned();
        self.ask(move |connection| query::series_of(connection, &counter))
    }

    /// The values of a gauge in steps, for each label set that has all of these labels. Steps without a value are not
    /// in the list.
    ///
    /// # Errors
    /// The store cannot be read now.
    pub fn levels(
        &self,
        gauge: &str,
        labels: &Labels,
        span: Span,
        step: Step,
    ) -> Result<BTreeMap<Labels, Vec<Level>>, StoreError> {
        let (gauge, labels) = (gauge.to_owned(), labels.clone());
        self.ask(move |connection| gauge::levels(connection, &gauge, &labels, span, step))
    }

    /// Every series with its total.
    ///
    /// # Errors
    /// The store cannot be read now.
    pub fn totals(&self) -> Result<Vec<Total>, StoreError> {
        self.ask(query::totals)
    }

    /// Every log with its sums.
    ///
    /// # Errors
    /// The store cannot be read now.
    pub fn logs(&self) -> Result<Vec<LogState>, StoreError> {
        self.ask(query::logs)
    }

    pub(crate) fn ask<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = sync_channel(1);
        let deadline = Instant::now() + WAIT;
        let question: Question = Box::new(move |reading| {
            answer.send(reading.ask(run, deadline)).ok();
        });
        let slow = || StoreError::Slow { path: self.path.clone(), waited: WAIT };
        self.questions.try_send(question).map_err(|error| match error {
            TrySendError::Full(_) => slow(),
            TrySendError::Disconnected(_) => self.stopped(),
        })?;
        answered.recv_timeout(deadline.saturating_duration_since(Instant::now())).map_err(|error| match error {
            RecvTimeoutError::Timeout => slow(),
            RecvTimeoutError::Disconnected => self.stopped(),
        })?
    }

    fn stopped(&self) -> StoreError {
        StoreError::Other { path: self.path.clone(), why: "its reading thread has ended".to_owned() }
    }
}

impl Reading {
    fn ask<T>(
        &mut self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<T>,
        deadline: Instant,
    ) -> Result<T, StoreError> {
        let slow = || StoreError::Slow { path: self.path.clone(), waited: WAIT };
        if Instant::now() >= deadline {
            return Err(slow());
        }
        let identity = Identity::of(&self.path);
        if self.open.as_ref().is_some_and(|(_, opened)| *opened != identity) {
            self.open = None;
        }
        if self.current.is_other_than(identity) {
            return Err(StoreError::Replaced(self.path.clone()));
        }
        let (connection, _) = match &mut self.open {
            Some(open) => open,
            closed => closed.insert((schema::open_to_read(&self.path)?, identity)),
        };
        let of = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(rusqlite::ffi::ErrorCode::OperationInterrupted) => slow(),
            _ => StoreError::of(&error, &self.path),
        };
        let watched = connection.progress_handler(STEPS, Some(move || Instant::now() >= deadline));
        // One transaction, so that all of an answer is of the same moment.
        let answered = watched.and_then(|()| connection.unchecked_transaction()).and_then(|transaction| {
            let answer = run(&transaction)?;
            transaction.finish()?;
            Ok(answer)
        });
        match answered {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let error = of(error);
                // Whatever it was, a new connection does not have it.
                self.open = None;
                Err(error)
            }
        }
    }
}
