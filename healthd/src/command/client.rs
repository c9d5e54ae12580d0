//! The command line's side of the unix sockets.

use std::path::PathBuf;
use std::time::Duration;

use healthd_client::{DaemonAddress, ExchangeLimits, Request, StatusCode, ask_blocking};
use serde::de::DeserializeOwned;

/// Limits: the daemon answers from memory, so it hangs if it takes longer. No answer is larger.
const LIMITS: ExchangeLimits = ExchangeLimits { within: Duration::from_secs(5), largest: 16 * 1024 * 1024 };

/// Why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    /// There is no answer.
    #[error(transparent)]
    NoAnswer(#[from] healthd_client::Error),
    /// The daemon refused, with its reason.
    #[error("{0}")]
    Refused(String),
    /// The answer is of another release.
    #[error("the answer on {0} is not understood: the running healthd is of another release, restart it")]
    NotUnderstood(DaemonAddress),
}

impl ClientError {
    /// Whether no daemon can be asked here. False for one that hangs or refuses.
    pub(super) fn is_without_daemon(&self) -> bool {
        use healthd_client::Error;
        matches!(self, ClientError::NoAnswer(Error::NotRunning { .. } | Error::NotAllowed(_)))
    }
}

/// Gets a path from the daemon behind this socket.
pub(super) fn get<T: DeserializeOwned>(socket: PathBuf, target: &str) -> Result<T, ClientError> {
    request(socket, Request { target, ..Request::default() })
}

/// Sends a command to the daemon behind this socket.
pub(super) fn post<T: DeserializeOwned>(
    socket: PathBuf,
    target: &str,
    order: &impl serde::Serialize,
) -> Result<T, ClientError> {
    let body = serde_json::to_string(order).expect("an order is plain values");
    request(socket, Request { target, body: Some(&body), token: None })
}

fn request<T: DeserializeOwned>(socket: PathBuf, request: Request<'_>) -> Result<T, ClientError> {
    let server = DaemonAddress::Socket(socket);
    let answer = ask_blocking(&server, request, LIMITS)?;
    match answer.status {
        StatusCode::OK => serde_json::from_slice(&answer.body).map_err(|_| ClientError::NotUnderstood(server)),
        _ => Err(ClientError::Refused(String::from_utf8_lossy(&answer.body).trim_end().to_owned())),
    }
}
