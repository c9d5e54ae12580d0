//! A collector with its log and its store, which can be stopped and started.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use healthd_logs::collector::{Backfilled, Collector, backfill};
use healthd_logs::error::LogError;
use healthd_logs::spec::{LogSpec, SourceSpec};

use super::ids::{self, Ids};
use super::store::Store;
use super::{Dir, Writer};

/// The counter of most tests.
pub(crate) const COUNTER: &str = "lines";

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) dir: Dir,
    pub(crate) live: PathBuf,
    pub(crate) spec: LogSpec,
    pub(crate) store: Store,
    pub(crate) collector: Option<Collector<Ids>>,
    pub(crate) now: i64,
}

impl Node {
    /// A log that does not exist yet, and a collector that was not started.
    pub(crate) fn new() -> Node {
        let dir = Dir::new();
        let live = dir.path("mail.log");
        Node::with(dir, live)
    }

    pub(crate) fn with(dir: Dir, live: PathBuf) -> Node {
        let spec = ids::spec(SourceSpec::File(live.clone()), &[COUNTER]);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("files of the test").as_secs();
        // The time of a test runs faster than that of the files: it begins a month before.
        let now = i64::try_from(now).expect("files of the test") - 30 * 86_400;
        Node { dir, live, spec, store: Store::new(), collector: None, now }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path(name)
    }

    pub(crate) fn writer(&self) -> Writer {
        Writer::open(&self.live)
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.path(from), self.path(to)).expect("files of the test");
    }

    pub(crate) fn rename_if_there(&self, from: &str, to: &str) {
        if self.path(from).exists() {
            self.rename(from, to);
        }
    }

    pub(crate) fn start(&mut self) {
        self.collector = Some(Collector::new(&self.spec, &self.store.saved, Ids::new(&self.spec)));
    }

    pub(crate) fn stop(&mut self) {
        self.collector = None;
    }

    /// Polls once, as healthd does each second, with as many reads as there is to read.
    pub(crate) fn try_poll(&mut self) -> Result<(), LogError> {
        self.now += 1;
        loop {
            let Some(collector) = self.collector.as_mut() else { return Ok(()) };
            if let Some(batch) = collector.read(self.now)? {
                match self.store.commit(batch) {
                    Some(version) => collector.stored(version),
                    None => self.start(),
                }
            }
            if !self.collector.as_ref().is_some_and(Collector::has_more) {
                return Ok(());
            }
        }
    }

    pub(crate) fn poll(&mut self) {
        self.try_poll().expect("files of the test");
    }

    pub(crate) fn polls(&mut self, times: u32) {
        (0..times).for_each(|_| self.poll());
    }

    /// Starts if it is stopped, and polls until nothing can follow.
    pub(crate) fn settle(&mut self) {
        if self.collector.is_none() {
            self.start();
        }
        self.polls(7);
        self.now += 61;
        self.polls(2);
    }

    pub(crate) fn backfill(&mut self, file: &Path) -> Backfilled {
        self.now += 1;
        let make = |spec: &LogSpec, _: &_| Ok::<_, std::convert::Infallible>(Ids::new(spec));
        let mut part = backfill(file, &self.spec, &self.store.saved, self.now, make).expect("files of the test");
        if let Some(batch) = part.batch.take() {
            self.store.commit(batch).expect("files of the test");
        }
        part
    }

    /// Every line below `end` was counted once, and nothing was lost.
    #[track_caller]
    pub(crate) fn assert_exact(&self, end: u64) {
        self.assert_exact_with_gaps(end, 0);
    }

    #[track_caller]
    pub(crate) fn assert_exact_with_gaps(&self, end: u64, gaps: u64) {
        let (missing, twice) = self.store.wrong(COUNTER, end);
        let rows = self.store.rows();
        assert!(missing.is_empty() && twice.is_empty(), "missing {missing:?}, twice {twice:?} of {end}: {rows:#?}");
        assert_eq!(self.store.tally.gaps, gaps, "gaps: {rows:#?}");
    }
}
