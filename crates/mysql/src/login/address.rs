//! The address of a server: TCP or a unix socket.

use std::fmt;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::str::FromStr;

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// Host (name or IP literal) and port. `localhost` is TCP here; a socket is given by its path.
    Tcp {
        /// Name or IP literal, IPv6 without brackets.
        host: String,
        /// Port.
        port: u16,
    },
    /// The path of a unix socket.
    Unix(PathBuf),
}

impl Address {
    /// The TCP port, if it is one.
    pub fn port(&self) -> Option<u16> {
        match self {
            Address::Tcp { port, .. } => Some(*port),
            Address::Unix(_) => None,
        }
    }

    /// The same host with another port, for `extra_port` and `admin_port`. For a socket it is the loopback address.
    pub fn with_port(&self, port: u16) -> Address {
        let host = match self {
            Address::Tcp { host, .. } => host.clone(),
            Address::Unix(_) => "127.0.0.1".to_owned(),
        };
        Address::Tcp { host, port }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.parse::<Ipv6Addr>().is_ok() => write!(f, "[{host}]:{port}"),
            Address::Tcp { host, port } => write!(f, "{host}:{port}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an address: {why}; write HOST:PORT, [IPV6]:PORT or unix:/PATH")]
pub struct AddressError {
    text: String,
    why: &'static str,
}

/// Reads a TCP port as strictly as a check's `port=`: decimal digits, 1 to 65535.
pub fn parse_port(text: &str) -> Option<u16> {
    let digits = (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0)
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |why| AddressError { text: healthd_core::text::clean::one_line(text, 120), why };
        if let Some(path) = text.strip_prefix("unix:") {
            return match path.starts_with('/') {
                true if path.len() < 108 => Ok(Address::Unix(PathBuf::from(path))),
                true => Err(error("a socket path has at most 107 bytes")),
                false => Err(error("a socket path starts with /")),
            };
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(|| error("the port is missing"))?;
        let port = parse_port(port).ok_or_else(|| error("the port is not a number from 1 to 65535"))?;
        let host = match host.strip_prefix('[').map(|rest| rest.strip_suffix(']')) {
            Some(Some(inner)) if inner.parse::<Ipv6Addr>().is_ok() => inner,
            Some(_) => return Err(error("the brackets do not contain an IPv6 address")),
            None if host.contains(':') => return Err(error("an IPv6 address needs brackets")),
            None => host,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        if host.is_empty() || !host.chars().all(plain) {
            return Err(error("the host is empty or has invalid characters"));
        }
        Ok(Address::Tcp { host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_and_print_back() {
        for text in ["127.0.0.1:3306", "db-1.example:3307", "[::1]:3306", "unix:/run/mysqld/mysqld.sock"] {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn an_invalid_address_is_refused_with_its_cause() {
        for (text, why) in [
            ("127.0.0.1", "port is missing"),
            ("127.0.0.1:0", "1 to 65535"),
            ("127.0.0.1:65536", "1 to 65535"),
            ("127.0.0.1:+33", "1 to 65535"),
            ("::1:3306", "needs brackets"),
            ("[zz]:3306", "do not contain an IPv6 address"),
            (":3306", "host is empty"),
            ("a b:3306", "invalid characters"),
            ("unix:run/x", "starts with /"),
        ] {
            let error = text.parse::<Address>().expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
