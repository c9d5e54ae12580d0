//! Why something on the machine of a check could not be looked at.

use std::fmt;
use std::time::Duration;

use crate::text::duration::short;

/// Something that was looked at, or why it could not be.
pub type Local<T> = Result<T, Unseen>;

/// Why something on this machine could not be looked at. None of these is ever OK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseen {
    /// There is nothing of this name.
    Missing(String),
    /// There is something else.
    NotADirectory(String),
    /// This account may not.
    Denied {
        /// What it may not read.
        path: String,
        /// The line that lets it, as root; `None` where it is root, or where sudo could not be told in one line.
        sudoers: Option<Sudoers>,
    },
    /// It took too long.
    Late(Duration),
    /// The system says no for another reason.
    Failed {
        /// What was to be read.
        path: String,
        /// The system's words.
        why: String,
    },
    /// The server is on another machine, as far as its address says.
    Elsewhere(String),
    /// Its address is of this machine, and leads to another one.
    Forwarded {
        /// The address.
        address: String,
        /// The host that the server says it runs on.
        host: String,
        /// This one.
        here: String,
    },
    /// The server does not say where it is.
    Unsaid(&'static str),
    /// The pid file does not lead to the server's process.
    NoProcess(String),
}

/// What lets an account run a command as root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sudoers {
    /// The line of sudoers.
    pub line: String,
    /// Whether the command had a password, which the line has not.
    pub without_password: bool,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unseen::Missing(path) => write!(f, "there is no {path}: is the path right, is the disk mounted?"),
            Unseen::NotADirectory(path) => write!(f, "{path} is not a directory"),
            Unseen::Denied { path, sudoers: Some(Sudoers { line, without_password }) } => {
                let password = if *without_password { ", its password in /root/.my.cnf" } else { "" };
                write!(
                    f,
                    "{path} cannot be read by this account; a line for sudoers (and sudo -n in the command{password}): {line}"
                )
            }
            Unseen::Denied { path, sudoers: None } => write!(f, "{path} cannot be read by this account"),
            Unseen::Late(after) => {
                write!(
                    f,
                    "the files were not read within {}: does a disk or a network file system hang?",
                    short(*after)
                )
            }
            Unseen::Failed { path, why } => write!(f, "{path} cannot be read: {why}"),
            Unseen::Elsewhere(address) => {
                write!(
                    f,
                    "{address} is not on this machine: this must run on the database's own, through NRPE or an agent"
                )
            }
            Unseen::Forwarded { address, host, here } => {
                write!(
                    f,
                    "{address} leads to the machine {host}, and this is {here}: this must run there (or ask by the socket, \
                     where both are one)"
                )
            }
            Unseen::Unsaid(name) => write!(f, "this server does not say its {name}"),
            Unseen::NoProcess(why) => write!(f, "the server's process was not found: {why}"),
        }
    }
}
