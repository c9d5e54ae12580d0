//! Why there is no configuration.

use std::path::PathBuf;

use super::contradiction::Contradiction;
use super::option_files::OptionFilesError;

/// Environment variables over the file: `HEALTHD__INTERVAL=200ms`.
pub(super) const ENVIRONMENT: &str = "HEALTHD";

/// Why there is no configuration. Never quotes a line of a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A value in the file is wrong.
    #[error("{}:{line}:{column}: {message}", file.display())]
    At {
        /// The file.
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
    /// Values do not fit together.
    #[error("{}{contradiction}", file.as_ref().map(|file| format!("{}: ", file.display())).unwrap_or_default())]
    Contradiction {
        /// The configuration file, if there is one.
        file: Option<PathBuf>,
        /// What does not fit together.
        contradiction: Contradiction,
    },
    /// An option file is wrong, or every user may read its password.
    #[error(transparent)]
    OptionFile(#[from] OptionFilesError),
}
