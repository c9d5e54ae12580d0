//! Starting and ending instances and logs as the configuration changes.

use std::sync::Arc;

use super::error::ServeError;
use crate::config::{Config, InstanceConfig};
use crate::logs::Logs;
use crate::node::instance::Instance;
use crate::node::{Fleet, Node};
use crate::systemd::Watchdog;
use crate::watch::canary::CanaryHandle;
use crate::watch::circumstances::CircumstanceSource;
use crate::watch::prober;
use crate::writer;

/// Starts new instances and logs, keeps unchanged ones, and ends those that are gone.
///
/// # Errors
/// When the state of a new one cannot be read; then nothing has changed.
pub(super) fn start(node: &Arc<Node>, config: Config, watchdog: &Arc<Watchdog>) -> Result<(), ServeError> {
    let before = node.fleet();
    for wanted in &config.instances {
        if before.by_name(&wanted.name).is_none() {
            writer::check_state(wanted, &config.state_dir)?;
        }
    }
    let instances: Vec<_> = config
        .instances
        .iter()
        .map(|wanted| match before.instances.iter().find(|instance| instance.config == *wanted) {
            Some(kept) => Arc::clone(kept),
            None => Arc::new(start_one(wanted, &config, &before, node, watchdog)),
        })
        .collect();
    let still = |gone: &str| instances.iter().any(|instance| instance.config.name == gone);
    for gone in before.instances.iter().filter(|instance| !still(&instance.config.name)) {
        node.counters.forget(&gone.config.name);
    }
    let logs = Logs::start(&config.logs, &config.state_dir, &before.logs);
    node.replace_fleet(Fleet::new(config, instances, Arc::new(logs)));
    Ok(())
}

fn start_one(
    wanted: &InstanceConfig,
    config: &Config,
    before: &Fleet,
    node: &Node,
    watchdog: &Arc<Watchdog>,
) -> Instance {
    let name = &wanted.name;
    let last = before.by_name(name);
    let used = wanted.uses_the_writer_role()
        || writer::was_used(&config.state_dir, name)
        || last.is_some_and(|last| last.prober.reads_positions());
    // The write canary concerns only the writer role, which the prober does not announce.
    let without_canary =
        CircumstanceSource { instance: name.clone(), switches: Arc::clone(&node.switches), canary: None };
    let surroundings = prober::Surroundings {
        positions: used,
        counters: node.counters.of_instance(name),
        heartbeat: watchdog.heartbeat(),
        circumstances: without_canary.clone(),
    };
    // If only its settings change, everything known about a server is kept.
    let same = before.instances.iter().find(|instance| instance.config.target == wanted.target);
    let prober = prober::start(wanted, same.map(|instance| instance.prober.health()), surroundings);
    let canary = CanaryHandle::start(wanted, prober.subscribe(), node.counters.of_canary(name));
    let circumstances = CircumstanceSource { canary: canary.as_ref().map(CanaryHandle::subscribe), ..without_canary };
    let writer = writer::start(
        wanted,
        writer::Surroundings {
            circumstances: circumstances.clone(),
            health: prober.subscribe(),
            state_dir: config.state_dir.clone(),
            before: last.map(|last| writer::Former { config: &last.config, writer: &last.writer }),
        },
    );
    Instance { config: wanted.clone(), prober, writer, canary, circumstances }
}
