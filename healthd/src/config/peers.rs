//! The other node, and the secret that both share.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::str::FromStr;

use hyper::Uri;
use subtle::ConstantTimeEq as _;

/// The shortest secret that is taken: 128 random bits are 22 characters of base64.
const SHORTEST: usize = 16;

/// Where the other node's healthd answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Name or address.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shown = || healthd_core::text::clean::one_line(text, 60);
        let wrong = || format!("`{}` is not the other healthd: write http://10.10.10.2:31337", shown());
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

/// The shared secret. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// Reads the secret from a file that only its owner and group may read.
    ///
    /// # Errors
    /// A sentence without the file's content.
    pub(crate) fn read(file: &Path) -> Result<Token, String> {
        let wrong = |why: &str| format!("token_file `{}` {why}", file.display());
        let text = fs::read_to_string(file).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        let mode = fs::metadata(file).map_err(|error| wrong(&format!("cannot be read: {error}")))?.mode();
        if mode & 0o007 != 0 {
            return Err(wrong("may be read by everybody: chmod 640"));
        }
        Token::of(text.trim()).ok_or_else(|| {
            wrong("needs one line of 16 or more printable characters, such as `openssl rand -base64 32` makes")
        })
    }

    /// The secret itself, unless it is too short or could not be sent.
    pub(crate) fn of(text: &str) -> Option<Token> {
        let good = text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Token(text.to_owned()))
    }

    /// The secret, to be sent.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in a time that does not depend on where the difference is.
    pub(crate) fn is(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
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

    #[test]
    fn tokens_are_compared_as_a_whole_and_never_shown() {
        let token = Token("0123456789abcdef".to_owned());
        assert!(token.is("0123456789abcdef"));
        for other in ["", "0123456789abcde", "0123456789abcdeg", "0123456789abcdef0"] {
            assert!(!token.is(other), "{other}");
        }
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
