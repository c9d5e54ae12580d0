//! The writer role of one instance.

use std::time::Duration;

use healthd_client::HttpAddress;
use healthd_core::writer::Failback;

use crate::token::Token;
use crate::witness::Witnesses;

/// How the role of one instance is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WriterConfig {
    /// This node's name.
    pub(crate) node: String,
    /// The other node's healthd.
    pub(crate) peer: Option<HttpAddress>,
    /// The secret that both have.
    pub(crate) token: Option<Token>,
    /// How often the peer is asked.
    pub(crate) interval: Duration,
    /// After what time without an answer it is unreachable. The rules call this T_silent.
    pub(crate) silent_after: Duration,
    /// The HAProxys that must agree.
    pub(crate) witnesses: Witnesses,
    /// How the role comes back without a witness.
    pub(crate) failback: Failback,
    /// Whether the source's side of semi-sync is on exactly on the holder.
    pub(crate) semi_sync_follows_role: bool,
    /// After what time without checks and peer the node makes itself read-only.
    pub(crate) fence_after: Option<Duration>,
}
