//! Rows to the status of receivers.

use std::collections::BTreeMap;
use std::time::Duration;

use healthd_core::facts::{HeartbeatRow, Heartbeats, ReceiverStatus};
use healthd_core::observed::section::Section;
use healthd_core::observed::server::Flavor;
use healthd_core::position::gtids::{Gtids, Notation};
use healthd_core::position::history::History as _;
use healthd_core::text::clean::one_line;

use super::columns::{TextRow, cell, column, filters, gtids, id, not_understood, server_id, switch, variable};

/// The heartbeats of a channel: their count and their times.
pub(crate) type ChannelHeartbeats = (String, Heartbeats);

/// Reads [`crate::statements::channels::heartbeat_status`]; of a server with one channel.
pub(crate) fn heartbeat_status(rows: &[TextRow]) -> Section<BTreeMap<String, ChannelHeartbeats>> {
    let count = variable(rows, "Slave_received_heartbeats").unwrap_or_default().to_owned();
    let period = variable(rows, "Slave_heartbeat_period").map(period).transpose()?.flatten();
    Ok(BTreeMap::from([(String::new(), (count, Heartbeats { period, silent: None }))]))
}

/// Reads [`crate::statements::channels::heartbeat_tables`].
pub(crate) fn heartbeat_tables(rows: &[TextRow]) -> Section<BTreeMap<String, ChannelHeartbeats>> {
    let channel = |row: &TextRow| {
        let period = cell(row, 1).map(period).transpose()?.flatten();
        let silent = match cell(row, 3).map(seconds) {
            Some(None) => return not_understood("LAST_HEARTBEAT_TIMESTAMP"),
            silent => silent.flatten(),
        };
        let count = cell(row, 2).unwrap_or_default().to_owned();
        Ok((cell(row, 0).unwrap_or_default().to_owned(), (count, Heartbeats { period, silent })))
    };
    rows.iter().map(channel).collect()
}

fn period(text: &str) -> Section<Option<Duration>> {
    match seconds(text) {
        Some(period) => Ok(Some(period).filter(|period| !period.is_zero())),
        None => not_understood("the heartbeat period"),
    }
}

/// No time is negative, even if a clock was set back.
fn seconds(text: &str) -> Option<Duration> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite())?;
    Duration::try_from_secs_f64(seconds.max(0.0)).ok()
}

/// Reads the rows of the channels again, for the status of their receivers. `applied` is a row of
/// [`crate::statements::channels::APPLIED`]; `heartbeats` has what is not in the rows themselves.
pub(crate) fn receivers(
    flavor: Flavor,
    channels: &[TextRow],
    applied: Option<&TextRow>,
    heartbeats: Option<&Section<BTreeMap<String, ChannelHeartbeats>>>,
) -> Section<Vec<ReceiverStatus>> {
    let receiver = |row: &TextRow| {
        let name = column(row, "Channel_Name", "Connection_name").unwrap_or_default().to_owned();
        let (count, known) = match heartbeats {
            None => {
                let count = column(row, "Slave_received_heartbeats", "Slave_received_heartbeats");
                let period = column(row, "Slave_heartbeat_period", "Slave_heartbeat_period").map(period);
                let period = period.transpose()?.flatten();
                (count.unwrap_or_default().to_owned(), Ok(Heartbeats { period, silent: None }))
            }
            Some(Ok(known)) => {
                // There is no row if the performance schema is off.
                let (count, heartbeats) = known.get(&name).cloned().unwrap_or_default();
                (count, Ok(heartbeats))
            }
            Some(Err(why)) => (String::new(), Err(why.clone())),
        };
        let file = column(row, "Source_Log_File", "Master_Log_File").unwrap_or_default();
        let offset = column(row, "Read_Source_Log_Pos", "Read_Master_Log_Pos").unwrap_or_default();
        Ok(ReceiverStatus {
            source_id: server_id(row)?,
            filters: filters(row).map(|(name, value)| one_line(&format!("{name} {value}"), 100)).collect(),
            gap: gap(flavor, row, applied)?,
            mark: one_line(&format!("{count} {file} {offset}"), 100),
            heartbeats: known,
            channel: name,
        })
    };
    channels.iter().map(receiver).collect()
}

/// The number of transactions received and not executed.
fn gap(flavor: Flavor, row: &TextRow, applied: Option<&TextRow>) -> Section<Option<u64>> {
    match (flavor, applied) {
        (Flavor::MariaDb, Some(applied)) if column(row, "Using_Gtid", "Using_Gtid") != Some("No") => {
            let received = gtids(Notation::MariaDb, row, "Gtid_IO_Pos", "Gtid_IO_Pos")?;
            let executed = gtids(Notation::MariaDb, applied, "gtid_slave_pos", "gtid_slave_pos")?;
            Ok(Some(received.ahead_of(&executed, id(applied, "server_id", "server_id")?)))
        }
        (Flavor::MariaDb, _) => Ok(None),
        (Flavor::MySql, _) => {
            let set = |name| match column(row, name, name) {
                None => Ok(Gtids::default()),
                Some(_) => gtids(Notation::MySql, row, name, name),
            };
            let received = set("Retrieved_Gtid_Set")?;
            let by_gtid = !received.is_empty() || switch(row, "Auto_Position", "Auto_Position").unwrap_or(false);
            Ok(by_gtid.then_some(received.minus(&set("Executed_Gtid_Set")?).count()))
        }
    }
}

/// Reads [`crate::statements::channels::heartbeat_rows`].
pub(crate) fn heartbeat_rows(rows: &[TextRow]) -> Section<Vec<HeartbeatRow>> {
    let row =
        |row: &TextRow| Some(HeartbeatRow { server_id: cell(row, 0)?.parse().ok()?, age: cell(row, 1)?.parse().ok()? });
    let rows: Option<Vec<HeartbeatRow>> = rows.iter().map(row).collect();
    rows.map_or_else(|| not_understood("server_id or ts"), Ok)
}
