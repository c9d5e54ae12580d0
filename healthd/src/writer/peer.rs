//! Asks the other node's healthd again and again. Its answers and failures go to the instance's task.

use std::time::{Duration, Instant};

use healthd_client::{DaemonAddress, ExchangeLimits, HttpAddress, Request, StatusCode};
use healthd_core::text::clean::one_line;
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until};

use super::messages::Message;
use super::report_error::ReportError;
use super::wire::{VERSION, Wire};
use crate::supervise::Restartable;
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
    pub(super) peer: HttpAddress,
    /// The secret that both nodes have.
    pub(super) token: Token,
    /// The name of the instance here. The peer's instance has the same name, or the same port.
    pub(super) instance: String,
    /// Its port.
    pub(super) port: Option<u16>,
    /// How long the peer may wait for a change before it answers.
    pub(super) interval: Duration,
}

/// The task that asks until the instance's task has ended.
#[derive(Debug)]
pub(super) struct Asking {
    /// What is asked.
    pub(super) question: Question,
    /// Where the answers go.
    pub(super) to: mpsc::WeakSender<Message>,
}

impl Restartable for Asking {
    async fn run(&mut self) {
        let Question { peer, token, instance: name, port, interval } = &self.question;
        let server = DaemonAddress::Http(peer.clone());
        let limits = ExchangeLimits { within: *interval + SLACK, largest: LARGEST };
        let mut seen = None;
        let port = port.map_or_else(String::new, |port| format!("&port={port}"));
        loop {
            let asked = Instant::now();
            let target = match seen {
                // A change is sent at once; without one, the same report comes after the interval.
                Some(stamp) => format!("/peer?name={name}{port}&seen={stamp}&wait={}ms", interval.as_millis()),
                None => format!("/peer?name={name}{port}"),
            };
            let request = Request { target: &target, body: None, token: Some(token.expose()) };
            let result = fetch(&server, request, limits).await;
            let failed = result.is_err();
            seen = result.as_ref().ok().map(|wire| wire.stamp);
            let Some(to) = self.to.upgrade() else {
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
}

async fn fetch(server: &DaemonAddress, request: Request<'_>, limits: ExchangeLimits) -> Result<Wire, ReportError> {
    let answer = healthd_client::ask(server, request, limits).await?;
    let text = || one_line(&String::from_utf8_lossy(&answer.body), 100);
    match answer.status {
        StatusCode::OK => understand(&answer.body),
        StatusCode::FORBIDDEN => Err(ReportError::Refused(text())),
        status => Err(ReportError::Status { status, text: text() }),
    }
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
