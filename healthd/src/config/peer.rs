//! The other node.

use std::fmt;
use std::str::FromStr;

use healthd_core::text::clean::one_line;
use hyper::Uri;

/// Where the other node's healthd answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Name or address.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
}

/// A text that is not the URL of a healthd.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the URL of a healthd: write http://10.10.10.2:31337")]
pub(crate) struct PeerError(String);

impl FromStr for Peer {
    type Err = PeerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || PeerError(one_line(text, 60));
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(wrong()) };
        // What follows the host; a login before it is none of ours, and a port that is too large has no number.
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => Some(31337),
            Some(port) => port.strip_prefix(':').and_then(|port| port.parse().ok()).filter(|port| *port > 0),
            None => None,
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        match port {
            Some(port) if bare => Ok(Peer { host, port }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Peer {
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
    fn a_peer_is_the_root_of_an_http_address() {
        for (text, expected) in [
            ("http://10.10.10.2:31337", Some(("10.10.10.2", 31337))),
            ("http://db2/", Some(("db2", 31337))),
            ("http://[::1]:4000", Some(("::1", 4000))),
            ("https://db2", None),
            ("db2:31337", None),
            ("http://db2/peer", None),
            ("http://", None),
            ("http://db2:99999", None),
            ("http://db2:0", None),
            ("http://db2:", None),
            ("http://me:secret@db2:31337", None),
            ("", None),
        ] {
            let peer = text.parse::<Peer>().ok();
            assert_eq!(peer.as_ref().map(|peer| (peer.host.as_str(), peer.port)), expected, "{text}");
        }
    }
}
