//! The whole daemon.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::access::Access;
use super::instance::InstanceConfig;
use super::logs::LogsConfig;
use crate::witness::Witnesses;

/// The configuration in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// Addresses for HTTP.
    pub(crate) listen: Vec<SocketAddr>,
    /// Addresses for the agent protocol.
    pub(crate) agent_listen: Vec<SocketAddr>,
    /// The directory with what survives a restart.
    pub(crate) state_dir: PathBuf,
    /// The directory with the unix sockets.
    pub(crate) runtime_dir: PathBuf,
    /// The time between two probes of a server without a peer.
    pub(crate) interval: Duration,
    /// Which clients may send checks and read pages.
    pub(crate) access: Access,
    /// How long checks are answered 503 `stopping` before the daemon ends.
    pub(crate) stop_grace: Duration,
    /// This node's name, for the peer and for people.
    pub(crate) node: String,
    /// The file with the token that both nodes share.
    pub(crate) token_file: Option<PathBuf>,
    /// The HAProxys that are witnesses.
    pub(crate) witnesses: Witnesses,
    /// The file with the token that named witnesses send.
    pub(super) witness_token_file: Option<PathBuf>,
    /// The servers; none if healthd only reads logs.
    pub(crate) instances: Vec<InstanceConfig>,
    /// The logs, and what is counted in them.
    pub(crate) logs: LogsConfig,
    /// Warnings from reading the option files, for the log.
    pub(crate) warnings: Vec<String>,
}

impl Config {
    /// File descriptors of one connection: a second one watches a connection that may come from a witness.
    pub(crate) fn descriptors_each(&self) -> usize {
        if self.witness_token_file.is_some() { 2 } else { 1 }
    }

    /// Whether a witness of the writer role may ask from this address.
    pub(crate) fn may_be_witness(&self, address: IpAddr) -> bool {
        self.instances.iter().any(|instance| instance.writer.witnesses.may_ask_from(address))
    }
}
