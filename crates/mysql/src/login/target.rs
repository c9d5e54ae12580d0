//! Which server is probed, and how.

use crate::login::address::Address;
use crate::login::credentials::Credentials;

/// A server to probe, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub address: Address,
    /// The port that has connections left when the usual one has none (`extra_port`, `admin_port`).
    pub extra_port: Option<u16>,
    /// How to log in.
    pub credentials: Credentials,
    /// The real query of the `any` gate.
    pub query: String,
    /// A query that returns the age of the newest heartbeat in seconds.
    pub heartbeat_query: Option<String>,
    /// Whether to read where the server stands in replication.
    pub positions: bool,
}
