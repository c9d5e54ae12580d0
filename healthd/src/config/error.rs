//! Why there is no configuration.

use std::path::PathBuf;

/// Environment variables over the file: `HEALTHD__INTERVAL=200ms`.
pub(super) const ENVIRONMENT: &str = "HEALTHD";

/// Why there is no configuration. Never quotes a line of a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file is not there or not readable.
    #[error("cannot read `{}`: {error}", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is wrong at a place.
    #[error("{}:{line}:{column}: {message}", file.display())]
    At {
        /// Which.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// An environment variable is wrong.
    #[error("environment variable {ENVIRONMENT}__{}: {message}", key.to_uppercase().replace('.', "__"))]
    Environment {
        /// The key, as in the file.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// Values that do not go together.
    #[error("{}{message}", file.as_ref().map(|file| format!("{}: ", file.display())).unwrap_or_default())]
    Contradiction {
        /// The configuration file, if there is one.
        file: Option<PathBuf>,
        /// What does not go together.
        message: String,
    },
    /// An option file is wrong, or readable by everybody.
    #[error("{0}")]
    OptionFile(String),
}
