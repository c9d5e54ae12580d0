//! Which run of the database server answers. A restart must be noticed, even if it happened while healthd was not
//! running.

use healthd_core::position::boot::{Boot, same_boot};

use super::state_file::Run;

/// The run that answers now, given the one that was seen last.
pub(super) fn seen(before: Option<&Run>, boot: &Boot) -> Run {
    let number = before.map_or(1, |run| {
        let then = Boot { connection: run.connection, started: run.started };
        if same_boot(&then, boot) { run.number } else { run.number + 1 }
    });
    Run { number, connection: boot.connection, started: boot.started }
}
