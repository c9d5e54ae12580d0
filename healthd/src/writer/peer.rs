//! Asking the other node's healthd, again and again: its answers and its silence go to the instance's task.

use std::time::{Duration, Instant};

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
use crate::config::{Peer, Token};

/// What a question may take beyond the time that it asks the peer to wait.
const SLACK: Duration = Duration::from_millis(300);
/// The least time between two questions.
const SHORTEST_CYCLE: Duration = Duration::from_millis(10);
/// The pause after a question that came to nothing.
const PAUSE: Duration = Duration::from_millis(50);
/// More than any report.
const LARGEST: usize = 1024 * 1024;

/// Asks until the instance's task is gone.
pub(super) async fn ask(peer: Peer, token: Token, instance: String, interval: Duration, to: mpsc::WeakSender<Message>) {
    let mut seen = None;
    loop {
        let asked = Instant::now();
        let target = match seen {
            // A news is answered at once, no news after the interval.
            Some(stamp) => format!("/peer?name={instance}&seen={stamp}&wait={}ms", interval.as_millis()),
            None => format!("/peer?name={instance}"),
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

async fn fetch(peer: &Peer, token: &Token, target: &str) -> Result<Wire, String> {
    let stream = TcpStream::connect((peer.host.as_str(), peer.port)).await.map_err(|error| error.to_string())?;
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
    let text = || healthd_core::clean::one_line(&String::from_utf8_lossy(&body), 100);
    match status {
        StatusCode::OK => {}
        StatusCode::FORBIDDEN => return Err(format!("it refuses this node: {}", text())),
        status => return Err(format!("it answers {status}: {}", text())),
    }
    let wire: Wire = serde_json::from_slice(&body).map_err(|_| "its report is not understood".to_owned())?;
    match wire.version {
        VERSION => Ok(wire),
        other => Err(format!("its report has the format {other}, this healthd knows {VERSION}")),
    }
}
