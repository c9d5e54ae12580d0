//! Counts an old file of a log, each line once, however often it runs and whatever the follower has counted.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use healthd_core::samples::batch::{Batch, Counted, Saved, Tally};
use healthd_core::samples::minute::Span;
use healthd_core::samples::source::{Generation, Position};

use crate::error::LogError;
use crate::follow::identity::{self, Alike};
use crate::follow::text::{self, FileId, HEAD, Text};
use crate::follow::track::Track;
use crate::follow::{listing, range};
use crate::progress::Progress;
use crate::sink::Counting;
use crate::spec::{LogSpec, SourceSpec};

/// How many bytes of a file one batch counts at most, where a file can be counted in parts.
const PART: u64 = 256 * 1024 * 1024;

/// A part of a backfill, to be stored.
#[derive(Debug)]
pub struct Backfilled {
    /// What to store; `None` if everything in the file was counted before.
    pub batch: Option<Batch>,
    /// Lines that were read for it.
    pub lines: u64,
    /// Bytes that were read for it.
    pub bytes: u64,
    /// Whether nothing is left. Otherwise call it again with what the store has after this batch.
    pub done: bool,
}

/// Why a file cannot be counted.
#[derive(Debug, thiserror::Error)]
pub enum BackfillError<E> {
    /// It cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log is in the journal.
    #[error(
        "{0} is not a file: only logs with file = … can be backfilled; the journal is read from its beginning anyway"
    )]
    Journal(String),
    /// It may be an early copy of a generation that was counted.
    #[error(
        "{file} begins like a file of {log} that was counted up to byte {counted}, and is shorter: it looks like an \
         early copy of it. It is not counted, because its lines would count twice. Use the whole file"
    )]
    EarlyCopy {
        /// The file.
        file: PathBuf,
        /// The log.
        log: String,
        /// How far the other was counted.
        counted: u64,
    },
    /// The counters cannot be made.
    #[error(transparent)]
    Counting(E),
}

/// One pass over a part of the file, for some of the counters.
struct Pass {
    /// Where it ends; `None`: at the end of the file.
    to: Option<u64>,
    counters: Vec<String>,
}

/// Counts what is not counted yet of `file`, which belongs to the log of `spec`; `saved` is what the store has of that
/// log. `make` makes what counts, for a log with some of the counters. `now` is in seconds of Unix time.
///
/// The caller stores the batch. If the store refuses it because the follower was faster, and while it is not done, the
/// caller loads what the store has now, and calls again.
///
/// # Errors
/// When the file cannot be read, or may be an early copy of a counted one.
pub fn backfill<C: Counting, E>(
    file: &Path,
    spec: &LogSpec,
    saved: &Saved,
    now: i64,
    mut make: impl FnMut(&LogSpec, &Saved) -> Result<C, E>,
) -> Result<Backfilled, BackfillError<E>> {
    let SourceSpec::File(live) = &spec.source else { return Err(BackfillError::Journal(spec.source.name())) };
    let rows: &[Generation] = match &saved.position {
        Some(Position::Files(rows)) => rows,
        _ => &[],
    };
    let mut old = open(file)?;
    let known = find(&mut old, file, rows)?;
    if known.is_none() {
        refuse_early_copy(&mut old, file, live, rows, spec)?;
    }
    let is_live = std::fs::metadata(live).is_ok_and(|metadata| FileId::of(&metadata) == old.id);
    let number = rows.iter().map(|row| row.id).max().unwrap_or(0) + 1;
    let mut track = known.map_or_else(|| Track::new(number, old.id, now), |row| Track::known(row.clone()));
    track.path = file.to_path_buf();
    track.text = Some(old.text);

    let mut result = Part::new(&spec.source.name(), saved);
    for pass in earlier(spec, saved, &track.row) {
        let mut counting = make(&only(spec, &pass.counters), saved).map_err(BackfillError::Counting)?;
        let mut progress = Progress::default();
        range::count(&mut track, pass.to.unwrap_or(u64::MAX), now, &mut counting, &mut progress)?;
        result.add(&mut counting, &progress, now, false);
        result.began.extend(pass.counters.into_iter().map(|counter| ((counter, track.row.id), 0)));
    }
    // What follows in a generation that is not complete is the follower's.
    if known.is_none_or(|row| row.complete) {
        let mut counting = make(spec, saved).map_err(BackfillError::Counting)?;
        let mut progress = Progress::default();
        result.done = range::rest(&mut track, PART, is_live, now, &mut counting, &mut progress)?;
        if progress.bytes > 0 {
            result.add(&mut counting, &progress, now, true);
            if known.is_none() {
                let all = spec.counters.iter().map(|counter| ((counter.name.clone(), track.row.id), 0));
                result.began.extend(all);
            }
            result.rows.push(track.row);
        }
    }
    Ok(result.finish())
}

/// The counters that have begun later in a generation, or have counted nothing of it, by where they began.
fn earlier(spec: &LogSpec, saved: &Saved, row: &Generation) -> Vec<Pass> {
    let mut passes: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for counter in &spec.counters {
        let began = saved.counters.get(&counter.name).and_then(|known| known.began.get(&row.id));
        let began = began.copied().unwrap_or(row.position);
        if began > 0 {
            passes.entry(began).or_default().push(counter.name.clone());
        }
    }
    passes.into_iter().map(|(to, counters)| Pass { to: Some(to), counters }).collect()
}

fn only(spec: &LogSpec, counters: &[String]) -> LogSpec {
    let mut spec = spec.clone();
    spec.counters.retain(|counter| counters.contains(&counter.name));
    spec
}

/// The file to count.
struct Old {
    text: Text,
    id: FileId,
    head: Vec<u8>,
}

fn open(path: &Path) -> Result<Old, LogError> {
    let (mut file, metadata) = text::open(path)?;
    let mut magic = Vec::new();
    (&mut file).take(2).read_to_end(&mut magic).map_err(|error| LogError::of(path, error))?;
    let mut text = Text::new(file, magic == [0x1f, 0x8b]);
    let head = text.bytes(0, HEAD).map_err(|error| text.failed(path, error))?;
    Ok(Old { text, id: FileId::of(&metadata), head })
}

/// The known generation that is in the file; of several, the one that was counted furthest.
fn find<'a>(old: &mut Old, path: &Path, rows: &'a [Generation]) -> Result<Option<&'a Generation>, LogError> {
    let mut found: Option<&Generation> = None;
    for row in rows.iter().filter(|row| identity::same_head(row, &old.head)) {
        let continues = identity::continues(&mut old.text, row).map_err(|error| old.text.failed(path, error))?;
        if continues && found.is_none_or(|found| found.position < row.position) {
            found = Some(row);
        }
    }
    // Of the live file nothing may be counted yet.
    Ok(found.or_else(|| {
        let same = |row: &&Generation| row.position == 0 && !row.complete;
        rows.iter().filter(same).find(|row| FileId { device: row.device, inode: row.inode } == old.id)
    }))
}

/// A copy that was made before the generation was counted to its position has lines that were counted.
fn refuse_early_copy<E>(
    old: &mut Old,
    file: &Path,
    live: &Path,
    rows: &[Generation],
    spec: &LogSpec,
) -> Result<(), BackfillError<E>> {
    for row in rows.iter().filter(|row| !old.head.is_empty() && row.head.starts_with(&old.head)) {
        let longer = old.text.bytes(row.position.saturating_sub(1), 1).map_err(|error| old.text.failed(file, error))?;
        if !longer.is_empty() {
            continue;
        }
        // If the other file is there, it tells whether they are the same.
        let mut differs = false;
        for found in listing::list(live)?.files {
            let Some(mut home) = found.open()? else { continue };
            if identity::continues(&mut home, row).map_err(|error| home.failed(&found.path, error))? {
                let alike = identity::compare(&mut home, &mut old.text);
                differs = alike.map_err(|error| old.text.failed(file, error))? == Alike::No;
            }
        }
        if !differs {
            let (file, log) = (file.to_path_buf(), spec.source.name());
            return Err(BackfillError::EarlyCopy { file, log, counted: row.position });
        }
    }
    Ok(())
}

/// The batch as it grows.
struct Part {
    log: String,
    since: u64,
    rows: Vec<Generation>,
    began: BTreeMap<(String, i64), u64>,
    counters: BTreeMap<String, Counted>,
    covered: Option<Span>,
    tally: Tally,
    lines: u64,
    bytes: u64,
    done: bool,
}

impl Part {
    fn new(log: &str, saved: &Saved) -> Part {
        Part {
            log: log.to_owned(),
            since: saved.version,
            rows: Vec::new(),
            began: BTreeMap::new(),
            counters: BTreeMap::new(),
            covered: None,
            tally: Tally::default(),
            lines: 0,
            bytes: 0,
            done: true,
        }
    }

    /// Adds what a pass has counted. `first_time`: nobody has read these lines before.
    fn add(&mut self, counting: &mut impl Counting, progress: &Progress, now: i64, first_time: bool) {
        let times = counting.times();
        let (counters, tally) = counting.take();
        for (name, counted) in counters {
            let into = self.counters.entry(name).or_default();
            for (bucket, count) in counted.buckets {
                *into.buckets.entry(bucket).or_default() += count;
            }
            into.remembered.extend(counted.remembered);
            into.forgotten.extend(counted.forgotten);
            into.unmatched += counted.unmatched;
        }
        if let Some((first, last)) = times {
            let span = Span { from: first, to: (last + 1).min(now) };
            let both = self.covered.map_or(span, |all| Span { from: all.from.min(span.from), to: all.to.max(span.to) });
            self.covered = Some(both).filter(|span| span.seconds() > 0);
        }
        self.lines += tally.lines;
        self.bytes += progress.bytes;
        if first_time {
            self.tally.lines += tally.lines;
            self.tally.bytes += progress.bytes;
            self.tally.long_lines += tally.long_lines;
            self.tally.without_time += tally.without_time;
        }
    }

    fn finish(self) -> Backfilled {
        let nothing = self.rows.is_empty() && self.began.is_empty();
        let batch = (!nothing).then_some(Batch {
            log: self.log,
            since: self.since,
            position: Position::Files(self.rows),
            began: self.began,
            counters: self.counters,
            covered: self.covered,
            tally: self.tally,
        });
        Backfilled { batch, lines: self.lines, bytes: self.bytes, done: self.done }
    }
}
