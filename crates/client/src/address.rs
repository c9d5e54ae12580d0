//! The URL of a healthd: `http://host:31337`.

use std::fmt;
use std::str::FromStr;

use healthd_core::text::clean::one_line;
use hyper::Uri;

/// The port of a URL that names none.
const DEFAULT_PORT: u16 = 31337;

/// Host and port of a healthd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAddress {
    /// Name or address, without brackets.
    pub host: String,
    /// The port, never 0.
    pub port: u16,
}

/// A text that is not the URL of a healthd.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It asks for TLS.
    #[error("healthd uses HTTP without TLS: write http://host:31337")]
    UnsupportedScheme,
    /// It is something else, or has a path or a login.
    #[error("`{0}` is not the URL of a healthd: write http://host:31337")]
    NotPlain(String),
}

impl FromStr for HttpAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
            return Err(AddressError::UnsupportedScheme);
        }
        let wrong = || AddressError::NotPlain(one_line(text, 60));
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(wrong()) };
        // Parses what follows the host. A login may precede it, and `Uri` returns no port for 99999.
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => Some(DEFAULT_PORT),
            Some(port) => port.strip_prefix(':').and_then(|port| port.parse().ok()).filter(|port| *port > 0),
            None => None,
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        match port {
            Some(port) if bare && !host.is_empty() => Ok(HttpAddress { host, port }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for HttpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "http://[{}]:{}", self.host, self.port),
            false => write!(f, "http://{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_root_of_a_plain_http_url() {
        for (text, expected) in [
            ("http://10.10.10.2:31337", Some(("10.10.10.2", 31337))),
            ("http://db2/", Some(("db2", 31337))),
            ("http://[::1]:4000", Some(("::1", 4000))),
            ("http://[fd00::7]", Some(("fd00::7", 31337))),
            ("HTTP://10.0.0.1", Some(("10.0.0.1", 31337))),
            ("db2:31337", None),
            ("db2", None),
            ("http://db2/peer", None),
            ("http://db2?x", None),
            ("http://", None),
            ("http://:31337", None),
            ("http://db2:99999", None),
            ("http://db2:0", None),
            ("http://db2:", None),
            ("http://me:secret@db2:31337", None),
            ("http://ä b", None),
            ("", None),
        ] {
            let address = text.parse::<HttpAddress>();
            assert_eq!(address.as_ref().ok().map(|its| (its.host.as_str(), its.port)), expected, "{text}");
            if let Ok(address) = address {
                assert_eq!(address.to_string().parse(), Ok(address), "{text}");
            }
        }
        for tls in ["https://db2", "HTTPS://db2:31337"] {
            assert_eq!(tls.parse::<HttpAddress>(), Err(AddressError::UnsupportedScheme));
        }
    }
}
