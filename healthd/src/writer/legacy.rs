//! What passes from the task of the old configuration to the task of the new one.

use std::time::Instant;

use healthd_core::position::gtids::Gtids;
use healthd_core::writer::Timed;

use super::details::{Details, Since};
use super::pending::PendingAction;
use super::state_file::Saved;

/// Everything that a task knows when it ends for another one.
#[derive(Debug)]
pub(super) struct Legacy {
    pub(super) saved: Saved,
    pub(super) role: Timed<Gtids>,
    pub(super) started: Instant,
    pub(super) details: Details,
    pub(super) since: Since,
    pub(super) pending: PendingAction,
    pub(super) refused_file: Option<String>,
}
