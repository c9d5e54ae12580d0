//! The errors of the workers of a parallel applier. `SHOW REPLICA STATUS` of MySQL only shows that a worker has failed,
//! and where to look.

use healthd_core::observed::channel::{Channel, ThreadError};
use healthd_core::observed::failure::Failure;
use healthd_core::text::clean::{one_line, without_quoted};

use crate::connection::session::Session;
use crate::decode::columns::{TextRow, cell};
use crate::statements::channels::FAILED_WORKERS;

/// The name of the table in the coordinator's error, which identifies that error.
const TABLE: &str = "replication_applier_status_by_worker";

/// Replaces the coordinator's error of a channel with the worker's error. If that cannot be read, the coordinator's
/// error stays: it is true, and names the place of the other one.
///
/// # Errors
/// The connection broke.
pub(crate) async fn explain(session: &mut Session, channels: &mut [Channel]) -> Result<(), Failure> {
    if channels.iter().any(points_elsewhere)
        && let Ok(rows) = session.section(FAILED_WORKERS, "").await?
    {
        for channel in channels.iter_mut().filter(|channel| points_elsewhere(channel)) {
            channel.applier_error = error_of(&rows, &channel.name).or_else(|| channel.applier_error.take());
        }
    }
    Ok(())
}

fn points_elsewhere(channel: &Channel) -> bool {
    channel.applier_error.as_ref().is_some_and(|error| error.text.contains(TABLE))
}

/// The first error of a channel's workers. The other workers stop because of it.
fn error_of(rows: &[TextRow], channel: &str) -> Option<ThreadError> {
    rows.iter().find_map(|row| {
        let its = cell(row, 0)? == channel;
        let code = cell(row, 1)?.parse().ok().filter(|code| *code > 0)?;
        its.then(|| ThreadError { code, text: one_line(&without_quoted(cause(cell(row, 2).unwrap_or_default())), 300) })
    })
}

/// The text after the worker and its transaction. The transaction is quoted, and text between two quotes is not shown.
fn cause(text: &str) -> &str {
    match text.split_once("; ") {
        Some((worker, cause)) if worker.starts_with("Worker ") => cause,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_the_first_error_of_its_own_workers() {
        let row = |values: [&str; 3]| values.map(|value| (String::new(), Some(value.to_owned()))).to_vec();
        let rows = [
            row(["dc2", "1205", "Lock wait timeout"]),
            row([
                "",
                "1062",
                "Worker 1 failed executing transaction 'a-b:7' at source log bin.000001, end_log_pos 1599; Could not \
                 execute \
                 Write_rows event on table shop.t; Duplicate entry '7' for key 't.PRIMARY', Error_code: 1062",
            ]),
            row(["", "1032", "Can't find record"]),
        ];
        let error = error_of(&rows, "").expect("an error");
        assert_eq!(error.code, 1062);
        assert_eq!(
            error.text,
            "Could not execute Write_rows event on table shop.t; Duplicate entry '..', Error_code: 1062"
        );
        assert_eq!(error_of(&rows, "dc2").map(|error| error.code), Some(1205));
        assert_eq!(error_of(&rows, "dc3"), None);
        assert_eq!(error_of(&[row(["", "0", ""])], ""), None);
    }
}
