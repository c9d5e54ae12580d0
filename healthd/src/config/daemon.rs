//! The whole daemon.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::access::Access;
use super::instance::InstanceConfig;
use crate::witness::Witnesses;

/// Everything the daemon is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// Addresses for HTTP.
    pub(crate) listen: Vec<SocketAddr>,
    /// Addresses for the agent protocol.
    pub(crate) agent_listen: Vec<SocketAddr>,
    /// What survives a restart.
    pub(crate) state_dir: PathBuf,
    /// Where the unix sockets are.
    pub(crate) runtime_dir: PathBuf,
    /// How often servers are probed that have no peer.
    pub(crate) interval: Duration,
    /// Who may ask checks and who may read pages.
    pub(crate) access: Access,
    /// How long checks are answered 503 `stopping` before the daemon ends.
    pub(crate) stop_grace: Duration,
    /// This node's name, for the peer and for people.
    pub(crate) node: String,
    /// Where the secret is that both nodes have.
    pub(crate) token_file: Option<PathBuf>,
    /// The HAProxys whose word counts.
    pub(crate) witnesses: Witnesses,
    /// Where the secret is that the named ones send.
    pub(crate) witness_token_file: Option<PathBuf>,
    /// The servers, at least one.
    pub(crate) instances: Vec<InstanceConfig>,
    /// What the option files' reader noticed, for the log.
    pub(crate) warnings: Vec<String>,
}

impl Config {
    /// How many descriptors a connection has: who may be a witness is watched by a second one.
    pub(crate) fn descriptors_each(&self) -> usize {
        if self.witness_token_file.is_some() { 2 } else { 1 }
    }

    /// Whether a witness of the writer role may ask from this address.
    pub(crate) fn may_be_witness(&self, address: IpAddr) -> bool {
        self.instances.iter().any(|instance| instance.writer.witnesses.may_ask_from(address))
    }
}
