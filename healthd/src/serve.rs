//! The daemon's life: start, reload, stop.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::cli::ServeArgs;
use crate::config::{self, Config};
use crate::counters::Counters;
use crate::http::{self, Client};
use crate::net::accept;
use crate::net::agent;
use crate::net::limits::{Limits, raise_descriptor_limit};
use crate::net::sockets;
use crate::node::instance::Instance;
use crate::node::{Fleet, Node};
use crate::switches::Switches;
use crate::switches::maintenance::MaintenanceStore;
use crate::systemd::{self, Watchdog};
use crate::watch::announce::Announcer;
use crate::watch::canary::Canary;
use crate::watch::circumstances::CircumstanceSource;
use crate::watch::prober;
use crate::writer;

/// The kernel's queue of connections that are not accepted yet; HAProxys check in bursts.
const BACKLOG: u32 = 4096;
/// How long answers under way may take after the last accept.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// One line for the operator: what could not be started, and why.
pub(crate) async fn serve(args: &ServeArgs, config: Config) -> Result<(), String> {
    let mut signals = Signals::new().map_err(|error| format!("cannot handle signals: {error}"))?;
    let store = MaintenanceStore::open(&config.state_dir)
        .map_err(|error| format!("cannot use the state directory {}: {error}", config.state_dir.display()))?;
    let limits = Limits::for_descriptors(raise_descriptor_limit(), config.instances.len(), config.descriptors_each());
    let node = Node::new(config.clone(), Arc::new(Switches::new(store)), Counters::new());
    let mut listeners = Listeners { node: Arc::clone(&node), limits: Arc::clone(&limits), tasks: HashMap::new() };
    let bound = listeners.bind(&config, systemd::inherited_listeners())?;
    let (query, control, files) = sockets::bind(&config.runtime_dir)?;
    let watchdog = Watchdog::new();
    start_instances(&node, config.clone(), &watchdog)?;
    listeners.serve(&config, bound);
    // Any local user may connect to the query socket as often as he likes.
    let local = Limits::for_local_clients();
    let query = tokio::spawn(accept::unix(query, Arc::clone(&node), local, |stream, node| {
        http::over(stream, Client::Query, node)
    }));
    let local = Limits::for_local_clients();
    let control = tokio::spawn(accept::unix(control, Arc::clone(&node), local, |stream, node| {
        // The mode of the file let him in. Without the kernel's word on who he is, he may only read.
        let client = sockets::user(&stream).map_or(Client::Query, Client::Control);
        http::over(stream, client, node)
    }));
    tell_start(&config);
    systemd::ready(&summary(&config));
    while let Order::Reload = signals.next().await {
        reload(args, &node, &mut listeners, &watchdog);
    }
    systemd::stopping();
    let grace = node.fleet().config.stop_grace;
    tracing::info!(grace = ?grace, "stopping");
    // Without a grace nobody is told: under socket activation the next daemon answers what waits.
    if !grace.is_zero() {
        node.switches.begin_stop();
        tokio::select! {
            () = sleep(grace) => {}
            // A second signal means now.
            () = signals.stop() => {}
        }
    }
    // The files first: the next daemon may make its own meanwhile.
    drop(files);
    listeners.stop();
    query.abort();
    control.abort();
    let last = Instant::now() + LAST_ANSWERS;
    while limits.open() > 0 && Instant::now() < last {
        sleep(Duration::from_millis(2)).await;
    }
    // The probers say goodbye to their servers when their instances are gone.
    let stopped = node.fleet().config.clone();
    node.replace_fleet(Fleet::new(stopped, Vec::new()));
    sleep(Duration::from_millis(20)).await;
    Ok(())
}

fn summary(config: &Config) -> String {
    let names: Vec<_> = config.instances.iter().map(|instance| instance.name.as_str()).collect();
    format!("watching {}", names.join(", "))
}

fn tell_start(config: &Config) {
    for warning in &config.warnings {
        tracing::warn!(warning, "option file");
    }
    let addresses = |addresses: &[SocketAddr]| addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let (http, agent) = (addresses(&config.listen), addresses(&config.agent_listen));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), http, agent, "{}", summary(config));
}

/// Starts what is new, keeps what is unchanged, ends what is gone.
///
/// # Errors
/// When the state of a new one cannot be read; then nothing has changed.
fn start_instances(node: &Arc<Node>, config: Config, watchdog: &Arc<Watchdog>) -> Result<(), String> {
    let before = node.fleet();
    for wanted in &config.instances {
        if before.by_name(&wanted.name).is_none() {
            writer::check_state(wanted, &config.state_dir).map_err(|error| error.to_string())?;
        }
    }
    let started = config.instances.iter().map(|wanted| {
        if let Some(kept) = before.instances.iter().find(|instance| instance.config == *wanted) {
            return Arc::clone(kept);
        }
        let last = before.instances.iter().find(|instance| instance.config.name == wanted.name);
        let used = wanted.uses_the_writer_role()
            || writer::was_used(&config.state_dir, &wanted.name)
            || last.is_some_and(|last| last.prober.reads_positions());
        // The write canary counts for the writer role alone, which the prober does not announce.
        let without_canary =
            CircumstanceSource { instance: wanted.name.clone(), switches: Arc::clone(&node.switches), canary: None };
        let surroundings = prober::Surroundings {
            positions: used,
            counters: node.counters.of_instance(&wanted.name),
            heartbeat: watchdog.heartbeat(),
            announcer: Announcer::new(without_canary.clone()),
        };
        // Under a new policy the same server is not unknown again.
        let same = before.instances.iter().find(|instance| instance.config.target == wanted.target);
        let prober = prober::start(wanted, same.map(|instance| instance.prober.health()), surroundings);
        let canary = Canary::start(wanted, prober.subscribe(), node.counters.of_canary(&wanted.name));
        let circumstances = CircumstanceSource { canary: canary.as_ref().map(Canary::subscribe), ..without_canary };
        let writer = writer::start(
            wanted,
            writer::Surroundings {
                circumstances: circumstances.clone(),
                health: prober.subscribe(),
                state_dir: config.state_dir.clone(),
                announcer: Announcer::new(circumstances.clone()),
                before: last.map(|last| writer::Former { config: &last.config, writer: &last.writer }),
            },
        );
        Arc::new(Instance { config: wanted.clone(), prober, writer, canary, circumstances })
    });
    let instances: Vec<_> = started.collect();
    let still = |gone: &str| instances.iter().any(|instance| instance.config.name == gone);
    for gone in before.instances.iter().filter(|instance| !still(&instance.config.name)) {
        node.counters.forget(&gone.config.name);
    }
    node.replace_fleet(Fleet::new(config, instances));
    Ok(())
}

/// Reads the configuration again. Whatever is wrong with it, the old one stays in force and a metric says so.
fn reload(args: &ServeArgs, node: &Arc<Node>, listeners: &mut Listeners, watchdog: &Arc<Watchdog>) {
    systemd::reloading();
    let loaded = config::load(&args.source, &args.listen).map_err(|error| error.to_string());
    let applied = loaded.and_then(|config| {
        let in_force = node.fleet();
        if (&config.state_dir, &config.runtime_dir) != (&in_force.config.state_dir, &in_force.config.runtime_dir) {
            return Err("another state_dir needs a restart: maintenance is kept there".to_owned());
        }
        if config.node != in_force.config.node {
            return Err("another `node` needs a restart: the writer role's state is kept under it".to_owned());
        }
        let bound = listeners.bind(&config, Vec::new())?;
        start_instances(node, config.clone(), watchdog)?;
        listeners.serve(&config, bound);
        Ok(config)
    });
    match applied {
        Ok(config) => {
            node.note_reload(None);
            tell_start(&config);
        }
        Err(error) => {
            tracing::error!(error, "reload refused, the configuration before it stays in force");
            node.note_reload(Some(error));
        }
    }
    systemd::ready(&summary(&node.fleet().config));
}

/// What a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Protocol {
    Http,
    Agent,
}

type Bound = Vec<((Protocol, SocketAddr), TcpListener)>;

struct Listeners {
    node: Arc<Node>,
    limits: Arc<Limits>,
    tasks: HashMap<(Protocol, SocketAddr), JoinHandle<()>>,
}

impl Listeners {
    /// Binds what is not bound yet; an inherited socket serves the entry of its address.
    fn bind(&self, config: &Config, mut inherited: Vec<(SocketAddr, std::net::TcpListener)>) -> Result<Bound, String> {
        let mut bound = Vec::new();
        for key in wanted(config) {
            if self.tasks.contains_key(&key) {
                continue;
            }
            let (_, address) = key;
            let listener = match inherited.iter().position(|(its, _)| *its == address) {
                Some(index) => {
                    let (_, listener) = inherited.swap_remove(index);
                    listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener))
                }
                None => listen(address),
            };
            let own = self.tasks.keys().any(|(_, listened)| listened.port() == address.port());
            let hint = |error: &std::io::Error| match error.kind() {
                std::io::ErrorKind::AddrInUse if own => ": this healthd listens on that port already, restart it",
                std::io::ErrorKind::AddrInUse => ": is another healthd, or xinetd, running there?",
                std::io::ErrorKind::PermissionDenied => ": ports below 1024 need the right to bind them",
                _ => "",
            };
            let listener = listener.map_err(|error| format!("cannot listen on {address}: {error}{}", hint(&error)))?;
            bound.push((key, listener));
        }
        for (address, _) in inherited {
            tracing::warn!(%address, "systemd hands over a socket that no `listen` or `agent_listen` names");
        }
        Ok(bound)
    }

    /// Serves what was bound, and no longer what is not wanted any more.
    fn serve(&mut self, config: &Config, bound: Bound) {
        let wanted: Vec<_> = wanted(config).collect();
        self.tasks.retain(|key, task| {
            let keep = wanted.contains(key);
            if !keep {
                task.abort();
            }
            keep
        });
        for (key, listener) in bound {
            let (node, limits) = (Arc::clone(&self.node), Arc::clone(&self.limits));
            let task = match key.0 {
                Protocol::Http => tokio::spawn(accept::tcp(listener, node, limits, http::over_tcp)),
                Protocol::Agent => tokio::spawn(accept::tcp(listener, node, limits, agent::answer)),
            };
            self.tasks.insert(key, task);
        }
    }

    fn stop(&mut self) {
        for (_, task) in self.tasks.drain() {
            task.abort();
        }
    }
}

fn wanted(config: &Config) -> impl Iterator<Item = (Protocol, SocketAddr)> {
    let http = config.listen.iter().map(|address| (Protocol::Http, *address));
    http.chain(config.agent_listen.iter().map(|address| (Protocol::Agent, *address)))
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    if address.is_ipv6() {
        // `[::]` beside `0.0.0.0` is what people write.
        rustix::net::sockopt::set_ipv6_v6only(&socket, true)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

enum Order {
    Reload,
    Stop,
}

struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Order {
        tokio::select! {
            _ = self.hangup.recv() => Order::Reload,
            _ = self.terminate.recv() => Order::Stop,
            _ = self.interrupt.recv() => Order::Stop,
        }
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
