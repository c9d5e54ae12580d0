//! Full and incremental backups.

/// Whether a backup is complete by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupType {
    /// Everything.
    Full,
    /// What has changed since another backup.
    Incremental,
}

impl BackupType {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            BackupType::Full => "full",
            BackupType::Incremental => "incremental",
        }
    }
}
