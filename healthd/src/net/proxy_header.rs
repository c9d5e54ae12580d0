//! Skips a PROXY protocol header (`check-send-proxy`), versions 1 and 2.
//!
//! The addresses in it are not used: trust depends on the address that connects.
//! <https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const V1: &[u8] = b"PROXY ";
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// The longest header of version 1. A longer one of version 2 would carry data that a check never has.
const LONGEST: usize = 536;

/// A stream that skips its PROXY header, if it has one.
#[derive(Debug)]
pub(crate) struct ProxyHeader<S> {
    stream: S,
    /// The bytes read until it is clear whether they are a header; `None` after that.
    undecided: Option<Vec<u8>>,
    /// The bytes after the header, or all bytes if there was none.
    rest: Vec<u8>,
}

/// What the first bytes are.
#[derive(Debug, PartialEq, Eq)]
enum Start {
    /// A header of this length.
    Header(usize),
    /// Not a header.
    None,
    /// Not clear yet.
    Undecided,
}

fn start(bytes: &[u8]) -> Start {
    let begins = |signature: &[u8]| bytes.starts_with(signature) || signature.starts_with(bytes);
    if bytes.len() > LONGEST {
        return Start::None;
    }
    if bytes.starts_with(V2) {
        return match bytes.get(14..16) {
            None => Start::Undecided,
            Some(length) => {
                let whole = 16 + (usize::from(length[0]) << 8 | usize::from(length[1]));
                if bytes.len() < whole { Start::Undecided } else { Start::Header(whole) }
            }
        };
    }
    if bytes.starts_with(V1) {
        return match bytes.windows(2).position(|pair| pair == b"\r\n") {
            Some(end) => Start::Header(end + 2),
            None => Start::Undecided,
        };
    }
    if begins(V1) || begins(V2) { Start::Undecided } else { Start::None }
}

impl<S> ProxyHeader<S> {
    pub(crate) fn new(stream: S) -> ProxyHeader<S> {
        ProxyHeader { stream, undecided: Some(Vec::new()), rest: Vec::new() }
    }
}

impl<S: AsyncRead + Unpin> ProxyHeader<S> {
    /// Reads what comes after the header.
    fn poll_read_past_header(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while let Some(seen) = &mut self.undecided {
            // Straight into the reader's buffer: nearly every connection starts with a request line.
            let before = buf.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
            let read = &buf.filled()[before..];
            if seen.is_empty() && start(read) == Start::None {
                self.undecided = None;
                return Poll::Ready(Ok(()));
            }
            let ended = read.is_empty();
            seen.extend_from_slice(read);
            buf.set_filled(before);
            match start(seen) {
                Start::Undecided if !ended => {}
                Start::Undecided | Start::None => self.rest = self.undecided.take().unwrap_or_default(),
                Start::Header(length) => {
                    self.rest = seen.split_off(length);
                    self.undecided = None;
                }
            }
        }
        if self.rest.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let now = self.rest.len().min(buf.remaining());
        buf.put_slice(&self.rest[..now]);
        self.rest.drain(..now);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ProxyHeader<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.poll_read_past_header(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ProxyHeader<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_told_from_requests() {
        let local = [V2, &[0x20, 0, 0, 0]].concat();
        let with_addresses = [V2, &[0x21, 0x11, 0, 12], &[0; 12]].concat();
        for (bytes, expected) in [
            (&b"GET / HTTP/1.0\r\n"[..], Start::None),
            (b"P", Start::Undecided),
            (b"POST / HTTP/1.0\r\n", Start::None),
            (b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nGET", Start::Header(34)),
            (b"PROXY UNKNOWN\r\n", Start::Header(15)),
            (b"PROXY TCP4 10.0", Start::Undecided),
            (b"\r\n", Start::Undecided),
            (b"\r\nGET", Start::None),
            (&local, Start::Header(16)),
            (&local[..15], Start::Undecided),
            (&with_addresses, Start::Header(28)),
            (&with_addresses[..20], Start::Undecided),
            (&[b"PROXY ".as_slice(), &[b'x'; 600]].concat(), Start::None),
        ] {
            assert_eq!(start(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
