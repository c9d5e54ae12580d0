//! The addresses that the daemon listens on.

use std::collections::HashSet;
use std::net::SocketAddr;

use super::contradiction::Contradiction;
use crate::cli::ListenArgs;

const DEFAULT_HTTP: &str = "0.0.0.0:31337";
const DEFAULT_AGENT: &str = "0.0.0.0:31338";

/// The addresses by protocol.
pub(super) struct Listen {
    pub(super) http: Vec<SocketAddr>,
    pub(super) agent: Vec<SocketAddr>,
}

impl Listen {
    /// The addresses of the command line, else those of the file, else the defaults.
    ///
    /// # Errors
    /// When an address appears twice.
    pub(super) fn new(flags: &ListenArgs, file: FromFile) -> Result<Listen, Contradiction> {
        let http = first_given(&flags.listen, file.http, DEFAULT_HTTP);
        let agent = first_given(&flags.agent_listen, file.agent, DEFAULT_AGENT);
        let mut addresses = HashSet::new();
        match http.iter().chain(&agent).find(|address| !addresses.insert(**address)) {
            Some(twice) => Err(Contradiction::ListenTwice(*twice)),
            None => Ok(Listen { http, agent }),
        }
    }
}

/// The addresses in the file.
pub(super) struct FromFile {
    pub(super) http: Option<Vec<SocketAddr>>,
    pub(super) agent: Option<Vec<SocketAddr>>,
}

fn first_given(flags: &[SocketAddr], file: Option<Vec<SocketAddr>>, default: &str) -> Vec<SocketAddr> {
    match flags {
        [] => file.unwrap_or_else(|| vec![default.parse().expect("a socket address")]),
        flags => flags.to_vec(),
    }
}
