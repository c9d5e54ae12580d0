//! The positions that a probe read, in the terms of the role.

use healthd_core::position::origin::Origin;
use healthd_core::position::standing::{Caveat, SemiSyncSource};
use healthd_core::writer::SemiSync;

/// Identifies the writer on a server. It stays the same when the GTID domain changes.
pub(super) fn identity(origin: &Origin) -> String {
    match origin {
        Origin::MariaDb { server_id, .. } => format!("mariadb:{server_id}"),
        Origin::MySql { uuid } => format!("mysql:{uuid}"),
        Origin::File { server_id } => format!("file:{server_id}"),
    }
}

/// Rule 11.
pub(super) fn semisync(source: &SemiSyncSource) -> SemiSync {
    match (source.on && source.after_sync && source.clients == 1 && source.wait_no_replica, source.waiting) {
        (false, _) => SemiSync::Off,
        (true, 0) => SemiSync::Quiet,
        (true, _) => SemiSync::Waiting,
    }
}

pub(super) fn caveat(caveat: &Caveat) -> String {
    match caveat {
        Caveat::SharedDomain(domain) => {
            format!("gtid-not-separable: several servers write domain {domain}, give each its own gtid_domain_id")
        }
        Caveat::NoLogSlaveUpdates => "gtid-not-separable: log_slave_updates or log_bin is off".to_owned(),
        Caveat::NotStrict => "gtid_strict_mode is off: sequence numbers may go backwards".to_owned(),
        Caveat::NoGtid => "no-gtid: file and position tell less than GTIDs do".to_owned(),
        Caveat::Filtered => "filtered: replication filters leave something out".to_owned(),
    }
}
