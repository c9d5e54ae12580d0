//! Credentials from option files.

use std::env;
use std::path::{Path, PathBuf};

use healthd_mysql::credentials::Credentials;
use healthd_mysql::option_file::{self, CLIENT_GROUPS, ClientEnvironment};

use super::load::ConfigError;

/// The credentials of each option file, read once.
#[derive(Default)]
pub(super) struct OptionFiles {
    read: Vec<(Option<PathBuf>, Credentials)>,
    /// What the reader noticed, for the log.
    pub(super) warnings: Vec<String>,
}

impl OptionFiles {
    /// The credentials of this file, or of the usual ones.
    ///
    /// # Errors
    /// When a file is wrong, or may be read by everybody.
    pub(super) fn credentials(&mut self, file: Option<&Path>) -> Result<Credentials, ConfigError> {
        // A systemd credential takes the place of the usual files.
        let credential = env::var_os("CREDENTIALS_DIRECTORY").map(|dir| Path::new(&dir).join("client.cnf"));
        let file = file.map(Path::to_owned).or(credential.filter(|file| file.exists()));
        if let Some((_, credentials)) = self.read.iter().find(|(read, _)| *read == file) {
            return Ok(credentials.clone());
        }
        let wrong = |error: &dyn std::fmt::Display| ConfigError::OptionFile(error.to_string());
        let environment = ClientEnvironment::from_process();
        let found = match &file {
            Some(file) => option_file::read_defaults_file(file, &CLIENT_GROUPS, environment.home.as_deref()),
            None => {
                let files = option_file::default_files(&environment);
                option_file::read_default_files(&files, &CLIENT_GROUPS, environment.home.as_deref())
            }
        }
        .map_err(|error| wrong(&error))?;
        found.check_secrecy().map_err(|error| wrong(&error))?;
        self.warnings.extend(found.warnings().iter().cloned());
        let credentials = Credentials::from_options(found.options()).map_err(|error| wrong(&error))?;
        self.read.push((file, credentials.clone()));
        Ok(credentials)
    }
}
