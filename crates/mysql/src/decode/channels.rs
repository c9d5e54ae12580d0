//! Replication channels, and the age of the newest heartbeat.

use std::time::Duration;

use healthd_core::observed::channel::{Applier, Channel, Receiver, ThreadError};
use healthd_core::observed::section::Section;
use healthd_core::text::clean::{one_line, without_quoted};

use super::columns::{TextRow, column, not_understood};

/// Reads every row of `SHOW REPLICA STATUS` and its older forms.
pub(crate) fn channels(rows: &[TextRow]) -> Section<Vec<Channel>> {
    rows.iter().map(channel).collect()
}

pub(super) fn channel(row: &TextRow) -> Section<Channel> {
    let receiver = match column(row, "Replica_IO_Running", "Slave_IO_Running") {
        Some("Yes") => Receiver::Running,
        // `Preparing` is MariaDB's word for the time before the first connect.
        Some("Connecting" | "Preparing") => Receiver::Connecting,
        Some("No") => Receiver::Stopped,
        _ => return not_understood("Replica_IO_Running"),
    };
    let applier = match column(row, "Replica_SQL_Running", "Slave_SQL_Running") {
        Some("Yes") => Applier::Running,
        Some("No") => Applier::Stopped,
        _ => return not_understood("Replica_SQL_Running"),
    };
    let seconds = |text: &str| text.parse().map(Duration::from_secs).ok();
    let lag = match column(row, "Seconds_Behind_Source", "Seconds_Behind_Master") {
        None => None,
        Some(text) => match seconds(text) {
            Some(lag) => Some(lag),
            None => return not_understood("Seconds_Behind_Source"),
        },
    };
    let delay = match column(row, "SQL_Delay", "SQL_Delay") {
        None => Duration::ZERO,
        Some(text) => match seconds(text) {
            Some(delay) => delay,
            None => return not_understood("SQL_Delay"),
        },
    };
    let host = column(row, "Source_Host", "Master_Host").unwrap_or_default();
    let port = column(row, "Source_Port", "Master_Port").unwrap_or_default();
    Ok(Channel {
        name: column(row, "Channel_Name", "Connection_name").unwrap_or_default().to_owned(),
        source: one_line(&format!("{host}:{port}"), 100),
        receiver,
        applier,
        lag,
        delay,
        receiver_error: thread_error(row, "Last_IO_Errno", "Last_IO_Error")?,
        applier_error: thread_error(row, "Last_SQL_Errno", "Last_SQL_Error")?,
    })
}

fn thread_error(row: &TextRow, number: &'static str, text: &'static str) -> Section<Option<ThreadError>> {
    match column(row, number, number).map(str::parse) {
        None | Some(Ok(0)) => Ok(None),
        Some(Ok(code)) => {
            let text = one_line(&without_quoted(column(row, text, text).unwrap_or_default()), 300);
            Ok(Some(ThreadError { code, text }))
        }
        Some(Err(_)) => not_understood(number),
    }
}

/// Reads the one number of the heartbeat query: the age in seconds.
pub(crate) fn heartbeat(rows: &[TextRow]) -> Section<Duration> {
    let text = rows.first().and_then(|row| row.first()).and_then(|(_, text)| text.as_deref());
    let seconds = text.and_then(|text| text.trim().parse::<f64>().ok()).filter(|seconds| seconds.is_finite());
    // A clock that is slightly ahead here makes the age negative, which counts as 0.
    match seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0))) {
        Some(Ok(age)) => Ok(age),
        _ => not_understood("its age in seconds"),
    }
}
