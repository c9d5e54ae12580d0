//! Asks the other node's healthd again and again. Its answers and failures go to the instance's task.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use healthd_mysql::login::names;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HOST, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until, timeout_at};

use super::messages::Message;
use super::report_error::ReportError;
use super::wire::{VERSION, Wire};
use crate::config::Peer;
use crate::token::Token;

/// How much longer a request may take than the time that it asks the peer to wait.
const SLACK: Duration = Duration::from_millis(300);
/// The shortest time between two requests.
const SHORTEST_CYCLE: Duration = Duration::from_millis(10);
/// The pause after a request that failed.
const PAUSE: Duration = Duration::from_millis(50);
/// More than any report.
const LARGEST: usize = 1024 * 1024;

/// What the peer is asked for.
#[derive(Debug)]
pub(super) struct Question {
    /// The peer.
    pub(super) peer: Peer,
    /// The secret that both nodes have.
    pub(super) token: Token,
    /// The name of the instance here. The peer's instance has the same name, or the same port.
    pub(super) instance: String,
    /// Its port.
    pub(super) port: Option<u16>,
    /// How long the peer may wait for a change before it answers.
    pub(super) interval: Duration,
}

/// Asks until the instance's task has ended.
pub(super) async fn ask(question: Question, to: mpsc::WeakSender<Message>) {
    let Question { peer, token, instance: name, port, interval } = question;
    let mut seen = None;
    let port = port.map_or_else(String::new, |port| format!("&port={port}"));
    loop {
        let asked = Instant::now();
        let target = match seen {
            // A change is sent at once; without one, the same report comes after the interval.
            Some(stamp) => format!("/peer?name={name}{port}&seen={stamp}&wait={}ms", interval.as_millis()),
            None => format!("/peer?name={name}{port}"),
        };
        let deadline = asked + interval + SLACK;
        let answered = timeout_at(deadline.into(), fetch(&peer, &token, &target)).await;
        let result = answered.unwrap_or(Err(ReportError::Timeout));
        let failed = result.is_err();
        seen = result.as_ref().ok().map(|wire| wire.stamp);
        let Some(to) = to.upgrade() else {
            return;
        };
        if to.send(Message::Peer { asked, result: result.map(Box::new) }).await.is_err() {
            return;
        }
        if failed {
            sleep(PAUSE).await;
        }
        sleep_until((asked + SHORTEST_CYCLE).into()).await;
    }
}

/// Connects to the peer. While the resolver does not answer, the last known address is used: the peer must not become
/// unreachable for want of a resolver.
async fn connect(peer: &Peer) -> Result<TcpStream, ReportError> {
    let addresses = match peer.host.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => names::resolve(&peer.host, peer.port).await,
    };
    let addresses: Vec<SocketAddr> = addresses.into_iter().map(|address| (address, peer.port).into()).collect();
    if addresses.is_empty() {
        return Err(ReportError::NoAddress(peer.host.clone()));
    }
    Ok(TcpStream::connect(addresses.as_slice()).await?)
}

async fn fetch(peer: &Peer, token: &Token, target: &str) -> Result<Wire, ReportError> {
    let stream = connect(peer).await?;
    // The request is small, and its answer is waited for.
    stream.set_nodelay(true)?;
    let invalid = |error: hyper::http::Error| ReportError::Http(error.to_string());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
    let mut bearer = bearer.map_err(|error| invalid(error.into()))?;
    bearer.set_sensitive(true);
    let request = Request::get(target)
        .header(HOST, format!("{}:{}", peer.host, peer.port))
        .header(AUTHORIZATION, bearer)
        .body(Empty::<Bytes>::new())
        .map_err(invalid)?;
    let exchange = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LARGEST).collect().await;
        let body = body.map_err(|error| ReportError::Http(error.to_string()))?;
        Ok::<_, ReportError>((status, body.to_bytes()))
    };
    tokio::pin!(exchange);
    tokio::pin!(connection);
    // The connection drives the exchange, and ends with it.
    let (status, body) = tokio::select! {
        answered = &mut exchange => answered?,
        ended = &mut connection => match ended {
            Ok(()) => exchange.await?,
            Err(error) => return Err(error.into()),
        },
    };
    let text = || healthd_core::text::clean::one_line(&String::from_utf8_lossy(&body), 100);
    match status {
        StatusCode::OK => {}
        StatusCode::FORBIDDEN => return Err(ReportError::Refused(text())),
        status => return Err(ReportError::Status { status, text: text() }),
    }
    understand(&body)
}

/// Reads a report. Its format is looked at first: the rest of another format may be unreadable.
fn understand(body: &[u8]) -> Result<Wire, ReportError> {
    #[derive(serde::Deserialize)]
    struct Format {
        version: u32,
    }
    let strange = |_| ReportError::NotUnderstood;
    match serde_json::from_slice::<Format>(body).map_err(strange)?.version {
        VERSION => serde_json::from_slice(body).map_err(strange),
        other => Err(ReportError::OtherFormat(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_another_format_is_told_from_one_that_is_broken() {
        for (body, why) in [
            (
                r#"{"version":3,"nodes":[]}"#,
                "its report has the format 3, this healthd knows 2: install the same release",
            ),
            (r#"{"version":2}"#, "its report is not understood"),
            ("<html>", "its report is not understood"),
        ] {
            let error = understand(body.as_bytes()).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), Some(why), "{body}");
        }
    }
}
