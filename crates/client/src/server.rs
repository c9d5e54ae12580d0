//! How a healthd is reached.

use std::fmt;
use std::path::PathBuf;

use crate::address::HttpAddress;

/// How a healthd is reached. Prints as the socket's path or the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// Over its unix socket.
    Socket(PathBuf),
    /// Over TCP.
    Http(HttpAddress),
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Server::Socket(path) => path.display().fmt(f),
            Server::Http(address) => address.fmt(f),
        }
    }
}
