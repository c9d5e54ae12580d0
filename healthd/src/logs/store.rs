//! The store as this module needs it.

use std::collections::BTreeMap;

use healthd_core::samples::batch::{Batch, Saved};
use healthd_core::samples::minute::{Minute, Span};
use healthd_core::samples::source::Position;
use healthd_core::samples::window::Window;
use healthd_store::{Bucket, CommitError, LogState, Reader, Selection, Step, Store, StoreError, WindowQuery};

use super::counts::{Asked, Buckets, Counts, NoCounts, Read, Total, nothing};
use super::worker::{NotStored, Stores};

impl Stores for Store {
    fn load(&self, log: &str) -> Result<Saved, String> {
        Store::load(self, log).map_err(|error| error.to_string())
    }

    fn commit(&self, batch: Batch) -> Result<u64, NotStored> {
        Store::commit(self, batch).map_err(|error| match error {
            CommitError::Moved => NotStored::Moved,
            CommitError::Store(error) => NotStored::Failed(error.to_string()),
        })
    }
}

/// What a request asks. Without a log there is nothing to read.
#[derive(Debug, Clone)]
pub(crate) struct StoreCounts(pub(super) Option<Reader>);

impl From<StoreError> for NoCounts {
    fn from(error: StoreError) -> NoCounts {
        NoCounts(error.to_string())
    }
}

impl StoreCounts {
    fn reader(&self) -> Result<&Reader, NoCounts> {
        self.0.as_ref().ok_or_else(|| NoCounts("no log is configured".to_owned()))
    }
}

fn selection(asked: &Asked<'_>) -> Selection {
    Selection { counter: asked.counter.to_owned(), labels: asked.labels.clone() }
}

/// What is read; nothing if nothing was ever stored, as in the first second of a new daemon.
fn read<T: Default>(answer: Result<T, StoreError>) -> Result<T, NoCounts> {
    match answer {
        Err(StoreError::Empty(_)) => Ok(T::default()),
        answer => Ok(answer?),
    }
}

impl Counts for StoreCounts {
    fn window(&self, asked: &Asked<'_>, minutes: u32, weeks: u32, now: i64) -> Result<Window, NoCounts> {
        let of = selection(asked);
        match self.reader()?.window(&WindowQuery { of, minutes, weeks }, now) {
            Err(StoreError::Empty(_)) => Ok(nothing(asked, minutes, now)),
            answer => Ok(answer?),
        }
    }

    fn buckets(&self, asked: &Asked<'_>, span: Span, step: i64) -> Result<Buckets, NoCounts> {
        let step = Step::of_minutes(u32::try_from(step / Minute::SECONDS).unwrap_or(u32::MAX));
        let series = read(self.reader()?.buckets_by_series(&selection(asked), span, step))?;
        let of = |buckets: Vec<Bucket>| buckets.iter().map(|bucket| (bucket.from, bucket.count)).collect();
        Ok(series.into_iter().map(|(labels, buckets)| (labels, of(buckets))).collect())
    }

    fn coverage(&self, counter: &str, span: Span) -> Result<Vec<Span>, NoCounts> {
        read(self.reader()?.coverage(counter, span))
    }

    fn totals(&self) -> Result<Vec<Total>, NoCounts> {
        let totals = read(self.reader()?.totals())?.into_iter();
        Ok(totals.map(|total| Total { counter: total.counter, labels: total.labels, total: total.total }).collect())
    }

    fn logs(&self) -> Result<Vec<Read>, NoCounts> {
        Ok(read(self.reader()?.logs())?.into_iter().map(tally).collect())
    }

    fn unmatched(&self) -> Result<BTreeMap<String, u64>, NoCounts> {
        let mut unmatched: BTreeMap<String, u64> = BTreeMap::new();
        for (counter, count) in read(self.reader()?.logs())?.into_iter().flat_map(|log| log.unmatched) {
            *unmatched.entry(counter).or_default() += count;
        }
        Ok(unmatched)
    }
}

fn tally(log: LogState) -> Read {
    let position = match &log.position {
        Position::Files(generations) => generations.last().map(|generation| generation.position),
        Position::Journal(_) => None,
    };
    Read {
        log: log.name,
        lines: log.tally.lines,
        bytes: log.tally.bytes,
        gaps: log.tally.gaps,
        long_lines: log.tally.long_lines,
        without_time: log.tally.without_time,
        position,
    }
}
