//! The body of `/peer`: what one healthd tells the other's, with the ages of it.

use std::time::Duration;

use healthd_core::position::gtids::Gtids;
use healthd_core::writer::Report;
use serde::{Deserialize, Serialize};

/// The format. A report of another format is not understood.
pub(super) const VERSION: u32 = 2;

/// The body of `/peer`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Wire {
    /// The format.
    pub(super) version: u32,
    /// The reporting node's name.
    pub(super) node: String,
    /// Changes with every report that says something else. A client that has seen it may wait for the next.
    pub(super) stamp: u64,
    /// The report.
    pub(super) report: Report<Gtids>,
    /// How old its position is. Once the server does not answer, this age stops growing.
    pub(super) position_ms: u64,
    /// How long ago the suspension was heard of that the report acknowledges.
    pub(super) acknowledgement_ms: u64,
    /// For how long the role has been given away by command.
    pub(super) handover_ms: u64,
    /// The server's semi-sync timeout.
    pub(super) semisync_timeout_ms: Option<u64>,
    /// After what time without an answer its peer is unreachable for it.
    pub(super) unreachable_after_ms: u64,
    /// What its binary logs no longer have.
    pub(super) purged: Gtids,
}

/// Whole milliseconds, rounded up: an age is never made younger.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
