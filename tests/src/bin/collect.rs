//! Collects one log into a store until it is killed, as healthd does, but without pauses: for the test that kills it.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use healthd_core::samples::batch::Batch;
use healthd_logs::collector::Collector;
use healthd_logs::engine::Engine;
use healthd_logs::spec::{CounterSpec, LogSpec, Matcher, SourceSpec, TimeFormat};
use healthd_store::{CommitError, Settings, Store};

/// Time between two polls.
const POLL: Duration = Duration::from_millis(5);

#[expect(clippy::print_stderr, reason = "the test shows it")]
fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(file), Some(store)) = (arguments.next(), arguments.next()) else {
        return ExitCode::FAILURE;
    };
    let counter = CounterSpec {
        name: "lines".to_owned(),
        matcher: Matcher::Regex("app: key=(?<key>[0-9]+) ".to_owned()),
        filter: std::collections::BTreeMap::new(),
        labels: None,
        max_series: 1000,
        content_filters: Vec::new(),
    };
    let source = SourceSpec::File(file.into());
    let spec = LogSpec { source, time: TimeFormat::Rfc3339, zone: None, counters: vec![counter] };
    let store = Store::open(Path::new(&store), Settings::default());
    match collect(&spec, &store) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("collect: {error}");
            ExitCode::FAILURE
        }
    }
}

fn collect(spec: &LogSpec, store: &Store) -> Result<(), Box<dyn std::error::Error>> {
    let start = || -> Result<_, Box<dyn std::error::Error>> {
        let saved = store.load(&spec.source.name())?;
        Ok(Collector::new(spec, &saved, Engine::new(spec, &saved.counters)?))
    };
    let mut collector = start()?;
    loop {
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
        if let Some(batch) = collector.read(now)? {
            match commit(store, batch) {
                Ok(version) => collector.stored(version),
                Err(CommitError::Moved) => collector = start()?,
                Err(error) => return Err(error.into()),
            }
        }
        if !collector.has_more() {
            std::thread::sleep(POLL);
        }
    }
}

fn commit(store: &Store, batch: Batch) -> Result<u64, CommitError> {
    store.commit(batch)
}
