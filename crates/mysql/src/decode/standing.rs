//! Rows to a [`Standing`]: the columns of each server that show what was received and executed.

use std::time::Duration;

use healthd_core::observed::channel::Receiver;
use healthd_core::observed::section::Section;
use healthd_core::observed::server::Flavor;
use healthd_core::position::boot::Boot;
use healthd_core::position::gtids::{Gtids, Notation};
use healthd_core::position::history::History as _;
use healthd_core::position::origin::Origin;
use healthd_core::position::standing::{Caveat, ChannelSource, SemiSyncSource, SemiSyncStatus, Standing};

use super::channels::channel;
use super::columns::{TextRow, column, filters, gtids, id, not_understood, number, server_id, switch, text, uuid};

/// The result of [`crate::statements::positions::binlog`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Binlog {
    /// The file that is written, and the offset of its end; `None` without a binary log.
    end: Option<(String, u64)>,
    /// Whether some databases are left out of the log.
    pub(crate) filtered: bool,
}

/// Reads [`crate::statements::positions::binlog`].
pub(crate) fn binlog(rows: &[TextRow]) -> Section<Binlog> {
    let Some(row) = rows.first() else {
        return Ok(Binlog::default());
    };
    let file = text(row, "File", "File")?.to_owned();
    let filters = ["Binlog_Do_DB", "Binlog_Ignore_DB"].map(|name| column(row, name, name));
    let filtered = filters.iter().flatten().any(|filter| !filter.is_empty());
    Ok(Binlog { end: Some((file, number(row, "Position", "Position")?)), filtered })
}

/// The rows from which the replication position is read.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) flavor: Flavor,
    /// Rows of [`crate::statements::channels::channels`].
    pub(crate) channels: &'a [TextRow],
    /// Rows of [`crate::statements::abilities::positions`].
    pub(crate) variables: &'a TextRow,
    /// Rows of [`crate::statements::positions::position_status`].
    pub(crate) status: &'a [TextRow],
}

/// The notation in which a channel reports its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Gtid,
    File,
}

impl Rows<'_> {
    /// Whether the end of the server's own binary log is a position that other nodes may compare with.
    pub(crate) fn by_file(&self) -> bool {
        self.server_by() == By::File || self.channels.iter().any(|row| self.by(row) == By::File)
    }

    fn server_by(&self) -> By {
        match (self.flavor, column(self.variables, "gtid_mode", "gtid_mode")) {
            // In the other modes, some transactions have no GTID.
            (Flavor::MariaDb, _) | (Flavor::MySql, Some("ON")) => By::Gtid,
            (Flavor::MySql, _) => By::File,
        }
    }

    fn by(&self, row: &TextRow) -> By {
        match (self.flavor, column(row, "Using_Gtid", "Using_Gtid")) {
            (Flavor::MariaDb, Some("No")) => By::File,
            (Flavor::MariaDb, _) => By::Gtid,
            (Flavor::MySql, _) => self.server_by(),
        }
    }

    /// Combines the rows. `binlog` is needed if [`Rows::by_file`], `filtered` is [`Binlog::filtered`], `connection` is
    /// the id of the connection.
    pub(crate) fn standing(&self, binlog: Option<&Binlog>, filtered: bool, connection: u32) -> Section<Standing> {
        let origin = self.origin()?;
        let (executed, received) = self.sets(&origin, binlog)?;
        let purged = match origin {
            Origin::MySql { .. } => gtids(Notation::MySql, self.variables, "gtid_purged", "gtid_purged")?,
            Origin::MariaDb { .. } | Origin::File { .. } => Gtids::default(),
        };
        let mut caveats = Vec::new();
        let mut everything = executed.clone();
        everything.merge(&received);
        caveats.extend(everything.shared_domains().into_iter().map(Caveat::SharedDomain));
        let log_replicated = switch(self.variables, "log_replica_updates", "log_slave_updates")?;
        if !(log_replicated && switch(self.variables, "log_bin", "log_bin")?) {
            caveats.push(Caveat::NoLogSlaveUpdates);
        }
        if self.flavor == Flavor::MariaDb && !switch(self.variables, "gtid_strict_mode", "gtid_strict_mode")? {
            caveats.push(Caveat::NotStrict);
        }
        if self.by_file() {
            caveats.push(Caveat::NoGtid);
        }
        if filtered || self.channels.iter().any(|row| filters(row).next().is_some()) {
            caveats.push(Caveat::Filtered);
        }
        Ok(Standing {
            origin,
            executed,
            received,
            purged,
            sources: self.channels.iter().map(source).collect::<Section<_>>()?,
            boot: Boot { connection, started: self.started()? },
            semisync: self.semisync()?,
            caveats,
        })
    }

    /// A status variable by its name, which some servers write in upper case.
    fn status(&self, name: &str) -> Option<&TextRow> {
        let named = |row: &&TextRow| {
            let text = row.first().and_then(|(_, text)| text.as_deref());
            text.is_some_and(|text| text.eq_ignore_ascii_case(name))
        };
        self.status.iter().find(named)
    }

    fn started(&self) -> Section<u64> {
        let number = |at: usize| self.status("Uptime")?.get(at)?.1.as_deref()?.parse::<u64>().ok();
        match (number(1), number(2)) {
            (Some(uptime), Some(now)) => now.checked_sub(uptime).map_or_else(|| not_understood("Uptime"), Ok),
            _ => not_understood("Uptime"),
        }
    }

    fn origin(&self) -> Section<Origin> {
        let server_id = || id(self.variables, "server_id", "server_id");
        Ok(match (self.flavor, self.server_by()) {
            (Flavor::MariaDb, _) => Origin::MariaDb {
                domain: id(self.variables, "gtid_domain_id", "gtid_domain_id")?,
                server_id: server_id()?,
            },
            (Flavor::MySql, By::File) => Origin::File { server_id: server_id()? },
            (Flavor::MySql, By::Gtid) => match uuid(self.variables, "server_uuid", "server_uuid")? {
                Some(uuid) => Origin::MySql { uuid },
                None => return not_understood("server_uuid"),
            },
        })
    }

    /// What was executed, and what was received.
    fn sets(&self, origin: &Origin, binlog: Option<&Binlog>) -> Section<(Gtids, Gtids)> {
        let mut executed = match origin {
            Origin::MariaDb { .. } => {
                let own_log = gtids(Notation::MariaDb, self.variables, "gtid_binlog_state", "gtid_binlog_state")?;
                let replicated = gtids(Notation::MariaDb, self.variables, "gtid_slave_pos", "gtid_slave_pos")?;
                let of_others = replicated.minus(&replicated.of(origin));
                // A transaction is in the log, and no client can read it, while its applier waits for an
                // acknowledgement itself: with semi-sync on at both nodes, after the source has died.
                let mut executed = own_log.besides(&of_others);
                executed.merge(&of_others);
                executed
            }
            Origin::MySql { .. } => gtids(Notation::MySql, self.variables, "gtid_executed", "gtid_executed")?,
            Origin::File { .. } => Gtids::default(),
        };
        if let Some((file, offset)) = binlog.and_then(|binlog| binlog.end.as_ref()) {
            let server_id = id(self.variables, "server_id", "server_id")?;
            executed.merge(&before(server_id, file, *offset, "File")?);
        }
        let mut received = Gtids::default();
        for row in self.channels {
            match (self.by(row), self.flavor) {
                (By::Gtid, Flavor::MariaDb) => {
                    received.merge(&gtids(Notation::MariaDb, row, "Gtid_IO_Pos", "Gtid_IO_Pos")?)
                }
                (By::Gtid, Flavor::MySql) => {
                    received.merge(&gtids(Notation::MySql, row, "Retrieved_Gtid_Set", "Retrieved_Gtid_Set")?);
                }
                (By::File, _) => {
                    executed.merge(&place(row, &EXECUTED)?);
                    received.merge(&place(row, &RECEIVED)?);
                }
            }
        }
        let received = received.minus(&received.of(origin));
        Ok((executed, received))
    }

    fn semisync(&self) -> Section<SemiSyncStatus> {
        let status = |source, master| {
            let row = self.status(source).or_else(|| self.status(master))?;
            row.get(1)?.1.as_deref()
        };
        let on = |text: &str, what| match text {
            "ON" => Ok(true),
            "OFF" => Ok(false),
            _ => not_understood(what),
        };
        let count = |source, master| match status(source, master).and_then(|text| text.parse().ok()) {
            Some(count) => Ok(count),
            None => not_understood(source),
        };
        let setting = |source, master| column(self.variables, source, master);
        let timeout = setting("rpl_semi_sync_source_timeout", "rpl_semi_sync_master_timeout");
        let source = match (status("Rpl_semi_sync_source_status", "Rpl_semi_sync_master_status"), timeout) {
            (Some(said), Some(timeout)) => Some(SemiSyncSource {
                on: on(said, "Rpl_semi_sync_source_status")?,
                after_sync: setting("rpl_semi_sync_source_wait_point", "rpl_semi_sync_master_wait_point")
                    == Some("AFTER_SYNC"),
                clients: count("Rpl_semi_sync_source_clients", "Rpl_semi_sync_master_clients")?,
                waiting: count("Rpl_semi_sync_source_wait_sessions", "Rpl_semi_sync_master_wait_sessions")?,
                timeout: match timeout.parse() {
                    Ok(millis) => Duration::from_millis(millis),
                    Err(_) => return not_understood("rpl_semi_sync_source_timeout"),
                },
                wait_no_replica: switch(
                    self.variables,
                    "rpl_semi_sync_source_wait_no_replica",
                    "rpl_semi_sync_master_wait_no_slave",
                )?,
            }),
            // The plugin was loaded after the names were read, or is being unloaded.
            _ => None,
        };
        let replica_on = match status("Rpl_semi_sync_replica_status", "Rpl_semi_sync_slave_status") {
            Some(said) => on(said, "Rpl_semi_sync_replica_status")?,
            None => false,
        };
        Ok(SemiSyncStatus { source, replica_on })
    }
}

/// A position in the source's binary log: the names of its columns, new and old.
struct Place {
    file: [&'static str; 2],
    offset: [&'static str; 2],
}

const EXECUTED: Place = Place {
    file: ["Relay_Source_Log_File", "Relay_Master_Log_File"],
    offset: ["Exec_Source_Log_Pos", "Exec_Master_Log_Pos"],
};

const RECEIVED: Place =
    Place { file: ["Source_Log_File", "Master_Log_File"], offset: ["Read_Source_Log_Pos", "Read_Master_Log_Pos"] };

fn place(row: &TextRow, place: &Place) -> Section<Gtids> {
    let file = text(row, place.file[0], place.file[1])?;
    let offset = number(row, place.offset[0], place.offset[1])?;
    match server_id(row)? {
        // Before the first connection there is no file, and the source is unknown.
        Some(server_id) if !file.is_empty() => before(server_id, file, offset, place.file[0]),
        _ => Ok(Gtids::default()),
    }
}

fn before(server_id: u32, file: &str, offset: u64, what: &'static str) -> Section<Gtids> {
    Gtids::before(server_id, file, offset).or_else(|_| not_understood(what))
}

fn source(row: &TextRow) -> Section<ChannelSource> {
    let channel = channel(row)?;
    Ok(ChannelSource {
        channel: channel.label().to_owned(),
        server_id: server_id(row)?,
        uuid: uuid(row, "Source_UUID", "Master_UUID")?,
        connected: channel.receiver == Receiver::Running,
    })
}
