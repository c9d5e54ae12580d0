//! Passwords in files that every local user may read.

use std::path::PathBuf;

/// A password in a file that users other than its owner and group may read. The daemon refuses to start with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "password at {}:{line} is readable by every local user (mode {mode:04o}); run chmod 640 and chown root:healthd on \
     that file, and change the password",
    file.display()
)]
pub struct WorldReadableSecret {
    /// The file that has the password.
    pub file: PathBuf,
    /// The password's line, counted from 1.
    pub line: usize,
    /// The file's permission bits.
    pub mode: u32,
}

/// The permission bits of a file's mode, without its type.
pub(super) const PERMISSIONS: u32 = 0o7777;
/// Others may read.
pub(super) const OTHERS_READ: u32 = 0o004;
/// Others may write.
pub(super) const OTHERS_WRITE: u32 = 0o002;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_the_line_and_the_remedy() {
        let secret = WorldReadableSecret { file: PathBuf::from("/etc/x.cnf"), line: 3, mode: 0o644 };
        assert_eq!(
            secret.to_string(),
            "password at /etc/x.cnf:3 is readable by every local user (mode 0644); run chmod 640 and chown \
             root:healthd on that file, and change the password"
        );
    }
}
