//! The features of a server.

use healthd_core::observed::cluster::is_wsrep_provider;
use healthd_core::observed::section::Section;
use healthd_core::observed::server::Server;
use healthd_core::observed::snapshot::WriteSwitches;

use super::columns::{TextRow, not_understood, variable};
use crate::statements::abilities::{Abilities, POSITIONS, SWITCHES};

/// Reads [`crate::statements::abilities::discover`].
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

/// Reads [`crate::statements::abilities::switches`]: the switches, and whether the node rejects queries.
pub(crate) fn switches(row: &TextRow, abilities: &Abilities) -> Section<(WriteSwitches, bool)> {
    if row.len() != abilities.switches.len() + 1 {
        return not_understood("read_only");
    }
    let mut switches = WriteSwitches::default();
    for (name, (_, value)) in abilities.switches.iter().zip(row) {
        // read_only has more than two values since MariaDB 12: every value but OFF forbids some writes.
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
