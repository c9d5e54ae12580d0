//! Events to stderr: one line each, for people or as JSON.

use std::collections::HashSet;
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

use crate::cli::{LogArgs, LogFormat};
use crate::supervise;

/// More lines than any burst of state changes.
const LINES_WAITING: usize = 4096;

/// Logs each panic once, and its repetitions at debug level: a probe that panics does so at every attempt. `task` is
/// the supervised task, if it was one.
fn log_panics() {
    let seen = Mutex::new(HashSet::new());
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = healthd_core::text::clean::one_line(panic.payload_as_str().unwrap_or("no text"), 300);
        let task = supervise::running().unwrap_or_default();
        let new = seen.lock().unwrap_or_else(PoisonError::into_inner).insert(place.clone());
        if new {
            tracing::error!(task = &*task, place, text, "a task panicked");
        } else {
            tracing::debug!(task = &*task, place, text, "a task panicked again");
        }
    }));
}

/// Starts logging on a separate thread: a journal or terminal that blocks must not delay an answer, so lines are
/// dropped when thousands wait. The guard writes the last lines when it is dropped.
pub(crate) fn start(args: LogArgs) -> WorkerGuard {
    // The queue is allocated at once: the default of 128,000 lines is 4 MB.
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(LINES_WAITING).finish(std::io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_writer(writer)
        .log_internal_errors(false)
        .with_max_level(LevelFilter::from_level(args.log_level))
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    // The journal adds the time itself.
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let started = match (args.log_format, journal) {
        (LogFormat::Json, _) => builder.json().flatten_event(true).try_init(),
        (LogFormat::Text, true) => builder.without_time().try_init(),
        (LogFormat::Text, false) => builder.try_init(),
    };
    started.expect("logging is started once");
    log_panics();
    guard
}
