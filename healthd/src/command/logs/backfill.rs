//! `healthd logs backfill`: counts old files, also while the daemon runs. Both write the same store: whoever finds the
//! position moved loads it again.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use healthd_core::render::html::grouped;
use healthd_core::samples::batch::{Counted, Tally};
use healthd_logs::collector::{BackfillError, backfill};
use healthd_logs::engine::{Engine, SpecError};
use healthd_logs::sink::{Counting, Sink};
use healthd_logs::spec::{LogSpec, SourceSpec};
use healthd_store::{CommitError, Settings, Store, StoreError};

use super::super::output::{Exit, say, say_error};
use super::bar::Bar;
use super::surroundings::now;
use crate::cli::{ListenArgs, SourceArgs};
use crate::config::{self, ConfigError, LogsConfig};
use crate::logs::STORE_FILE;

/// Why a file is not counted.
#[derive(Debug, thiserror::Error)]
enum NotCounted {
    /// There is no configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It belongs to no log.
    #[error("{file} belongs to no [[log]] of the configuration: name one with --log, {known}", file = file.display())]
    NoLog { file: PathBuf, known: String },
    /// The store's file cannot be made.
    #[error("cannot make {}: {error}", file.display())]
    StoreFile { file: PathBuf, error: io::Error },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be counted.
    #[error(transparent)]
    File(#[from] BackfillError<SpecError>),
}

/// Runs the command. A file that cannot be counted does not keep the others from it.
pub(super) fn run(source: &SourceArgs, log: Option<&str>, files: &[PathBuf]) -> Exit {
    let (logs, store) = match open(source) {
        Ok(opened) => opened,
        Err(error @ NotCounted::Config(_)) => return say_error(Exit::Usage, &error),
        Err(error) => return say_error(Exit::Failure, &error),
    };
    let mut exit = Exit::Success;
    for file in files {
        match log_of(&logs, log, file).and_then(|spec| Ok((spec, count(&store, spec, file)?))) {
            Ok((spec, (0, _))) => {
                say(&format!("{}: nothing new, all of it is counted ({})\n", file.display(), name(spec)))
            }
            Ok((spec, (lines, counted))) => {
                let sums: Vec<_> = counted.iter().map(|(name, count)| format!("{name} {}", grouped(*count))).collect();
                let (file, lines, sums) = (file.display(), grouped(lines), sums.join(", "));
                say(&format!("{file}: {lines} lines read for {}; counted: {sums}\n", name(spec)));
            }
            Err(error) => exit = say_error(Exit::Failure, &error),
        }
    }
    exit
}

fn name(spec: &LogSpec) -> String {
    spec.source.name()
}

fn open(source: &SourceArgs) -> Result<(LogsConfig, Store), NotCounted> {
    let config = config::load(source, &ListenArgs::default())?;
    let file = config.state_dir.join(STORE_FILE);
    make(&file, &config.state_dir).map_err(|error| NotCounted::StoreFile { file: file.clone(), error })?;
    Ok((config.logs, Store::open(&file, Settings::default())))
}

/// Makes the file for the account of the daemon, which owns the directory: root may run this before the daemon runs.
fn make(file: &Path, dir: &Path) -> io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    OpenOptions::new().append(true).create(true).open(file)?;
    let owner = fs::metadata(dir)?;
    if owner.uid() != fs::metadata(file)?.uid() {
        chown(file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

/// The log that a file belongs to: the named one, or that whose path the file's begins with, or the only one.
fn log_of<'a>(logs: &'a LogsConfig, named: Option<&str>, file: &Path) -> Result<&'a LogSpec, NotCounted> {
    let found = match named {
        Some(wanted) => logs.logs.iter().find(|spec| name(spec) == wanted),
        None => {
            let path = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
            let path = path.to_string_lossy();
            let rotated = |spec: &&LogSpec| matches!(spec.source, SourceSpec::File(_)) && path.starts_with(&name(spec));
            // Of `/var/log/mail.log` and `/var/log/mail.log.err`, the longer one.
            let by_name = logs.logs.iter().filter(rotated).max_by_key(|spec| name(spec).len());
            by_name.or(if let [only] = logs.logs.as_slice() { Some(only) } else { None })
        }
    };
    found.ok_or_else(|| {
        let known = logs.logs.iter().map(name).collect::<Vec<_>>();
        let known =
            if known.is_empty() { "none is configured".to_owned() } else { format!("one of {}", known.join(", ")) };
        NotCounted::NoLog { file: file.to_owned(), known }
    })
}

/// Counts a file. The lines that were read for it, and what each counter counted.
fn count(store: &Store, spec: &LogSpec, file: &Path) -> Result<(u64, BTreeMap<String, u64>), NotCounted> {
    let is_compressed = file.extension().is_some_and(|extension| extension == "gz");
    let length = fs::metadata(file).ok().map(|metadata| metadata.len()).filter(|_| !is_compressed);
    let bar = Bar::new(&file.display().to_string(), length);
    let (mut lines, mut sums) = (0, BTreeMap::new());
    loop {
        let saved = store.load(&name(spec))?;
        let part = backfill(file, spec, &saved, now(), |spec, saved| {
            Ok(Metered { engine: Engine::new(spec, &saved.counters)?, bar: &bar })
        })?;
        if let Some(batch) = part.batch {
            let counted = sums_of(&batch.counters);
            match store.commit(batch) {
                Ok(_) => {}
                // The daemon was faster.
                Err(CommitError::Moved) => continue,
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
            lines += part.lines;
            for (name, count) in counted {
                *sums.entry(name).or_default() += count;
            }
        }
        if part.done {
            return Ok((lines, sums));
        }
    }
}

fn sums_of(counters: &BTreeMap<String, Counted>) -> BTreeMap<String, u64> {
    counters.iter().map(|(name, counted)| (name.clone(), counted.buckets.values().sum())).collect()
}

/// Counts, and shows how much.
struct Metered<'a> {
    engine: Engine,
    bar: &'a Bar,
}

impl Sink for Metered<'_> {
    fn lines(&mut self, block: &[u8], arrival: i64) {
        self.engine.lines(block, arrival);
        self.bar.add(block.len());
    }

    fn long_line(&mut self, beginning: &[u8], arrival: i64) {
        self.engine.long_line(beginning, arrival);
    }

    fn generation(&mut self) {
        self.engine.generation();
    }
}

impl Counting for Metered<'_> {
    fn take(&mut self) -> (BTreeMap<String, Counted>, Tally) {
        Counting::take(&mut self.engine)
    }

    fn times(&self) -> Option<(i64, i64)> {
        self.engine.times()
    }
}
