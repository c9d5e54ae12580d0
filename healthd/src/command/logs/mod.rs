//! `healthd logs`.

mod backfill;
mod bar;
mod show;
mod surroundings;
mod test_counter;

use super::output::Exit;
use crate::cli::LogsAction;

/// Runs the command.
pub(crate) fn run(action: &LogsAction) -> Exit {
    match action {
        LogsAction::Show(args) => show::run(args),
        LogsAction::TestCounter { source, name, file } => test_counter::run(source, name, file),
        LogsAction::Backfill { source, log, files } => backfill::run(source, log.as_deref(), files),
    }
}
