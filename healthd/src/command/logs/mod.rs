//! `healthd logs`.

mod backfill;
mod bar;
mod show;
mod surroundings;

use super::output::Exit;
use crate::cli::LogsAction;

/// Runs the command.
pub(crate) fn run(action: &LogsAction) -> Exit {
    match action {
        LogsAction::Show(args) => show::run(args),
        LogsAction::Backfill { source, log, files } => backfill::run(source, log.as_deref(), files),
    }
}
