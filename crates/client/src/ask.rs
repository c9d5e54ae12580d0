//! One request, one answer.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use healthd_core::text::clean::one_line;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONNECTION, HOST, HeaderValue};
use hyper::{Method, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::address::HttpAddress;
use crate::error::Error;
use crate::server::DaemonAddress;

/// How many characters of a foreign text are shown.
const SHOWN: usize = 80;

/// A request.
#[derive(Clone, Copy, Default)]
pub struct Request<'a> {
    /// Path and query.
    pub target: &'a str,
    /// The body of a `POST`; `None` for a `GET`.
    pub body: Option<&'a str>,
    /// The token to send, in printable ASCII.
    pub token: Option<&'a str>,
}

/// Limits for the time and the size of an exchange.
#[derive(Debug, Clone, Copy)]
pub struct ExchangeLimits {
    /// The overall deadline, from now.
    pub within: Duration,
    /// The largest body, in bytes.
    pub largest: usize,
}

/// An answer with any status.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    /// The beginning of the body for people, on one line and in backquotes; `nothing` if it is empty.
    pub fn shown(&self) -> String {
        let head = &self.body[..self.body.len().min(4 * SHOWN)];
        match one_line(&String::from_utf8_lossy(head), SHOWN) {
            nothing if nothing.is_empty() => "nothing".to_owned(),
            text => format!("`{text}`"),
        }
    }
}

/// Asks a healthd.
///
/// # Errors
/// When there is no complete answer in time.
pub async fn ask(server: &DaemonAddress, request: Request<'_>, limits: ExchangeLimits) -> Result<Reply, Error> {
    let exchange = connect_and_exchange(server, request, limits.largest);
    let late = |_| Error::Late { server: server.clone(), within: limits.within };
    timeout(limits.within, exchange).await.map_err(late)?
}

/// Asks a healthd from outside any runtime.
///
/// # Errors
/// When there is no complete answer in time.
pub fn ask_blocking(server: &DaemonAddress, request: Request<'_>, limits: ExchangeLimits) -> Result<Reply, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let asked = runtime.block_on(ask(server, request, limits));
    // The resolver's thread may hang.
    runtime.shutdown_background();
    asked
}

async fn connect_and_exchange(server: &DaemonAddress, request: Request<'_>, largest: usize) -> Result<Reply, Error> {
    let exchange = Exchange { server, request, largest };
    match server {
        DaemonAddress::Socket(path) => {
            let stream = UnixStream::connect(path).await.map_err(|error| match error.kind() {
                io::ErrorKind::PermissionDenied => Error::NotAllowed(server.clone()),
                _ => Error::NotRunning { server: server.clone(), error },
            })?;
            exchange.over(stream, "localhost").await
        }
        DaemonAddress::Http(address) => {
            let addresses = resolve(address).await;
            if addresses.is_empty() {
                return Err(Error::NoAddress(server.clone()));
            }
            let stream = TcpStream::connect(addresses.as_slice()).await;
            let stream = stream.map_err(|error| Error::NotRunning { server: server.clone(), error })?;
            // A request of a few hundred bytes, whose answer is awaited.
            stream.set_nodelay(true)?;
            // To protect browsers, healthd refuses pages with an unknown `Host`. It accepts addresses.
            let host = stream.peer_addr()?.to_string();
            exchange.over(stream, &host).await
        }
    }
}

/// Keeps the last addresses: while the resolver is down, a healthd must not count as unreachable because its name has
/// no address.
async fn resolve(address: &HttpAddress) -> Vec<SocketAddr> {
    let HttpAddress { host, port } = address;
    let found = match host.parse() {
        Ok(address) => vec![address],
        Err(_) => healthd_names::resolve(host, *port).await,
    };
    found.into_iter().map(|address| (address, *port).into()).collect()
}

struct Exchange<'a> {
    server: &'a DaemonAddress,
    request: Request<'a>,
    largest: usize,
}

impl Exchange<'_> {
    async fn over<S>(&self, stream: S, host: &str) -> Result<Reply, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| self.failed(&error))?;
        let request = self.http(host)?;
        let exchange = async {
            let response = sender.send_request(request).await.map_err(|error| self.failed(&error))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), self.largest).collect().await;
            let body = body.map_err(|error| match error.downcast_ref::<hyper::Error>() {
                Some(error) => self.failed(error),
                None => self.foreign(&format_args!("its answer is larger than {} KiB", self.largest / 1024)),
            })?;
            Ok(Reply { status, body: body.to_bytes() })
        };
        tokio::pin!(exchange);
        tokio::pin!(connection);
        // The connection drives the exchange, and may end before the rest of the answer is read.
        tokio::select! {
            biased;
            answered = &mut exchange => answered,
            _ = &mut connection => exchange.await,
        }
    }

    fn http(&self, host: &str) -> Result<hyper::Request<Full<Bytes>>, Error> {
        let wrong = |error: hyper::http::Error| Error::Local(io::Error::other(error));
        let mut request =
            hyper::Request::builder().uri(self.request.target).header(HOST, host).header(CONNECTION, "close");
        if self.request.body.is_some() {
            request = request.method(Method::POST);
        }
        if let Some(token) = self.request.token {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|error| wrong(error.into()))?;
            bearer.set_sensitive(true);
            request = request.header(AUTHORIZATION, bearer);
        }
        let body = self.request.body.unwrap_or_default();
        request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).map_err(wrong)
    }

    fn failed(&self, error: &hyper::Error) -> Error {
        match error.is_parse() {
            true => self.foreign(error),
            false => Error::BrokenOff { server: self.server.clone(), why: one_line(&error.to_string(), SHOWN) },
        }
    }

    fn foreign(&self, why: &dyn fmt::Display) -> Error {
        Error::Foreign { server: self.server.clone(), why: one_line(&why.to_string(), SHOWN) }
    }
}
