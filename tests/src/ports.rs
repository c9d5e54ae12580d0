//! Free TCP ports on the loopback address.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::{LazyLock, Mutex, PoisonError};

/// The ports that are given out. They are below those of outgoing connections (from 32768 on, `ip_local_port_range`):
/// one of the many short connections of a test would take a port between its choice and the server's own bind.
const FIRST: u16 = 10_000;
const LAST: u16 = 30_999;

/// The next port to try. Each process begins elsewhere: several may run at once.
static NEXT: LazyLock<Mutex<u16>> = LazyLock::new(|| {
    let offset = std::process::id().wrapping_mul(97) % u32::from(LAST - FIRST);
    Mutex::new(FIRST + u16::try_from(offset).unwrap_or(0))
});

/// A port of 127.0.0.1 on which nothing listens, and that this process has not returned before.
///
/// Another process can still take it before it is used, so a caller that starts a server on it retries with another
/// port.
///
/// # Panics
/// When every port is taken.
pub fn free_port() -> u16 {
    let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in FIRST..=LAST {
        let port = *next;
        *next = if port == LAST { FIRST } else { port + 1 };
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port from {FIRST} to {LAST} is free on 127.0.0.1");
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_port_is_given_twice() {
        let ports: HashSet<u16> = (0..500).map(|_| free_port()).collect();
        assert_eq!(ports.len(), 500);
    }

    #[test]
    fn a_port_can_be_bound() {
        let port = free_port();
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
    }
}
