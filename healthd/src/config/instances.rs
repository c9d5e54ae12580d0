//! The servers: from the file's tables or the command line to their configuration.

use std::collections::HashSet;
use std::sync::Arc;

use healthd_core::verdict::role::Role;
use healthd_mysql::login::address::Address;
use healthd_mysql::login::credentials::Credentials;
use healthd_mysql::login::target::Target;

use super::canary::CanaryConfig;
use super::contradiction::Contradiction;
use super::instance::InstanceConfig;
use super::peering::Peering;
use super::probing::Probing;
use super::raw::{InstanceName, Parsed, Port, RawInstance};
use crate::cli::InstanceArg;

/// The instances of the command line, else those of the file, else the server on the usual port: a file that has logs
/// and no instance means a node without a database.
pub(super) fn chosen(arguments: &[InstanceArg], file: &[RawInstance], has_logs: bool) -> Vec<RawInstance> {
    match (arguments, file) {
        ([], []) if has_logs => Vec::new(),
        ([], []) => vec![of_argument(&"3306".parse().expect("a port is an instance"))],
        ([], file) => file.to_vec(),
        (arguments, _) => arguments.iter().map(of_argument).collect(),
    }
}

fn of_argument(argument: &InstanceArg) -> RawInstance {
    RawInstance {
        name: Some(InstanceName(argument.name.clone())),
        address: Parsed(argument.address.clone()),
        port: argument.address.port().map(Port),
        extra_port: None,
        defaults_file: None,
        query: None,
        heartbeat_query: None,
        default_role: None,
        max_lag: None,
        ignore_channels: Vec::new(),
        allow_donor: false,
        peer: None,
        failback: None,
        semi_sync_follows_role: false,
        fence_after: None,
        write_canary: None,
        write_canary_timeout: None,
    }
}

/// The configuration of one instance.
///
/// # Errors
/// When its values do not fit together.
pub(super) fn instance(
    raw: &RawInstance,
    credentials: Credentials,
    probing: &Probing,
    peering: &Peering,
) -> Result<InstanceConfig, Contradiction> {
    let address = raw.address.0.clone();
    let port = raw.port.map(|port| port.0).or(address.port());
    let name = match (&raw.name, port) {
        (Some(name), _) => name.0.clone(),
        (None, Some(port)) => port.to_string(),
        (None, None) => return Err(Contradiction::Unnamed(address)),
    };
    let writer = Arc::new(peering.writer(&name, raw)?);
    let canary = CanaryConfig::new(raw.write_canary.clone(), raw.write_canary_timeout.map(|time| time.0))
        .map_err(|error| Contradiction::Canary { instance: name.clone(), error })?;
    Ok(InstanceConfig {
        name,
        port,
        target: Arc::new(Target {
            address,
            extra_port: raw.extra_port.map(|port| port.0),
            credentials,
            query: raw.query.clone().unwrap_or_else(|| probing.query.clone()),
            heartbeat_query: raw.heartbeat_query.clone(),
            // Positions are read only after the first question about the writer role.
            positions: false,
        }),
        policy: probing.policy(raw),
        default_role: raw.default_role.as_ref().map_or(Role::Any, |role| role.0),
        // The peer asks as often as this node does, so the probes must be as frequent.
        interval: if writer.peer.is_some() { probing.interval.min(peering.interval) } else { probing.interval },
        timeout: probing.timeout,
        lag_hold: probing.lag_hold,
        writer,
        canary,
    })
}

/// An instance that cannot be distinguished from another one.
pub(super) struct Duplicate {
    /// Its number.
    pub(super) instance: usize,
    /// What both have in common.
    pub(super) contradiction: Contradiction,
}

/// Checks that each name, port and address belongs to one instance.
pub(super) fn check_unique(instances: &[InstanceConfig]) -> Result<(), Duplicate> {
    let (mut names, mut ports, mut addresses) = (HashSet::new(), HashSet::new(), HashSet::<&Address>::new());
    for (number, instance) in instances.iter().enumerate() {
        let twice = |contradiction| Err(Duplicate { instance: number, contradiction });
        if !names.insert(&instance.name) {
            return twice(Contradiction::NameTwice(instance.name.clone()));
        }
        if let Some(port) = instance.port.filter(|port| !ports.insert(*port)) {
            return twice(Contradiction::PortTwice(port));
        }
        if !addresses.insert(&instance.target.address) {
            return twice(Contradiction::AddressTwice(instance.target.address.clone()));
        }
        if instance.name.parse::<u16>().is_ok_and(|number| instance.port != Some(number)) {
            return twice(Contradiction::NameOfPort(instance.name.clone()));
        }
    }
    Ok(())
}
