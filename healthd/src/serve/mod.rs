//! The daemon's life: start, reload, stop.

mod error;
mod instances;
mod listeners;
mod signals;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::cli::ServeArgs;
use crate::config::{self, Config};
use crate::counters::Counters;
use crate::http::{self, Client};
use crate::net::accept;
use crate::net::limits::{Limits, Watched, raise_descriptor_limit};
use crate::net::sockets::{self, LocalSockets};
use crate::node::{Fleet, Node};
use crate::switches::Switches;
use crate::switches::maintenance::MaintenanceStore;
use crate::systemd::{self, Watchdog};
use error::ServeError;
use listeners::Listeners;
use signals::{Instruction, Signals};

/// How long answers in progress may take after the last accept.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// Runs the daemon until a signal stops it.
///
/// # Errors
/// When something cannot be started.
pub(crate) async fn serve(args: &ServeArgs, config: Config) -> Result<(), ServeError> {
    let mut signals = Signals::new().map_err(ServeError::Signals)?;
    let store = MaintenanceStore::open(&config.state_dir)
        .map_err(|error| ServeError::StateDir { dir: config.state_dir.clone(), error })?;
    let watched = Watched { instances: config.instances.len(), logs: config.logs.logs.len() };
    let limits = Limits::for_descriptors(raise_descriptor_limit(), watched, config.descriptors_each());
    let node = Node::new(config.clone(), Arc::new(Switches::new(store)), Counters::new());
    let mut listeners = Listeners::new(Arc::clone(&node), Arc::clone(&limits));
    let bound = listeners.bind(&config, systemd::inherited_listeners())?;
    let LocalSockets { query, control, files } = sockets::bind(&config.runtime_dir)?;
    let watchdog = Watchdog::new();
    let beating = tokio::spawn(Arc::clone(&watchdog).beat_for_the_runtime());
    instances::start(&node, config.clone(), &watchdog)?;
    listeners.serve(&config, bound);
    // Any local user may open any number of connections to the query socket.
    let local = Limits::for_local_clients();
    let query = tokio::spawn(accept::unix(query, Arc::clone(&node), local, |stream, node| {
        http::over(stream, Client::Query, node)
    }));
    let local = Limits::for_local_clients();
    let control = tokio::spawn(accept::unix(control, Arc::clone(&node), local, |stream, node| {
        // The mode of the file lets only operators connect. If the kernel does not name the user, it is read-only.
        let client = sockets::user(&stream).map_or(Client::Query, Client::Control);
        http::over(stream, client, node)
    }));
    log_start(&config);
    systemd::ready(&summary(&config));
    while let Instruction::Reload = signals.next().await {
        reload(args, &node, &mut listeners, &watchdog);
    }
    systemd::stopping();
    stop_grace(&node, &mut signals).await;
    // The files first, because the next daemon may create its own meanwhile.
    drop(files);
    listeners.stop();
    query.abort();
    control.abort();
    beating.abort();
    end(&node, &limits).await;
    Ok(())
}

/// Answers every check `stopping` for the configured time, or until a second signal.
async fn stop_grace(node: &Node, signals: &mut Signals) {
    let grace = node.fleet().config.stop_grace;
    tracing::info!(grace = ?grace, "stopping");
    // Without a grace no check is answered `stopping`: under socket activation the next daemon answers it.
    if grace.is_zero() {
        return;
    }
    node.switches.begin_stop();
    tokio::select! {
        () = sleep(grace) => {}
        () = signals.stop() => {}
    }
}

/// Waits for the last answers, and lets the probers close their connections.
async fn end(node: &Node, limits: &Limits) {
    let last = Instant::now() + LAST_ANSWERS;
    while limits.open() > 0 && Instant::now() < last {
        sleep(Duration::from_millis(2)).await;
    }
    // The probers close their connections when their instances are dropped.
    let stopped = node.fleet().config.clone();
    let logs = Arc::clone(&node.fleet().logs);
    node.replace_fleet(Fleet::new(stopped, Vec::new(), Arc::default()));
    logs.end().await;
    sleep(Duration::from_millis(20)).await;
}

/// What the daemon does: `watching m0, m1; reading /var/log/mail.log`.
fn summary(config: &Config) -> String {
    let names: Vec<_> = config.instances.iter().map(|instance| instance.name.as_str()).collect();
    let logs: Vec<_> = config.logs.logs.iter().map(|log| log.source.name()).collect();
    let watching = (!names.is_empty()).then(|| format!("watching {}", names.join(", ")));
    let reading = (!logs.is_empty()).then(|| format!("reading {}", logs.join(", ")));
    watching.into_iter().chain(reading).collect::<Vec<_>>().join("; ")
}

fn log_start(config: &Config) {
    for warning in &config.warnings {
        tracing::warn!(warning, "option file");
    }
    let addresses = |addresses: &[SocketAddr]| addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let (http, agent) = (addresses(&config.listen), addresses(&config.agent_listen));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), http, agent, "{}", summary(config));
}

/// Reads the configuration again. If it has a mistake, the old one stays in force and a metric shows that.
fn reload(args: &ServeArgs, node: &Arc<Node>, listeners: &mut Listeners, watchdog: &Arc<Watchdog>) {
    systemd::reloading();
    match apply(args, node, listeners, watchdog) {
        Ok(config) => {
            node.note_reload(None);
            log_start(&config);
        }
        Err(error) => {
            let error = error.to_string();
            tracing::error!(error, "reload refused, the previous configuration stays in force");
            node.note_reload(Some(error));
        }
    }
    systemd::ready(&summary(&node.fleet().config));
}

fn apply(
    args: &ServeArgs,
    node: &Arc<Node>,
    listeners: &mut Listeners,
    watchdog: &Arc<Watchdog>,
) -> Result<Config, ServeError> {
    let config = config::load(&args.source, &args.listen)?;
    let in_force = node.fleet();
    if (&config.state_dir, &config.runtime_dir) != (&in_force.config.state_dir, &in_force.config.runtime_dir) {
        return Err(ServeError::OtherStateDir);
    }
    if config.node != in_force.config.node {
        return Err(ServeError::OtherNode);
    }
    let bound = listeners.bind(&config, Vec::new())?;
    instances::start(node, config.clone(), watchdog)?;
    listeners.serve(&config, bound);
    Ok(config)
}
