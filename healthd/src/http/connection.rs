//! Serving one connection: one request, one answer, one deadline.

use std::net::IpAddr;
use std::os::fd::AsFd as _;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::client::Client;
use super::routes;
use crate::counters::RefusedConnection;
use crate::net::proxy_header::ProxyHeader;
use crate::node::Node;

/// The deadline for a request. Slow and idle clients are closed.
const REQUEST_WITHIN: Duration = Duration::from_secs(2);
/// The deadline for reading the answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Enough for any check with its headers. A longer one is refused.
const LARGEST_HEAD: usize = 8192;
/// Serves one connection over TCP.
pub(crate) async fn over_tcp(stream: TcpStream, address: IpAddr, node: Arc<Node>) {
    // What a witness said is not used after it has disconnected, because it may be old.
    let witness = node.fleet().config.may_be_witness(address);
    let socket = if witness { stream.as_fd().try_clone_to_owned().ok() } else { None };
    over(ProxyHeader::new(stream), Client::Tcp { address, socket: socket.map(Arc::new) }, node).await;
}

/// Serves one connection: one request, one answer, closed.
pub(crate) async fn over<S>(stream: S, client: Client, node: Arc<Node>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let asked = AtomicBool::new(false);
    let service = service_fn(|request| {
        asked.store(true, Ordering::Relaxed);
        routes::route(request, &client, &node)
    });
    let mut serving = pin!(
        http1::Builder::new()
            .keep_alive(false)
            .auto_date_header(false)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service)
    );
    let mut deadline = pin!(sleep(REQUEST_WITHIN));
    loop {
        tokio::select! {
            biased;
            // HAProxy ends every check with a reset.
            _ = &mut serving => return,
            () = &mut deadline => {
                if asked.swap(false, Ordering::Relaxed) {
                    deadline.as_mut().reset(Instant::now() + ANSWER_WITHIN);
                } else {
                    node.counters.count_refused(RefusedConnection::Slow);
                    return;
                }
            }
        }
    }
}
