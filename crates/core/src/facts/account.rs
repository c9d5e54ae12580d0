//! The accounts of a server.

/// An account that can log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name; empty for whoever has none.
    pub user: String,
    /// From where.
    pub host: String,
    /// Whether its plugin wants a password and it has none.
    pub no_password: bool,
    /// Whether its plugin is on its way out of this server.
    pub old_plugin: bool,
}

impl Account {
    /// Whether anybody can log in with it.
    pub fn is_open(&self) -> bool {
        self.user.is_empty() || self.no_password
    }

    /// Whether it is for every host.
    pub fn is_anywhere(&self) -> bool {
        matches!(&*self.host, "%" | "")
    }
}
