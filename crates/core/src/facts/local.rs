//! What checks know about the files and processes of their own machine.

use super::fact::Fact;
use super::need::FactPlace;
use super::unseen::Unseen;
use crate::backup::Backups;

impl Fact for Backups {
    type Value = Self;
    const NAME: &'static str = "the backups";
    const PLACE: FactPlace = FactPlace::Machine;
}

/// The server's pid file, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PidFile {
    /// Its path, as the server reports it.
    pub path: String,
    /// What is there.
    pub state: PidState,
}

impl Fact for PidFile {
    type Value = Self;
    const NAME: &'static str = "the pid file";
    const PLACE: FactPlace = FactPlace::Process;
}

/// What a pid file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PidState {
    /// The file does not exist.
    Missing,
    /// It exists, but this account cannot read it.
    Closed,
    /// It does not contain a number.
    NoNumber,
    /// It names a running process.
    Runs(u32),
    /// It names a process of another pid namespace, which cannot be seen from here.
    Hidden(u32),
    /// It names a process that does not exist.
    Gone(u32),
    /// It names a process that is not a server.
    Another {
        /// Its number.
        pid: u32,
        /// The name of its program.
        program: String,
    },
    /// It names another server's process.
    AnotherServer {
        /// Its number.
        pid: u32,
        /// The number of the server that was asked, if it is known.
        asked: Option<u32>,
    },
    /// It is not a regular file: a link, a directory, a pipe.
    NoFile,
}

/// The owners of the files in a data directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owners {
    /// The data directory.
    pub path: String,
    /// The account that should own them: the server's account, or the directory's owner if that is not known.
    pub expected: String,
    /// How many files and directories were checked.
    pub seen: u64,
    /// How many belong to another account.
    pub strangers: u64,
    /// The first of them, each with its owner.
    pub first: Vec<String>,
    /// Why some could not be checked.
    pub unseen: Option<Unseen>,
}

impl Fact for Owners {
    type Value = Self;
    const NAME: &'static str = "the owners of the files";
    const PLACE: FactPlace = FactPlace::Process;
}

/// Deleted files that the server still holds open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletedFiles {
    /// The server's process.
    pub pid: u32,
    /// Each with its name and its size in bytes, without those that a server deletes on purpose.
    pub files: Vec<(String, u64)>,
}

impl Fact for DeletedFiles {
    type Value = Self;
    const NAME: &'static str = "the deleted files";
    const PLACE: FactPlace = FactPlace::Process;
}

/// Whether a name in `/proc/PID/fd` is a file that was deleted from outside. A server deletes its own temporary files
/// while they are open: files directly in its temporary directories, and files with such names elsewhere, do not count.
pub fn is_deleted(target: &str, temporary: &[&str]) -> bool {
    let Some(path) = target.strip_suffix(" (deleted)").filter(|path| path.starts_with('/')) else { return false };
    let (directory, name) = path.rsplit_once('/').unwrap_or_default();
    let temporary = temporary.iter().map(|parent| parent.trim_end_matches('/')).any(|parent| parent == directory);
    // Six random characters after a prefix, as mkstemp makes them; the tenth `ibdata` is as long.
    let random = |prefix: &str| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() == 6 && !rest.contains('.') && !rest.starts_with("data"))
    };
    let made = ["ib", "ML", "MY", "ST", "fd"].iter().any(|prefix| random(prefix));
    // The kernel's name for a file that never had one.
    let nameless = name.strip_prefix('#').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let memory = path.starts_with("/memfd:") || path.starts_with("/SYSV") || path.starts_with("/dev/");
    let kernel = directory.is_empty() && name.starts_with('[');
    !(memory || kernel || made || nameless || name.starts_with("#sql") || temporary && !directory.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_deletes_on_purpose_does_not_count() {
        for (target, expected) in [
            // As MariaDB 10.11, MySQL 9.7 and 5.6 have them.
            ("/mnt/#10010837 (deleted)", false),
            ("/tmp/ibXXXXXX (deleted)", false),
            ("/var/lib/mysql/ib3kCq9z (deleted)", false),
            ("/data/tmp/anything (deleted)", false),
            ("/data/tmp/mysql/ibdata1 (deleted)", true),
            ("/data/tmpfile (deleted)", true),
            ("/var/lib/mysql/#sql-1a_3.MAD (deleted)", false),
            ("/var/lib/mysql/MLabc123 (deleted)", false),
            ("/[aio] (deleted)", false),
            ("/memfd:x (deleted)", false),
            ("/SYSV00000000 (deleted)", false),
            ("/ibdata1 (deleted)", true),
            ("/var/lib/mysql/#innodb_redo/#ib_redo37 (deleted)", true),
            ("/var/lib/mysql/#ib_16384_0.dblwr (deleted)", true),
            ("/dev/shm/x (deleted)", false),
            ("socket:[1234]", false),
            ("anon_inode:[eventpoll]", false),
            ("/var/lib/mysql/ibdata1", false),
            ("/var/lib/mysql/ibdata1 (deleted)", true),
            ("/var/lib/mysql/ibdata10 (deleted)", true),
            ("/var/lib/mysql/ib_logfile0 (deleted)", true),
            ("/var/lib/mysql/shop/t.ibd (deleted)", true),
            ("/var/log/mysql/error.log.1 (deleted)", true),
            ("/var/lib/mysql/STATES.MYD (deleted)", true),
            ("", false),
            (" (deleted)", false),
        ] {
            assert_eq!(is_deleted(target, &["/data/tmp/", "", "/"]), expected, "{target}");
        }
    }
}
