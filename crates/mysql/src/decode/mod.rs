//! Rows to snapshot parts. Pure: rows are (column, text) pairs, and NULL stays `None`.

use std::time::Duration;

use healthd_core::check::picked::shown_name;
use healthd_core::facts::{Process, Table, Transaction};
use healthd_core::observed::channel::{Applier, Channel, Receiver, ThreadError};
use healthd_core::observed::cluster::{GroupMember, MemberState, NodeState, Wsrep, is_wsrep_provider};
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::observed::server::Server;
use healthd_core::observed::snapshot::WriteSwitches;
use healthd_core::text::clean::{one_line, without_quoted};

use crate::statements::{Abilities, POSITIONS, SWITCHES};
use columns::{TextRow, cell, column, not_understood, variable};

pub(crate) mod accounts;
pub(crate) mod columns;
pub(crate) mod error_log;
pub(crate) mod grants;
pub(crate) mod innodb;
pub(crate) mod listed;
pub(crate) mod reception;
pub(crate) mod standing;

/// Reads [`crate::statements::discover`].
pub(crate) fn abilities(rows: &[TextRow]) -> Option<(Server, Abilities)> {
    let server = Server::parse(variable(rows, "version")?)?;
    let provider = variable(rows, "wsrep_provider").is_some_and(is_wsrep_provider);
    let abilities = Abilities {
        switches: SWITCHES.into_iter().filter(|name| variable(rows, name).is_some()).collect(),
        // Percona XtraDB Cluster has no global wsrep_on.
        wsrep: provider && variable(rows, "wsrep_on") != Some("OFF"),
        group: variable(rows, "group_replication_group_name").is_some_and(|name| !name.is_empty()),
        positions: POSITIONS.into_iter().filter(|name| variable(rows, name).is_some()).collect(),
    };
    Some((server, abilities))
}

/// Reads [`crate::statements::switches`]: the switches, and whether the node rejects queries.
pub(crate) fn switches(row: &TextRow, abilities: &Abilities) -> Section<(WriteSwitches, bool)> {
    if row.len() != abilities.switches.len() + 1 {
        return not_understood("read_only");
    }
    let mut switches = WriteSwitches::default();
    for (name, (_, value)) in abilities.switches.iter().zip(row) {
        // read_only has more than two values since MariaDB 12: everything but off forbids something.
        let on = match value.as_deref() {
            Some("0" | "OFF") => false,
            Some(_) => true,
            None => return not_understood("read_only"),
        };
        *match *name {
            "read_only" => &mut switches.read_only,
            "super_read_only" => &mut switches.super_read_only,
            "innodb_read_only" => &mut switches.innodb_read_only,
            _ => &mut switches.offline_mode,
        } = Some(on);
    }
    match (row.last().and_then(|(_, value)| value.as_deref()), abilities.wsrep) {
        (Some(value), _) => Ok((switches, value != "NONE")),
        (None, false) => Ok((switches, false)),
        (None, true) => not_understood("wsrep_reject_queries"),
    }
}

/// Reads every row of `SHOW REPLICA STATUS` and its older forms.
pub(crate) fn channels(rows: &[TextRow]) -> Section<Vec<Channel>> {
    rows.iter().map(channel).collect()
}

fn channel(row: &TextRow) -> Section<Channel> {
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

/// Reads [`crate::statements::WSREP`].
pub(crate) fn wsrep(rows: &[TextRow], rejects_queries: bool) -> Section<Wsrep> {
    let ready = match variable(rows, "wsrep_ready") {
        Some("ON") => true,
        Some("OFF") => false,
        _ => return not_understood("wsrep_ready"),
    };
    let Some(state) = variable(rows, "wsrep_local_state").and_then(|text| text.parse().ok()) else {
        return not_understood("wsrep_local_state");
    };
    let Some(status) = variable(rows, "wsrep_cluster_status") else {
        return not_understood("wsrep_cluster_status");
    };
    Ok(Wsrep {
        ready,
        state: NodeState::from_number(state),
        primary: status.eq_ignore_ascii_case("primary"),
        size: variable(rows, "wsrep_cluster_size").and_then(|text| text.parse().ok()),
        rejects_queries,
    })
}

/// Reads [`crate::statements::GROUP`].
pub(crate) fn group(rows: &[TextRow]) -> Section<GroupMember> {
    let mut own = None;
    let mut reachable = 0;
    for row in rows {
        let state = match row.first().and_then(|(_, text)| text.as_deref()) {
            Some("ONLINE") => MemberState::Online,
            Some("RECOVERING") => MemberState::Recovering,
            Some("OFFLINE") => MemberState::Offline,
            Some("ERROR") => MemberState::Error,
            Some("UNREACHABLE") => MemberState::Unreachable,
            _ => return not_understood("MEMBER_STATE"),
        };
        // A recovering member votes already.
        reachable += u32::from(matches!(state, MemberState::Online | MemberState::Recovering));
        if row.get(1).and_then(|(_, text)| text.as_deref()) == Some("1") {
            own = Some(state);
        }
    }
    // Before START GROUP_REPLICATION the table has one row without an id.
    let state = match own {
        Some(state) => state,
        None if reachable == 0 => MemberState::Offline,
        None => return not_understood("MEMBER_ID"),
    };
    let members = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    Ok(GroupMember { state, reachable, members })
}

/// Reads the one number of the heartbeat query: the age in seconds.
pub(crate) fn heartbeat(rows: &[TextRow]) -> Section<Duration> {
    let text = rows.first().and_then(|row| row.first()).and_then(|(_, text)| text.as_deref());
    let seconds = text.and_then(|text| text.trim().parse::<f64>().ok()).filter(|seconds| seconds.is_finite());
    // A clock that is a little ahead here makes the age negative: that is no age at all.
    match seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0))) {
        Some(Ok(age)) => Ok(age),
        _ => not_understood("its age in seconds"),
    }
}

/// Reads [`crate::statements::transactions`].
pub(crate) fn transactions(rows: &[TextRow]) -> Section<Vec<Transaction>> {
    let transaction = |row: &TextRow| {
        let number = |at: usize| row.get(at)?.1.as_deref()?.parse::<i64>().ok();
        Some(Transaction {
            thread: u64::try_from(number(0)?).unwrap_or_default(),
            // A clock that was set back.
            age: Duration::from_secs(u64::try_from(number(1)?).unwrap_or_default()),
            waits: number(2)? == 1,
        })
    };
    let read: Option<Vec<Transaction>> = rows.iter().map(transaction).collect();
    read.ok_or(Unreadable::NotUnderstood { what: "innodb_trx" })
}

/// Reads [`crate::statements::PROCESSES`], without the connection that asks.
pub(crate) fn processes(rows: &[TextRow], own: &str) -> Section<Vec<Process>> {
    let of_others = rows.iter().filter(|row| column(row, "Id", "ID") != Some(own));
    of_others
        .map(|row| {
            let Some(id) = column(row, "Id", "ID").and_then(|id| id.parse().ok()) else {
                return not_understood("Id");
            };
            let text = |name| one_line(column(row, name, name).unwrap_or_default(), 100);
            // NULL for a thread that does nothing, negative where the clock was set back.
            let time = column(row, "Time", "Time").and_then(|time| time.parse::<i64>().ok()).unwrap_or_default();
            let time = Duration::from_secs(u64::try_from(time).unwrap_or_default());
            Ok(Process { id, user: text("User"), command: text("Command"), time, state: text("State") })
        })
        .collect()
}

/// Reads [`crate::statements::tables::sizes`]. A table that is broken has no sizes.
pub(crate) fn tables(rows: &[TextRow]) -> Section<Vec<Table>> {
    rows.iter()
        .map(|row| match (cell(row, 0), cell(row, 1)) {
            (Some(schema), Some(name)) => {
                let size = |at| cell(row, at).and_then(|size| size.parse().ok()).unwrap_or_default();
                Ok(Table {
                    schema: shown_name(schema),
                    name: shown_name(name),
                    engine: cell(row, 5).unwrap_or_default().to_owned(),
                    data: size(2),
                    index: size(4),
                    free: size(3),
                })
            }
            _ => not_understood("TABLE_NAME"),
        })
        .collect()
}

#[cfg(test)]
mod tests;
