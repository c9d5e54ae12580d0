//! Credentials from option files.

use std::path::{Path, PathBuf};

use healthd_mysql::login::credentials::Credentials;
use healthd_mysql::option_file::{self, CLIENT_GROUPS};

use super::error::ConfigError;

/// The credentials of each option file, read once.
#[derive(Default)]
pub(super) struct OptionFiles {
    read: Vec<(Option<PathBuf>, Credentials)>,
    /// Warnings, for the log.
    pub(super) warnings: Vec<String>,
}

impl OptionFiles {
    /// The credentials of this file, or of the usual ones.
    ///
    /// # Errors
    /// When a file is wrong, or all users may read it.
    pub(super) fn credentials(&mut self, file: Option<&Path>) -> Result<Credentials, ConfigError> {
        if let Some((_, credentials)) = self.read.iter().find(|(read, _)| read.as_deref() == file) {
            return Ok(credentials.clone());
        }
        let wrong = |error: &dyn std::fmt::Display| ConfigError::OptionFile(error.to_string());
        let found = option_file::read_client_files(file, &CLIENT_GROUPS).map_err(|error| wrong(&error))?;
        found.check_secrecy().map_err(|error| wrong(&error))?;
        self.warnings.extend(found.warnings().iter().cloned());
        let credentials = Credentials::from_options(found.options()).map_err(|error| wrong(&error))?;
        self.read.push((file.map(Path::to_owned), credentials.clone()));
        Ok(credentials)
    }
}
