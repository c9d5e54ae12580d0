//! What one probe read. A section that could not be read stays an error: it is never empty and never 0.

use std::time::Duration;

use crate::observed::channel::Channel;
use crate::observed::cluster::{GroupMember, Wsrep};
use crate::observed::section::Section;
use crate::observed::server::Server;
use crate::position::standing::Standing;

/// The switches that forbid writing. `None` where a server does not have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteSwitches {
    /// `@@read_only`.
    pub read_only: Option<bool>,
    /// `@@super_read_only` (MySQL 5.7+).
    pub super_read_only: Option<bool>,
    /// `@@innodb_read_only`.
    pub innodb_read_only: Option<bool>,
    /// `@@offline_mode` (MySQL 5.7+).
    pub offline_mode: Option<bool>,
}

impl WriteSwitches {
    /// The first switch that is on, by its name.
    pub fn forbidding(&self) -> Option<&'static str> {
        [
            ("read_only", self.read_only),
            ("super_read_only", self.super_read_only),
            ("innodb_read_only", self.innodb_read_only),
            ("offline_mode", self.offline_mode),
        ]
        .into_iter()
        .find_map(|(name, value)| (value == Some(true)).then_some(name))
    }
}

/// What one probe read of a server that answered the probe's query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Flavor and version; `None` if even that could not be read.
    pub server: Option<Server>,
    /// Write switches.
    pub switches: Section<WriteSwitches>,
    /// All replication channels, named ones included; empty if the server is not a replica.
    pub channels: Section<Vec<Channel>>,
    /// The Galera node; `None` when the server is not one.
    pub wsrep: Section<Option<Wsrep>>,
    /// The Group Replication member; `None` when the plugin is not in use.
    pub group: Section<Option<GroupMember>>,
    /// The age of the newest heartbeat, where a heartbeat query is configured.
    pub heartbeat: Option<Section<Duration>>,
    /// The replication position; `None` if it was not requested.
    pub standing: Option<Section<Standing>>,
}
