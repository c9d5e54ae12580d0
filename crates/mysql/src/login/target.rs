//! A server to probe, and the settings for that.

use crate::login::address::Address;
use crate::login::credentials::Credentials;

/// A server to probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its address.
    pub address: Address,
    /// The port that still accepts connections when the usual one has none left (`extra_port`, `admin_port`).
    pub extra_port: Option<u16>,
    /// The login.
    pub credentials: Credentials,
    /// The configured query of the `any` gate.
    pub query: String,
    /// A query that returns the age of the newest heartbeat in seconds.
    pub heartbeat_query: Option<String>,
    /// Whether to read the replication position.
    pub positions: bool,
}
