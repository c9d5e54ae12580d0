//! The accounts of a server.

use super::fact::Fact;

/// An account that can log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name; empty for an anonymous account.
    pub user: String,
    /// The host that it may connect from.
    pub host: String,
    /// Whether its plugin needs a password and it has none.
    pub no_password: bool,
    /// Whether its plugin is deprecated on this server.
    pub old_plugin: bool,
}

impl Account {
    /// Whether any client can log in with it, because it has no name or no password.
    pub fn is_open(&self) -> bool {
        self.user.is_empty() || self.no_password
    }

    /// Whether it may connect from every host.
    pub fn is_anywhere(&self) -> bool {
        matches!(&*self.host, "%" | "")
    }
}

/// The accounts that can log in.
#[derive(Debug)]
pub struct Accounts;

impl Fact for Accounts {
    type Value = Vec<Account>;
    const NAME: &'static str = "the accounts";
    const PRIVILEGE: Option<&'static str> = Some("`SELECT` on `mysql.*`");
}
