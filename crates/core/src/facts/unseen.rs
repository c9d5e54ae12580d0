//! Why a file or process on the machine of a check could not be read.

use std::fmt;
use std::time::Duration;

use crate::text::duration::short;

/// What was read, or the reason why it could not be read.
pub type Local<T> = Result<T, Unseen>;

/// Why a file or process on this machine could not be read. None of these is ever OK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseen {
    /// Nothing has this name.
    Missing(String),
    /// The name is not a directory.
    NotADirectory(String),
    /// This account lacks the permission.
    Denied {
        /// The path that it cannot read.
        path: String,
        /// The sudoers line that permits it as root; `None` if the account is root, or if one line cannot express it.
        sudoers: Option<Sudoers>,
    },
    /// It took too long.
    Late(Duration),
    /// Reading failed for another reason.
    Failed {
        /// What was to be read.
        path: String,
        /// The error message of the system.
        why: String,
    },
    /// The server is on another machine, according to its address.
    Elsewhere(String),
    /// Its address belongs to this machine, but leads to another one.
    Forwarded {
        /// The address.
        address: String,
        /// The host that the server says it runs on.
        host: String,
        /// The host name of this machine.
        here: String,
    },
    /// The server does not report the path.
    Unsaid(&'static str),
    /// The pid file does not lead to the server's process.
    NoProcess(String),
}

/// What permits an account to run a command as root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sudoers {
    /// The line of sudoers.
    pub line: String,
    /// Whether the command had a password, which the line leaves out.
    pub without_password: bool,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unseen::Missing(path) => {
                write!(f, "{path} does not exist: check the path, and whether the disk is mounted")
            }
            Unseen::NotADirectory(path) => write!(f, "{path} is not a directory"),
            Unseen::Denied { path, sudoers: Some(Sudoers { line, without_password }) } => {
                let password = if *without_password { ", with the password in /root/.my.cnf" } else { "" };
                write!(
                    f,
                    "{path} cannot be read by this account; call the command with sudo -n{password}, and add to \
                     sudoers: {line}"
                )
            }
            Unseen::Denied { path, sudoers: None } => write!(f, "{path} cannot be read by this account"),
            Unseen::Late(after) => {
                write!(
                    f,
                    "the files could not be read within {}: check whether a disk or network file system hangs",
                    short(*after)
                )
            }
            Unseen::Failed { path, why } => write!(f, "{path} cannot be read: {why}"),
            Unseen::Elsewhere(address) => {
                write!(
                    f,
                    "{address} is not on this machine: run this check on the database host, through NRPE or an agent"
                )
            }
            Unseen::Forwarded { address, host, here } => {
                write!(
                    f,
                    "{address} leads to the host {host}, but this is {here}: run this check there (or connect over the \
                     socket, if both are the same host)"
                )
            }
            Unseen::Unsaid(name) => write!(f, "this server does not report its {name}"),
            Unseen::NoProcess(why) => write!(f, "the server's process cannot be found: {why}"),
        }
    }
}
