//! `/peer`: what one healthd tells the other's, with the ages that it adds up itself.

use std::time::Duration;

use healthd_core::position::gtids::Gtids;
use healthd_core::writer::Report;
use serde::{Deserialize, Serialize};

/// The format; a peer of another one is not understood.
pub(super) const VERSION: u32 = 2;

/// The body of `/peer`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Wire {
    /// The format.
    pub(super) version: u32,
    /// The reporting node's name.
    pub(super) node: String,
    /// Changes with every report that says something else: whoever has seen it may wait for the next.
    pub(super) stamp: u64,
    /// The report.
    pub(super) report: Report<Gtids>,
    /// How old its position is; of a server that does not answer: how old it was when that began.
    pub(super) position_ms: u64,
    /// How long ago the suspension was heard of that the report echoes.
    pub(super) acknowledgement_ms: u64,
    /// For how long the role has been given away by command.
    pub(super) handover_ms: u64,
    /// The server's semi-sync timeout.
    pub(super) semisync_timeout_ms: Option<u64>,
    /// After what time without an answer its peer is silent to it; 0 from a healthd that does not tell.
    #[serde(default)]
    pub(super) unreachable_after_ms: u64,
    /// What its binary logs no longer have.
    pub(super) purged: Gtids,
}

/// Whole milliseconds, rounded up: an age is never made younger.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
