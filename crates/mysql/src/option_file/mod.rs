//! MySQL option files, read the way the MySQL and MariaDB client programs read them.
//!
//! Where the manuals and the real parser disagree, this follows the parser: `tests/option_files.rs` compares it with
//! `my_print_defaults`. Manuals: <https://dev.mysql.com/doc/refman/8.4/en/option-files.html>,
//! <https://mariadb.com/kb/en/configuring-mariadb-with-option-files/>.
//!
//! What the manuals do not say and the parser does:
//! - group and option names ignore ASCII case;
//! - a byte `a0` counts as white space, so an unquoted value that ends in `à` loses half of that letter;
//! - a line is at most 4094 bytes, the rest is read as a further line;
//! - a NUL ends a line;
//! - `!include` and `!includedir` in a last line without newline lose the last character of the path;
//! - a syntax error is fatal in a top-level file, but only ends the reading of an included one;
//! - `~/` is expanded for `!include`, but not for `!includedir`.
//!
//! Two deliberate differences, both stricter: an option that is not UTF-8 is an error, and so is a directory given as
//! the one file to read. Two omissions: `~user/` is not expanded, and `MYSQL_GROUP_SUFFIX` is not consulted (the caller
//! names the groups).

mod entry;
mod error;
mod found;
mod lines;
mod locations;
mod name;
mod reader;
mod secrecy;
mod secret;
mod syntax;
#[cfg(test)]
mod tests;
mod typed;

use std::path::{Path, PathBuf};

pub use entry::{Location, OptionEntry};
pub use error::OptionFileError;
pub use found::OptionFiles;
pub use locations::{ClientEnvironment, default_files};
pub(crate) use name::Prefix;
pub use secrecy::WorldReadableSecret;
pub use secret::Secret;
pub use typed::OptionValueError;
pub(crate) use typed::{KnownOption, Switch};

/// The groups that healthd reads. Their order here does not matter: the order of the groups in the files decides.
pub const CLIENT_GROUPS: [&str; 4] = ["client", "client-server", "client-mariadb", "client-healthd"];

/// Reads what a client of this process would read: this file, else a systemd credential named `client.cnf`, else the
/// default files.
///
/// # Errors
/// As [`read_default_files`] and [`read_defaults_file`].
pub fn read_client_files(file: Option<&Path>, groups: &[&str]) -> Result<OptionFiles, OptionFileError> {
    let environment = ClientEnvironment::from_process();
    let home = environment.home.as_deref();
    let credential = std::env::var_os("CREDENTIALS_DIRECTORY").map(|dir| Path::new(&dir).join("client.cnf"));
    match file.map(Path::to_owned).or(credential.filter(|file| file.exists())) {
        Some(file) => read_defaults_file(&file, groups, home),
        None => read_default_files(&default_files(&environment), groups, home),
    }
}

/// Reads the default files in order, and skips missing ones.
///
/// `home` replaces a leading `~/`, as `$HOME` does for the clients.
///
/// # Errors
/// A syntax error in one of them, or an option of a wanted group that is not UTF-8.
pub fn read_default_files(
    files: &[PathBuf],
    groups: &[&str],
    home: Option<&Path>,
) -> Result<OptionFiles, OptionFileError> {
    let mut reader = reader::Reader::new(groups, home);
    for file in files {
        reader.read_optional(file)?;
    }
    Ok(reader.finish())
}

/// Reads one file, which must exist, as `--defaults-file` does.
///
/// # Errors
/// As [`read_default_files`], and if the file cannot be read.
pub fn read_defaults_file(file: &Path, groups: &[&str], home: Option<&Path>) -> Result<OptionFiles, OptionFileError> {
    let mut reader = reader::Reader::new(groups, home);
    reader.read_required(file)?;
    Ok(reader.finish())
}
