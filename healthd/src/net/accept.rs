//! Accepts connections within the limits, and serves each in a separate task.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::time::sleep;

use crate::counters::RefusedConnection;
use crate::net::limits::Limits;
use crate::node::Node;

/// The pause when no file descriptor is free, so that connections can end.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(10);

/// Serves one TCP address until the task is aborted.
pub(crate) async fn tcp<A: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    node: Arc<Node>,
    limits: Arc<Limits>,
    answer: fn(TcpStream, IpAddr, Arc<Node>) -> A,
) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                let address = address.ip();
                within(&limits, address, &node, || answer(stream, address, Arc::clone(&node)));
            }
            Err(error) => failed(&error, &node).await,
        }
    }
}

/// Serves one unix socket until the task is aborted.
pub(crate) async fn unix<A: Future<Output = ()> + Send + 'static>(
    listener: UnixListener,
    node: Arc<Node>,
    limits: Arc<Limits>,
    answer: impl Fn(UnixStream, Arc<Node>) -> A,
) {
    loop {
        match listener.accept().await {
            // All clients have the same address: the limits of a unix socket do not distinguish clients.
            Ok((stream, _)) => {
                within(&limits, Ipv4Addr::LOCALHOST.into(), &node, || answer(stream, Arc::clone(&node)));
            }
            Err(error) => failed(&error, &node).await,
        }
    }
}

fn within<A: Future<Output = ()> + Send + 'static>(
    limits: &Arc<Limits>,
    address: IpAddr,
    node: &Node,
    answer: impl FnOnce() -> A,
) {
    match limits.enter(address) {
        Ok(admitted) => {
            let answer = answer();
            tokio::spawn(async move {
                answer.await;
                drop(admitted);
            });
        }
        Err(reason) => node.counters.count_refused(reason),
    }
}

/// Waits a little when file descriptors ran out. A client that disconnected before it was accepted is ignored.
async fn failed(error: &io::Error, node: &Node) {
    const EMFILE: i32 = 24;
    const ENFILE: i32 = 23;
    if matches!(error.raw_os_error(), Some(EMFILE | ENFILE)) {
        node.counters.count_refused(RefusedConnection::Descriptors);
        sleep(OUT_OF_DESCRIPTORS).await;
    }
}
