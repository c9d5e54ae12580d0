//! The command line's side of the unix sockets: one request, one answer.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The daemon answers from memory; more than this is a hang.
const WITHIN: Duration = Duration::from_secs(5);
/// More than any answer.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// No daemon there.
    #[error("no healthd answers on {}: {error}", socket.display())]
    NoDaemon {
        /// The socket.
        socket: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A daemon is there and says nothing.
    #[error("healthd runs and does not answer on {}: {error}", socket.display())]
    Silent {
        /// The socket.
        socket: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// The daemon refused.
    #[error("{0}")]
    Refused(String),
    /// The answer is not HTTP.
    #[error("the answer on {} is not healthd's", .0.display())]
    NotUnderstood(PathBuf),
}

/// Sends a request and returns the body of a successful answer.
pub(crate) fn request(socket: &Path, method: &str, target: &str, body: &str) -> Result<String, ClientError> {
    let connected = UnixStream::connect(socket);
    let mut stream = connected.map_err(|error| ClientError::NoDaemon { socket: socket.to_owned(), error })?;
    let exchange = || -> io::Result<Vec<u8>> {
        stream.set_read_timeout(Some(WITHIN))?;
        stream.set_write_timeout(Some(WITHIN))?;
        let length = body.len();
        write!(stream, "{method} {target} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{body}")?;
        let mut answer = Vec::new();
        stream.take(LARGEST).read_to_end(&mut answer)?;
        Ok(answer)
    };
    let answer = exchange().map_err(|error| ClientError::Silent { socket: socket.to_owned(), error })?;
    let not_understood = || ClientError::NotUnderstood(socket.to_owned());
    let answer = String::from_utf8(answer).map_err(|_| not_understood())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(not_understood)?;
    let status = head.split(' ').nth(1).ok_or_else(not_understood)?;
    if status == "200" { Ok(body.to_owned()) } else { Err(ClientError::Refused(body.trim_end().to_owned())) }
}
