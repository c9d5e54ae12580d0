//! The validated configuration.

mod load;
mod option_files;
mod peers;
mod raw;
mod show;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use healthd_core::verdict::Policy;
use healthd_core::verdict::role::Role;
use healthd_mysql::read::probe::Target;
use ipnet::IpNet;

use crate::watch::canary::Plan;
use crate::witness::Witnesses;
use crate::writer::Settings;

pub(crate) use load::{SYSTEM_RUNTIME_DIR, load};
pub(crate) use peers::{Peer, Token};
pub(crate) use show::show;

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

/// Who may ask what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Access {
    /// Who may ask checks; `None` is anyone.
    pub(crate) checks: Option<Vec<IpNet>>,
    /// Who may read pages, JSON and metrics.
    pub(crate) pages: Vec<IpNet>,
    /// Names under which browsers may ask for pages, besides addresses and localhost.
    pub(crate) server_names: Vec<String>,
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

impl Access {
    /// Whether this client may ask checks.
    pub(crate) fn allows_checks(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        self.checks.as_ref().is_none_or(|networks| networks.iter().any(|network| network.contains(&client)))
    }

    /// Whether this client may read pages.
    pub(crate) fn allows_pages(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        self.pages.iter().any(|network| network.contains(&client))
    }

    /// Whether a page may be given under this `Host`: a foreign name that resolves to us is DNS rebinding.
    pub(crate) fn knows_host(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.rsplit_once(':').map_or(host, |(name, _)| name),
        };
        name.parse::<IpAddr>().is_ok()
            || name.eq_ignore_ascii_case("localhost")
            || self.server_names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstanceConfig {
    /// Its name.
    pub(crate) name: String,
    /// The `port=` that means it.
    pub(crate) port: Option<u16>,
    /// Where it is and how to ask it.
    pub(crate) target: Arc<Target>,
    /// Its limits.
    pub(crate) policy: Policy,
    /// The role of a check that names none.
    pub(crate) default_role: Role,
    /// The time between the starts of two probes.
    pub(crate) interval: Duration,
    /// After what time without an answer it is down.
    pub(crate) timeout: Duration,
    /// How long a lag above the limit is remembered.
    pub(crate) lag_hold: Duration,
    /// The writer role.
    pub(crate) writer: Settings,
    /// The write canary.
    pub(crate) canary: Option<Plan>,
}

impl InstanceConfig {
    /// Whether the configuration alone says that somebody will ask for the writer role.
    pub(crate) fn uses_the_writer_role(&self) -> bool {
        self.writer.peer.is_some() || self.default_role == Role::Writer
    }
}

/// Accepts a name that fits into a URL, a metric label and a log line as it is.
///
/// # Errors
/// A sentence that says what is allowed.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if (1..=40).contains(&name.len()) && name.chars().all(good) {
        return Ok(());
    }
    let name = healthd_core::text::clean::one_line(name, 50);
    Err(format!("`{name}` is not a name: 1 to 40 letters, digits, dots, hyphens or underscores"))
}

/// How an instance is named in a command or a URL: by name, or by the port that means it.
pub(crate) fn named<'a, T>(
    items: impl Iterator<Item = &'a T>,
    wanted: &str,
    of: impl Fn(&T) -> (&str, Option<u16>),
) -> Option<&'a T> {
    let port = healthd_mysql::login::address::parse_port(wanted);
    let mut by_port = None;
    for item in items {
        let (name, its_port) = of(item);
        if name == wanted {
            return Some(item);
        }
        if port.is_some() && its_port == port {
            by_port = Some(item);
        }
    }
    by_port
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_reaches_pages_only_under_a_known_name() {
        let access = Access { checks: None, pages: vec![], server_names: vec!["db1.example".to_owned()] };
        for (host, known) in [
            ("127.0.0.1:31337", true),
            ("10.1.2.3", true),
            ("[::1]:31337", true),
            ("[::1]", true),
            ("localhost:31337", true),
            ("DB1.example:31337", true),
            ("evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
        ] {
            assert_eq!(access.knows_host(host), known, "{host}");
        }
    }
}
