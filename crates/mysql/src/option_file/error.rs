//! Errors of option files. No message quotes a line, because it may contain a password.

use std::io;
use std::path::PathBuf;

use super::entry::Location;

/// Why option files could not be read.
#[derive(Debug, thiserror::Error)]
pub enum OptionFileError {
    /// The file that was given cannot be read.
    #[error(
        "cannot read option file {}: {source}; check that it exists and that this user may read it",
        file.display()
    )]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A `[` without `]`.
    #[error("group name is not closed at {0}; add the missing ']'")]
    UnclosedGroup(Location),
    /// An option before the first group.
    #[error(
        "option outside of any group at {0}; put a group such as [client] before it, and remove a byte order mark if \
         the file begins with one"
    )]
    OptionOutsideGroup(Location),
    /// An `!include` or `!includedir` without a path.
    #[error("include directive without a path at {0}; name a file after !include, a directory after !includedir")]
    IncludeWithoutPath(Location),
    /// An `!includedir` whose directory cannot be listed.
    #[error("cannot list the directory of the !includedir at {at}: {source}; create the directory or remove the line")]
    IncludeDirUnreadable {
        /// The directive.
        at: Location,
        /// The system's reason.
        source: io::Error,
    },
    /// An option of a wanted group that is not UTF-8.
    #[error(
        "option is not valid UTF-8 at {0}; save the file as UTF-8, and quote a value that ends in a letter such as 'à' \
         (without quotes clients strip its last byte a0 as white space)"
    )]
    NotUtf8(Location),
}
