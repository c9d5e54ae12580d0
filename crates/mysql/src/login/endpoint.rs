//! The address of the server, from option files.

use std::path::PathBuf;

use crate::login::address::{Address, parse_port};
use crate::option_file::{KnownOption, Location, OptionEntry, OptionValueError};

/// Where MySQL clients look for the socket by default: in Debian's and Red Hat's packages, and the built-in default.
const SOCKETS: [&str; 4] =
    ["/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"];

/// `host`, `port` and `socket` of option files, or of a command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoint {
    /// `host`
    pub host: Option<String>,
    /// `port`
    pub port: Option<u16>,
    /// `socket`
    pub socket: Option<PathBuf>,
}

/// Why options are not a valid address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// An option that cannot be understood.
    #[error(transparent)]
    Value(#[from] OptionValueError),
    /// A value of `port` that is not a port.
    #[error("option port is not a number from 1 to 65535 at {at}")]
    Port {
        /// Its position.
        at: Location,
    },
}

impl Endpoint {
    /// Selects the address from options in the order in which they were read: later ones win.
    ///
    /// # Errors
    /// An option that is named here and has an unusable value.
    pub fn from_options(options: &[OptionEntry]) -> Result<Endpoint, EndpointError> {
        let mut endpoint = Endpoint::default();
        for entry in options {
            let Some(option) = KnownOption::find(entry, &["host", "port", "socket"])? else {
                continue;
            };
            let text = option.text()?;
            match option.name() {
                "host" => endpoint.host = Some(text.to_owned()),
                "port" => {
                    endpoint.port = Some(parse_port(text).ok_or_else(|| EndpointError::Port { at: option.at() })?)
                }
                _ => endpoint.socket = Some(PathBuf::from(text)),
            }
        }
        Ok(endpoint)
    }

    /// The same, overridden by the options of a command line.
    #[must_use]
    pub fn or(self, files: Endpoint) -> Endpoint {
        Endpoint {
            host: self.host.or(files.host),
            port: self.port.or(files.port),
            socket: self.socket.or(files.socket),
        }
    }

    /// The address that the clients would connect to: no host, and `localhost`, mean the socket. If no usual socket
    /// exists, it is the loopback address.
    pub fn address(&self) -> Address {
        let port = self.port.unwrap_or(3306);
        match &self.host {
            Some(host) if host != "localhost" && !host.is_empty() => Address::Tcp { host: host.clone(), port },
            _ => {
                let usual = || SOCKETS.iter().map(PathBuf::from).find(|path| path.exists());
                match self.socket.clone().or_else(usual) {
                    Some(path) => Address::Unix(path),
                    None => Address::Tcp { host: "127.0.0.1".to_owned(), port },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_tcp_and_localhost_its_socket() {
        let socket = Some(PathBuf::from("/run/x.sock"));
        for (host, port, expected) in [
            (Some("db1"), None, "db1:3306"),
            (Some("::1"), Some(3307), "[::1]:3307"),
            (Some("localhost"), Some(3307), "unix:/run/x.sock"),
            (None, None, "unix:/run/x.sock"),
        ] {
            let endpoint = Endpoint { host: host.map(str::to_owned), port, socket: socket.clone() };
            assert_eq!(endpoint.address().to_string(), expected, "{host:?} {port:?}");
        }
    }
}
