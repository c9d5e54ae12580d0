//! The TCP sockets that the daemon serves.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::http;
use crate::net::limits::Limits;
use crate::net::{accept, agent};
use crate::node::Node;
use crate::systemd::Inherited;

/// The kernel's queue of connections that are not accepted yet; HAProxys check in bursts.
const BACKLOG: u32 = 4096;

/// The protocol of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Service {
    Http,
    Agent,
}

/// An address with its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Endpoint {
    service: Service,
    address: SocketAddr,
}

/// A socket that is bound but not served yet.
pub(super) struct Bound {
    endpoint: Endpoint,
    listener: TcpListener,
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {error}{hint}")]
pub(crate) struct ListenError {
    address: SocketAddr,
    error: io::Error,
    hint: &'static str,
}

/// The sockets that are served, each by a task.
pub(super) struct Listeners {
    node: Arc<Node>,
    limits: Arc<Limits>,
    tasks: HashMap<Endpoint, JoinHandle<()>>,
}

impl Listeners {
    pub(super) fn new(node: Arc<Node>, limits: Arc<Limits>) -> Listeners {
        Listeners { node, limits, tasks: HashMap::new() }
    }

    /// Binds what is not bound yet. An inherited socket serves its own address.
    pub(super) fn bind(&self, config: &Config, mut inherited: Vec<Inherited>) -> Result<Vec<Bound>, ListenError> {
        let mut bound = Vec::new();
        for endpoint in wanted(config) {
            if self.tasks.contains_key(&endpoint) {
                continue;
            }
            let address = endpoint.address;
            let listener = match inherited.iter().position(|its| its.address == address) {
                Some(index) => from_systemd(inherited.swap_remove(index)),
                None => listen(address),
            };
            let listener = listener.map_err(|error| {
                let hint = self.hint(&error, address);
                ListenError { address, error, hint }
            })?;
            bound.push(Bound { endpoint, listener });
        }
        for Inherited { address, .. } in inherited {
            tracing::warn!(%address, "systemd passed a socket that is not in `listen` or `agent_listen`");
        }
        Ok(bound)
    }

    fn hint(&self, error: &io::Error, address: SocketAddr) -> &'static str {
        let own = self.tasks.keys().any(|served| served.address.port() == address.port());
        match error.kind() {
            io::ErrorKind::AddrInUse if own => ": this healthd already listens on that port, restart it",
            io::ErrorKind::AddrInUse => ": is another healthd, or xinetd, running there?",
            io::ErrorKind::PermissionDenied => ": ports below 1024 need CAP_NET_BIND_SERVICE",
            _ => "",
        }
    }

    /// Serves what was bound, and stops serving what is no longer configured.
    pub(super) fn serve(&mut self, config: &Config, bound: Vec<Bound>) {
        let wanted: Vec<_> = wanted(config).collect();
        self.tasks.retain(|endpoint, task| {
            let keep = wanted.contains(endpoint);
            if !keep {
                task.abort();
            }
            keep
        });
        for Bound { endpoint, listener } in bound {
            let (node, limits) = (Arc::clone(&self.node), Arc::clone(&self.limits));
            let task = match endpoint.service {
                Service::Http => tokio::spawn(accept::tcp(listener, node, limits, http::over_tcp)),
                Service::Agent => tokio::spawn(accept::tcp(listener, node, limits, agent::answer)),
            };
            self.tasks.insert(endpoint, task);
        }
    }

    /// Stops accepting.
    pub(super) fn stop(&mut self) {
        for (_, task) in self.tasks.drain() {
            task.abort();
        }
    }
}

fn wanted(config: &Config) -> impl Iterator<Item = Endpoint> {
    let http = config.listen.iter().map(|address| Endpoint { service: Service::Http, address: *address });
    let agent = config.agent_listen.iter().map(|address| Endpoint { service: Service::Agent, address: *address });
    http.chain(agent)
}

fn from_systemd(inherited: Inherited) -> io::Result<TcpListener> {
    inherited.listener.set_nonblocking(true)?;
    TcpListener::from_std(inherited.listener)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    if address.is_ipv6() {
        // Operators write `[::]` together with `0.0.0.0`.
        rustix::net::sockopt::set_ipv6_v6only(&socket, true)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
