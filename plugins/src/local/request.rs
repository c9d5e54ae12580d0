//! What is to be read on this machine.

use std::time::Duration;

use healthd_mysql::login::address::Address;

/// What is to be read on this machine, beside the needs of the checks.
#[derive(Debug, Clone)]
pub struct LocalRequest<'a> {
    /// The name of the applet, for the sudoers line: the executable may be called by another name.
    pub applet: &'static str,
    /// The directory of the backups.
    pub backups: Option<&'a str>,
    /// The expected owner of the files of the data directory.
    pub owner: ExpectedOwner,
    /// The server whose files and process are read; `None` if none was asked.
    pub server: Option<&'a Address>,
    /// How new a line of the error log must be.
    pub logged_within: Duration,
    /// The password of the command line, which the sudoers line must not contain.
    pub password: Option<&'a str>,
}

/// The expected owner of a server's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExpectedOwner {
    /// The account's number; `None` for the account of the server's process.
    pub user: Option<u32>,
    /// The group.
    pub group: ExpectedGroup,
}

/// The expected group of a server's files.
#[derive(Debug, Clone, Copy, Default)]
pub enum ExpectedGroup {
    /// Any group.
    #[default]
    Any,
    /// The group of the server's process.
    Own,
    /// The group with this number.
    Number(u32),
}
