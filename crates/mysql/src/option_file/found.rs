//! The options found in option files.

use super::entry::OptionEntry;
use super::secrecy::WorldReadableSecret;

/// The options of the files that were read.
#[derive(Debug, Default)]
pub struct OptionFiles {
    pub(super) options: Vec<OptionEntry>,
    pub(super) warnings: Vec<String>,
    pub(super) exposed: Option<WorldReadableSecret>,
}

impl OptionFiles {
    /// The options of the requested groups in the order in which they were read. Of two with one name, the later one
    /// wins.
    #[must_use]
    pub fn options(&self) -> &[OptionEntry] {
        &self.options
    }

    /// What was ignored, and why. Each message has its file and line, and none quotes the file.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Fails if a file that every local user may read has a password in a requested group.
    ///
    /// # Errors
    /// The first such password, even if a later option overrides it: it is exposed all the same.
    pub fn check_secrecy(&self) -> Result<(), WorldReadableSecret> {
        match &self.exposed {
            Some(exposed) => Err(exposed.clone()),
            None => Ok(()),
        }
    }
}
