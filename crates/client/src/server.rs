//! How a healthd is reached.

use std::fmt;
use std::path::PathBuf;

use crate::address::HttpAddress;

/// How a healthd is reached. Prints as the socket's path or the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DaemonAddress {
    /// Over its unix socket.
    Socket(PathBuf),
    /// Over TCP.
    Http(HttpAddress),
}

impl fmt::Display for DaemonAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DaemonAddress::Socket(path) => path.display().fmt(f),
            DaemonAddress::Http(address) => address.fmt(f),
        }
    }
}
