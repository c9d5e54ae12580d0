//! File, environment and flags to a [`Config`]; every error says where.

use super::access::Access;
use super::daemon::Config;
use super::directories::Directories;
use super::error::ConfigError;
use super::file::{self, Read, Table};
use super::instances::{Duplicate, check_unique, chosen, instance};
use super::listen::{FromFile, Listen};
use super::logs::logs;
use super::option_files::OptionFiles;
use super::peering::Peering;
use super::probing::Probing;
use crate::cli::{ListenArgs, SourceArgs};

/// Reads the configuration that the arguments mean.
///
/// # Errors
/// Any mistake: a daemon must not guess what an operator meant.
pub(crate) fn load(source: &SourceArgs, listen: &ListenArgs) -> Result<Config, ConfigError> {
    let Read { raw, origin } = file::read(source.config.as_deref())?;
    // Instances of the command line have no place in a file.
    let origin = if source.instances.is_empty() { origin } else { origin.without_instances() };
    let general = |contradiction| origin.error(None, contradiction);
    let probing = Probing::new(&raw);
    let peering = Peering::new(raw.node.as_ref(), &raw.peers, &raw.witness).map_err(general)?;
    let mut options = OptionFiles::default();
    let mut instances = Vec::new();
    for (number, its) in chosen(&source.instances, &raw.instance, !raw.log.is_empty()).iter().enumerate() {
        let file = its.defaults_file.as_ref().or(source.defaults_file.as_ref()).or(raw.mysql.defaults_file.as_ref());
        let credentials = options.credentials(file.map(|file| file.as_path()))?;
        let checked = instance(its, credentials, &probing, &peering);
        instances.push(checked.map_err(|contradiction| origin.error(Some(Table::Instance(number)), contradiction))?);
    }
    check_unique(&instances).map_err(|Duplicate { instance, contradiction }| {
        origin.error(Some(Table::Instance(instance)), contradiction)
    })?;
    let logs = logs(&raw.log, &raw.ratio).map_err(|(table, error)| origin.error(Some(table), error.into()))?;
    let listen = Listen::new(listen, FromFile { http: raw.listen, agent: raw.agent_listen }).map_err(general)?;
    let directories = Directories::new(source.state_dir.clone().or(raw.state_dir));
    Ok(Config {
        listen: listen.http,
        agent_listen: listen.agent,
        runtime_dir: directories.runtime,
        state_dir: directories.state,
        interval: probing.interval,
        access: Access::new(raw.allow, raw.allow_read, raw.server_names),
        stop_grace: raw.stop_grace.map(|time| time.0).unwrap_or_default(),
        node: peering.node,
        token_file: raw.peers.token_file,
        witnesses: peering.witnesses,
        witness_token_file: raw.witness.token_file,
        instances,
        logs,
        warnings: options.warnings,
    })
}
