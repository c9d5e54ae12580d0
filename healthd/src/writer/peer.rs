//! Asking the other node's healthd, again and again: its answers and its silence go to the instance's task.

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

use super::Message;
use super::wire::{VERSION, Wire};
use crate::config::Peer;
use crate::token::Token;

/// What a question may take beyond the time that it asks the peer to wait.
const SLACK: Duration = Duration::from_millis(300);
/// The least time between two questions.
const SHORTEST_CYCLE: Duration = Duration::from_millis(10);
/// The pause after a question that came to nothing.
const PAUSE: Duration = Duration::from_millis(50);
/// More than any report.
const LARGEST: usize = 1024 * 1024;

/// Asks until the instance's task is gone. The peer's instance is the one with the same name, or the same port.
pub(super) async fn ask(
    peer: Peer,
    token: Token,
    (name, port): (String, Option<u16>),
    interval: Duration,
    to: mpsc::WeakSender<Message>,
) {
    let mut seen = None;
    let port = port.map_or_else(String::new, |port| format!("&port={port}"));
    loop {
        let asked = Instant::now();
        let target = match seen {
            // A news is answered at once, no news after the interval.
            Some(stamp) => format!("/peer?name={name}{port}&seen={stamp}&wait={}ms", interval.as_millis()),
            None => format!("/peer?name={name}{port}"),
        };
        let deadline = asked + interval + SLACK;
        let result = match timeout_at(deadline.into(), fetch(&peer, &token, &target)).await {
            Ok(result) => result,
            Err(_) => Err("no answer in time".to_owned()),
        };
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

/// While the resolver is away, the peer is where it was: it must not count as silent because nobody can say where it is.
async fn connect(peer: &Peer) -> Result<TcpStream, String> {
    let addresses = match peer.host.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => names::resolve(&peer.host, peer.port).await,
    };
    let addresses: Vec<SocketAddr> = addresses.into_iter().map(|address| (address, peer.port).into()).collect();
    if addresses.is_empty() {
        return Err(format!("the name {} has no address", peer.host));
    }
    TcpStream::connect(addresses.as_slice()).await.map_err(|error| error.to_string())
}

async fn fetch(peer: &Peer, token: &Token, target: &str) -> Result<Wire, String> {
    let stream = connect(peer).await?;
    // A request of a few hundred bytes, and its answer is waited for.
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|error| error.to_string())?;
    bearer.set_sensitive(true);
    let request = Request::get(target)
        .header(HOST, format!("{}:{}", peer.host, peer.port))
        .header(AUTHORIZATION, bearer)
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LARGEST).collect().await.map_err(|error| error.to_string())?;
        Ok::<_, String>((status, body.to_bytes()))
    };
    tokio::pin!(exchange);
    tokio::pin!(connection);
    // The connection drives the exchange, and ends with it.
    let (status, body) = tokio::select! {
        answered = &mut exchange => answered?,
        ended = &mut connection => match ended {
            Ok(()) => exchange.await?,
            Err(error) => return Err(error.to_string()),
        },
    };
    let text = || healthd_core::text::clean::one_line(&String::from_utf8_lossy(&body), 100);
    match status {
        StatusCode::OK => {}
        StatusCode::FORBIDDEN => return Err(format!("it refuses this node: {}", text())),
        status => return Err(format!("it answers {status}: {}", text())),
    }
    understand(&body)
}

/// The format comes first: another one need not be readable otherwise.
fn understand(body: &[u8]) -> Result<Wire, String> {
    #[derive(serde::Deserialize)]
    struct Format {
        version: u32,
    }
    let strange = |_| "its report is not understood".to_owned();
    match serde_json::from_slice::<Format>(body).map_err(strange)?.version {
        VERSION => serde_json::from_slice(body).map_err(strange),
        other => {
            Err(format!("its report has the format {other}, this healthd knows {VERSION}: install the same release"))
        }
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
            assert_eq!(understand(body.as_bytes()).err().as_deref(), Some(why), "{body}");
        }
    }
}
