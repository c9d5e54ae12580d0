//! The server on this machine, and where its files are.

use healthd_core::facts::{Facts, Local, ServerProcess, SystemVariables, Unseen, Values};
use healthd_core::text::clean::one_line;
use healthd_mysql::login::address::Address;

use crate::local::host::{is_here, own_host};

/// A server that runs on this machine: its system variables name its files.
#[derive(Debug, Clone)]
pub(super) struct LocalServer {
    variables: Values,
    /// The process at its socket.
    pub(super) process: Option<ServerProcess>,
}

impl LocalServer {
    /// The server that gave these facts.
    ///
    /// # Errors
    /// The server runs on another machine, or did not report its variables.
    pub(super) fn of(address: Option<&Address>, facts: &Facts) -> Local<LocalServer> {
        if let Some(address @ Address::Tcp { host, .. }) = address
            && !is_here(host)
        {
            return Err(Unseen::Elsewhere(address.to_string()));
        }
        let Some(variables) = facts.value::<SystemVariables>() else { return Err(Unseen::Unsaid("variables")) };
        match (address, variables.text("hostname")) {
            (Some(address @ Address::Tcp { .. }), Some(host)) => is_own_name(address, host)?,
            // A socket can only lead into a container, which may have other files of the same names.
            (Some(address), Some(host)) if facts.process == Some(ServerProcess::Hidden) => is_own_name(address, host)?,
            _ => {}
        }
        Ok(LocalServer { variables: variables.clone(), process: facts.process })
    }

    /// The value of a system variable.
    ///
    /// # Errors
    /// The server did not report it, or it is empty.
    pub(super) fn variable(&self, name: &'static str) -> Local<&str> {
        self.variables.text(name).filter(|text| !text.is_empty()).ok_or(Unseen::Unsaid(name))
    }
}

/// A tunnel, or a published port of a container, ends at another machine than its address says.
fn is_own_name(address: &Address, host: &str) -> Local<()> {
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
            let variables = [("hostname", host)].into_iter().collect();
            let facts = Facts::default().with::<SystemVariables>(Ok(variables));
            LocalServer::of(Some(address), &facts).map(|_| ())
        };
        assert_eq!([of(&tcp, &own), of(&tcp, ""), of(&socket, "db-far")], [Ok(()), Ok(()), Ok(())]);
        let (address, host) = ("127.0.0.1:3306".to_owned(), "db-far".to_owned());
        assert_eq!(of(&tcp, "db-far"), Err(Unseen::Forwarded { address, host, here: own }));
    }
}
