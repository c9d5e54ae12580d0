//! Events to stderr: one line each, for people or as JSON.

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;

use crate::cli::LogFormat;

/// Starts logging. Under systemd the journal has the time already.
pub(crate) fn start(format: LogFormat, level: tracing::Level) {
    let builder = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(LevelFilter::from_level(level))
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    // A second start in one process (tests) keeps the first.
    drop(match (format, journal) {
        (LogFormat::Json, _) => builder.json().flatten_event(true).try_init(),
        (LogFormat::Text, true) => builder.without_time().try_init(),
        (LogFormat::Text, false) => builder.try_init(),
    });
}
