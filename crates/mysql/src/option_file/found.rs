//! What was found in option files.

use super::entry::OptionEntry;
use super::secrecy::WorldReadableSecret;

/// What was found in the option files that were read.
#[derive(Debug, Default)]
pub struct OptionFiles {
    pub(super) options: Vec<OptionEntry>,
    pub(super) warnings: Vec<String>,
    pub(super) exposed: Option<WorldReadableSecret>,
}

impl OptionFiles {
    /// The options of the wanted groups in the order in which they were read: of two with one name the later one wins.
    #[must_use]
    pub fn options(&self) -> &[OptionEntry] {
        &self.options
    }

    /// What was ignored, and why: each names its file and line, none quotes the file.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Fails if a file that every local user may read has a password in a wanted group.
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
