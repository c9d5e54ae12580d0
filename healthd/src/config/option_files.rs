//! Credentials from option files.

use std::path::{Path, PathBuf};

use healthd_mysql::login::credentials::{Credentials, CredentialsError};
use healthd_mysql::option_file::{self, CLIENT_GROUPS, OptionFileError, WorldReadableSecret};

/// Why option files give no credentials.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OptionFilesError {
    /// One cannot be read.
    #[error(transparent)]
    Unusable(#[from] OptionFileError),
    /// Every user may read a password in one.
    #[error(transparent)]
    Readable(#[from] WorldReadableSecret),
    /// An option in one is wrong.
    #[error(transparent)]
    Option(#[from] CredentialsError),
}

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
    pub(super) fn credentials(&mut self, file: Option<&Path>) -> Result<Credentials, OptionFilesError> {
        if let Some((_, credentials)) = self.read.iter().find(|(read, _)| read.as_deref() == file) {
            return Ok(credentials.clone());
        }
        let found = option_file::read_client_files(file, &CLIENT_GROUPS)?;
        found.check_secrecy()?;
        self.warnings.extend(found.warnings().iter().cloned());
        let credentials = Credentials::from_options(found.options())?;
        self.read.push((file.map(Path::to_owned), credentials.clone()));
        Ok(credentials)
    }
}
