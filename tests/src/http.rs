//! A client that speaks HTTP as HAProxy does, and also as no client should.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

/// A test waits at most this long for an answer. The daemon answers faster unless it hangs.
const WITHIN: Duration = Duration::from_secs(15);

/// An HTTP answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: String,
    /// Time from the start of the connection to its end.
    pub took: Duration,
}

/// Connects from an address of the loopback network.
///
/// # Errors
/// As the system reports them.
pub fn connect_from(local: IpAddr, to: SocketAddr) -> io::Result<TcpStream> {
    let stream = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&stream, &SocketAddr::new(local, 0))?;
    connect(&stream, &to)?;
    let stream = TcpStream::from(stream);
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    Ok(stream)
}

/// Sends bytes and returns what arrives until the other side closes.
///
/// # Errors
/// As the system reports them.
pub fn exchange(local: IpAddr, to: SocketAddr, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = connect_from(local, to)?;
    stream.write_all(bytes)?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // The daemon closes a refused request with unread bytes, which causes a reset.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset && !answer.is_empty() => Ok(answer),
        other => other.map(|_| answer),
    }
}

/// Sends a request in HAProxy's oldest form: HTTP/1.0 without any header.
///
/// # Errors
/// Errors of the system, and an answer that is not HTTP.
pub fn try_request(local: IpAddr, to: SocketAddr, method: &str, target: &str) -> io::Result<Answer> {
    let started = Instant::now();
    let bytes = exchange(local, to, format!("{method} {target} HTTP/1.0\r\n\r\n").as_bytes())?;
    parse(&bytes, started.elapsed())
        .ok_or_else(|| io::Error::other(format!("not HTTP: {:?}", String::from_utf8_lossy(&bytes))))
}

/// [`try_request`] from 127.0.0.1.
///
/// # Panics
/// When there is no HTTP answer.
#[track_caller]
pub fn request(to: SocketAddr, method: &str, target: &str) -> Answer {
    let answer = try_request(Ipv4Addr::LOCALHOST.into(), to, method, target);
    answer.unwrap_or_else(|error| panic!("{method} {target}: {error}"))
}

/// Parses an answer; `None` if it is not HTTP.
pub fn parse(bytes: &[u8], took: Duration) -> Option<Answer> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Answer { status, headers, body: body.to_owned(), took })
}
