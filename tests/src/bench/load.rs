//! Load as HAProxy makes it: a connection for each check, HTTP/1.0, read to the end, closed with a reset.

use std::io;
use std::net::SocketAddr;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::{Timeout, set_socket_linger, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, connect, recv, send, socket};

/// The longest time for a request. One that takes longer is an error, not a slow answer.
const LONGEST: Duration = Duration::from_secs(5);
/// Stack size of the threads, which need no more.
const STACK: usize = 128 * 1024;

/// The results of one round of load.
#[derive(Debug)]
pub(crate) struct Load {
    took: Duration,
    /// Nanoseconds from before the connect to the end of the answer, sorted.
    latencies: Vec<u32>,
}

impl Load {
    /// Number of answered requests.
    pub(crate) fn requests(&self) -> f64 {
        f64::from(u32::try_from(self.latencies.len()).unwrap_or(u32::MAX))
    }

    /// Answered requests per second.
    pub(crate) fn rate(&self) -> f64 {
        self.requests() / self.took.as_secs_f64()
    }

    /// The latency in microseconds that this percentage of the requests did not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let index = self.latencies.len() * percent / 100;
        self.latencies.get(index).map_or(f64::NAN, |nanos| f64::from(*nanos) / 1000.0)
    }
}

/// Sends requests for `length`. Each client has a thread and sends one request after the other.
///
/// # Errors
/// At the first request that is not answered with 200: what is measured after it would mean nothing.
pub(crate) fn load(server: SocketAddr, request: &str, clients: usize, length: Duration) -> io::Result<Load> {
    let start = Barrier::new(clients + 1);
    thread::scope(|scope| {
        let work = || {
            start.wait();
            client(server, request.as_bytes(), Instant::now() + length)
        };
        let threads: Vec<_> = (0..clients)
            .map(|_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread starts"))
            .collect();
        start.wait();
        let begin = Instant::now();
        let mut latencies = Vec::new();
        for thread in threads {
            latencies.extend(thread.join().expect("a client does not panic")?);
        }
        let took = begin.elapsed();
        latencies.sort_unstable();
        Ok(Load { took, latencies })
    })
}

/// The latencies of one client.
fn client(server: SocketAddr, request: &[u8], end: Instant) -> io::Result<Vec<u32>> {
    let mut latencies = Vec::new();
    while Instant::now() < end {
        let begin = Instant::now();
        check(server, request)?;
        latencies.push(u32::try_from(begin.elapsed().as_nanos()).unwrap_or(u32::MAX));
    }
    Ok(latencies)
}

/// One request with as few system calls as possible, because the client's time is missing from the server.
fn check(server: SocketAddr, request: &[u8]) -> io::Result<()> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    // Otherwise every connection would hold its port for a minute, and soon no port would be left.
    set_socket_linger(&socket, Some(Duration::ZERO))?;
    set_socket_timeout(&socket, Timeout::Send, Some(LONGEST))?;
    set_socket_timeout(&socket, Timeout::Recv, Some(LONGEST))?;
    connect(&socket, &server)?;
    send(&socket, request, SendFlags::empty())?;
    let mut answer = [0_u8; 1024];
    // Returns at the end of the answer, because no answer fills the buffer.
    let (length, _) = recv(&socket, &mut answer, RecvFlags::WAITALL)?;
    match answer.get(..length) {
        Some([b'H', b'T', b'T', b'P', b'/', b'1', b'.', _, b' ', b'2', b'0', b'0', ..]) => Ok(()),
        other => {
            let text = String::from_utf8_lossy(other.unwrap_or_default());
            Err(io::Error::other(format!("{server} answered: {}", text.lines().next().unwrap_or("nothing"))))
        }
    }
}
