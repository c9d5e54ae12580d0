//! What is to be looked at on this machine, and what the server says of where its things are.

use std::time::Duration;

use healthd_core::facts::{Facts, Local, ServerProcess, SystemVariables, Unseen, Values};
use healthd_core::text::clean::one_line;
use healthd_mysql::login::address::Address;

use crate::asking::login::{is_here, own_host};

/// What is to be looked at on this machine, and for whom.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    /// The name of the applet: the executable may be called by another one.
    pub applet: &'static str,
    /// The directory of the backups.
    pub name: Option<&'a str>,
    /// Whose the files of the data directory should be.
    pub owner: Owner,
    /// The server that is asked for the rest, if one is.
    pub server: Option<&'a Address>,
    /// How new a line of the error log must be.
    pub logged_within: Duration,
    /// The password of the command line, which is not to be shown.
    pub password: Option<&'a str>,
}

/// Whose the files of a server should be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Owner {
    /// The account's number; the server's own account where none is named.
    pub user: Option<u32>,
    /// Their group.
    pub group: Group,
}

/// Whose group the files of a server should have.
#[derive(Debug, Clone, Copy, Default)]
pub enum Group {
    /// It does not matter.
    #[default]
    Any,
    /// That of the server's process.
    Own,
    /// The one of this number.
    Named(u32),
}

/// What a server says of where its things are on this machine.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) variables: Values,
    /// The process at its socket.
    pub(super) process: Option<ServerProcess>,
}

impl Server {
    pub(super) fn of(scope: &Scope<'_>, facts: &Facts) -> Local<Server> {
        match scope.server {
            Some(Address::Tcp { host, .. }) if !is_here(host) => {
                Err(Unseen::Elsewhere(scope.server.map(Address::to_string).unwrap_or_default()))
            }
            _ => match facts.get::<SystemVariables>() {
                Some(Ok(variables)) => match (scope.server, variables.text("hostname")) {
                    (Some(address @ Address::Tcp { .. }), Some(host)) => here(address, host),
                    // A socket leads into a container at most, which may have other files of the same names.
                    (Some(address), Some(host)) if facts.process == Some(ServerProcess::Hidden) => here(address, host),
                    _ => Ok(()),
                }
                .map(|()| Server { variables: variables.clone(), process: facts.process }),
                _ => Err(Unseen::Unsaid("variables")),
            },
        }
    }

    pub(super) fn says(&self, name: &'static str) -> Local<&str> {
        self.variables.text(name).filter(|text| !text.is_empty()).ok_or(Unseen::Unsaid(name))
    }
}

/// A tunnel, or a container's published port, ends at another machine than its address says.
fn here(address: &Address, host: &str) -> Local<()> {
    let own = own_host();
    if host.is_empty() || host == own {
        return Ok(());
    }
    let (address, host) = (address.to_string(), one_line(host, 60));
    Err(Unseen::Forwarded { address, host, here: own })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_behind_a_tunnel_is_not_on_this_machine() {
        let own = own_host();
        let tcp = Address::Tcp { host: "127.0.0.1".to_owned(), port: 3306 };
        let socket = Address::Unix("/run/mysqld/mysqld.sock".into());
        let of = |address: &Address, host: &str| {
            let scope = Scope {
                applet: "check_my",
                name: None,
                owner: Owner::default(),
                server: Some(address),
                logged_within: Duration::ZERO,
                password: None,
            };
            let variables = [("hostname", host)].into_iter().collect();
            Server::of(&scope, &Facts::default().with::<SystemVariables>(Ok(variables))).map(|_| ())
        };
        assert_eq!([of(&tcp, &own), of(&tcp, ""), of(&socket, "db-far")], [Ok(()), Ok(()), Ok(())]);
        let (address, host) = ("127.0.0.1:3306".to_owned(), "db-far".to_owned());
        assert_eq!(of(&tcp, "db-far"), Err(Unseen::Forwarded { address, host, here: own }));
    }
}
