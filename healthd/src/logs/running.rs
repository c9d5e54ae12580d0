//! The threads of the logs: started, kept over a reload where nothing changed, and ended.

use std::convert::Infallible;
use std::path::Path;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use healthd_core::samples::batch::{Batch, Saved};
use healthd_logs::collector::Collector;
use healthd_logs::engine::{Engine, SpecError};
use healthd_logs::error::LogError;
use healthd_logs::spec::LogSpec;
use healthd_store::{Reader, Settings, Store};
use tokio::sync::watch;

use super::reading::Reading;
use super::snapshot::{CounterNow, LogNow, RatioNow, Snapshot};
use super::status::{LogStatus, Published, stalled};
use super::store::StoreCounts;
use super::store_faults::StoreFaults;
use super::worker::{POLL, Reads, Worker};
use crate::config::LogsConfig;

/// The file of the store in the state directory.
pub(crate) const STORE_FILE: &str = "samples.db";
/// How long the threads may take to end: what is being stored is stored.
const END_WITHIN: Duration = Duration::from_millis(300);

/// The logs that are read, and the store.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    running: Vec<Arc<RunningLog>>,
    store: Option<OpenStore>,
    reading: Arc<Reading>,
    config: LogsConfig,
}

/// The store with those who read it.
#[derive(Debug, Clone)]
struct OpenStore {
    store: Store,
    /// For checks and metrics.
    checks: Reader,
    /// For pages and rows, which may take longer.
    charts: Reader,
    faults: Arc<StoreFaults>,
}

/// A log that is read by its thread.
#[derive(Debug)]
struct RunningLog {
    spec: LogSpec,
    started: Instant,
    status: watch::Receiver<LogStatus>,
    /// Dropping it ends the thread.
    stop: Mutex<Option<Sender<Infallible>>>,
    thread: Option<JoinHandle<()>>,
}

impl Logs {
    /// Starts new logs, keeps unchanged ones, and ends those that are gone. Never fails: what cannot be read or stored
    /// is a fault of that log.
    pub(crate) fn start(config: &LogsConfig, state_dir: &Path, before: &Logs) -> Logs {
        let kept = |spec: &LogSpec| before.running.iter().find(|running| running.spec == *spec);
        for gone in before.running.iter().filter(|running| !config.logs.contains(&running.spec)) {
            gone.stop();
        }
        let store =
            (!config.logs.is_empty()).then(|| before.store.clone().unwrap_or_else(|| OpenStore::open(state_dir)));
        let start = |spec: &LogSpec| {
            let started = || store.as_ref().map(|store| Arc::new(RunningLog::start(spec, store)));
            kept(spec).map(Arc::clone).or_else(started)
        };
        let running = config.logs.iter().filter_map(start).collect();
        Logs { running, store, reading: Arc::clone(&before.reading), config: config.clone() }
    }

    /// The logs now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let now = Instant::now();
        let ratio = |ratio: &crate::config::RatioConfig| RatioNow {
            name: ratio.name.clone(),
            of: ratio.of.clone(),
            to: ratio.to.clone(),
            min: u64::from(ratio.min),
        };
        Snapshot {
            logs: self.running.iter().map(|log| self.log_now(log, now)).collect(),
            ratios: self.config.ratios.iter().map(ratio).collect(),
            store_fault: self.store.as_ref().and_then(|store| store.faults.fault()),
        }
    }

    fn log_now(&self, log: &RunningLog, now: Instant) -> LogNow {
        let status = log.status.borrow().clone();
        let labels = |name: &str| self.config.label_names.get(name).cloned().unwrap_or_default();
        let counter = |name: &String| CounterNow { name: name.clone(), labels: labels(name) };
        let since = status.fault.as_ref().and_then(|fault| fault.since.duration_since(UNIX_EPOCH).ok());
        LogNow {
            name: log.spec.source.name(),
            counters: log.spec.counters.iter().map(|spec| counter(&spec.name)).collect(),
            read_age: status.read_age(now),
            fault_since: since.and_then(|since| i64::try_from(since.as_secs()).ok()),
            fault: status.fault.as_ref().map(|fault| fault.text.clone()).or_else(|| stalled(&status, log.started, now)),
        }
    }

    /// Reads the store for monitoring.
    pub(crate) fn counts(&self) -> StoreCounts {
        StoreCounts(self.store.as_ref().map(|store| store.checks.clone()))
    }

    /// Reads the store for pages and rows.
    pub(crate) fn chart_counts(&self) -> StoreCounts {
        StoreCounts(self.store.as_ref().map(|store| store.charts.clone()))
    }

    /// The places of requests.
    pub(crate) fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Ends every thread, and waits for them a little.
    pub(crate) async fn end(&self) {
        for log in &self.running {
            log.stop();
        }
        let last = Instant::now() + END_WITHIN;
        while self.running.iter().any(|log| !log.has_ended()) && Instant::now() < last {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl OpenStore {
    fn open(state_dir: &Path) -> OpenStore {
        let store = Store::open(&state_dir.join(STORE_FILE), Settings::default());
        let (checks, charts) = (store.reader(), store.reader());
        OpenStore { store, checks, charts, faults: Arc::default() }
    }
}

impl RunningLog {
    fn start(spec: &LogSpec, store: &OpenStore) -> RunningLog {
        let (stop, stopped) = mpsc::channel();
        let log = spec.source.name();
        let (published, status) = Published::new(log.clone());
        let opened = spec.clone();
        let worker = Worker {
            log,
            store: store.store.clone(),
            open: move |saved: &Saved| Following::open(&opened, saved),
            published,
            store_faults: Arc::clone(&store.faults),
            poll: POLL,
            stop: stopped,
        };
        let run = || {
            // Catching up on a large log must not slow down checks.
            if let Err(error) = rustix::process::setpriority_process(None, LOW_PRIORITY) {
                tracing::debug!(%error, "the thread of a log keeps its priority");
            }
            worker.run();
        };
        let thread = thread::Builder::new().name("log".to_owned()).spawn(run);
        if let Err(error) = &thread {
            tracing::error!(%error, log = spec.source.name(), "no thread for this log: its counters stand still");
        }
        RunningLog {
            spec: spec.clone(),
            started: Instant::now(),
            status,
            stop: Mutex::new(Some(stop)),
            thread: thread.ok(),
        }
    }

    fn stop(&self) {
        drop(self.stop.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

/// The nice value of the threads that read logs.
const LOW_PRIORITY: i32 = 10;

/// A log that is followed.
struct Following(Collector<Engine>);

impl Following {
    fn open(spec: &LogSpec, saved: &Saved) -> Result<Following, SpecError> {
        Ok(Following(Collector::new(spec, saved, Engine::new(spec, &saved.counters)?)))
    }
}

impl Reads for Following {
    type Error = LogError;

    fn read(&mut self) -> Result<Option<Batch>, LogError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.0.read(i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
    }

    fn stored(&mut self, version: u64) {
        self.0.stored(version);
    }

    fn has_more(&self) -> bool {
        self.0.has_more()
    }
}
