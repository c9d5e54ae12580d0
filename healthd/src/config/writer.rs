//! The writer role of one instance.

use std::time::Duration;

use healthd_client::HttpAddress;
use healthd_core::writer::Failback;

use crate::token::Token;
use crate::witness::Witnesses;

/// The configuration of the role of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WriterConfig {
    /// This node's name.
    pub(crate) node: String,
    /// The other node's healthd.
    pub(crate) peer: Option<HttpAddress>,
    /// The token that both nodes share.
    pub(crate) token: Option<Token>,
    /// How often the peer is asked.
    pub(crate) interval: Duration,
    /// A peer that was not heard for this time is unreachable.
    pub(crate) silent_after: Duration,
    /// The HAProxys that must agree.
    pub(crate) witnesses: Witnesses,
    /// How the role comes back without a witness.
    pub(crate) failback: Failback,
    /// Whether the source's side of semi-sync is on at the holder and off elsewhere.
    pub(crate) semi_sync_follows_role: bool,
    /// After this time without checks and without the peer, the node makes itself read-only.
    pub(crate) fence_after: Option<Duration>,
}
