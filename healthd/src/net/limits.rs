//! Limits of open connections, in total and from one address, so that a flood does not take the node down.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::counters::RefusedConnection;

/// The most connections: a check is answered in microseconds, so more are never needed.
const MOST: usize = 4096;
/// File descriptors reserved for logs, sockets, files and the runtime.
const RESERVED: usize = 16;
/// File descriptors of one server: the connection and its watch, the same while reconnecting, and the same for a
/// connection whose statement hangs.
const PER_INSTANCE: usize = 6;

/// File descriptors of the store: three connections, each with the file, its log and its index.
const STORE: usize = 9;
/// File descriptors of one log: its directory, the live file, and old ones that the writer may still write to.
const PER_LOG: usize = 6;

/// Clients of a unix socket at once.
const LOCAL: usize = 64;

/// What else needs file descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watched {
    /// Servers.
    pub(crate) instances: usize,
    /// Logs.
    pub(crate) logs: usize,
}

/// Counts open connections.
#[derive(Debug)]
pub(crate) struct Limits {
    total: usize,
    per_address: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_address: BTreeMap<IpAddr, usize>,
}

/// A connection that counts as open until this is dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    limits: Arc<Limits>,
    address: IpAddr,
}

impl Limits {
    /// Limits for a unix socket, whose clients have no address to tell them apart.
    pub(crate) fn for_local_clients() -> Arc<Limits> {
        Arc::new(Limits { total: LOCAL, per_address: LOCAL, open: Mutex::default() })
    }

    /// Limits for so many file descriptors. One address gets half, so that another one always finds a place.
    /// `each` is how many descriptors a connection has.
    pub(crate) fn for_descriptors(descriptors: usize, watched: Watched, each: usize) -> Arc<Limits> {
        let Watched { instances, logs } = watched;
        let of_logs = if logs == 0 { 0 } else { STORE + logs * PER_LOG };
        let free = descriptors.saturating_sub(RESERVED + instances * PER_INSTANCE + of_logs) / each.max(1);
        let total = free.clamp(4, MOST);
        Arc::new(Limits { total, per_address: (total / 2).max(2), open: Mutex::default() })
    }

    /// Admits a connection.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) fn enter(self: &Arc<Limits>, address: IpAddr) -> Result<Admitted, RefusedConnection> {
        let mut open = self.lock();
        if open.total >= self.total {
            return Err(RefusedConnection::Limit);
        }
        let of_address = open.by_address.entry(address).or_default();
        if *of_address >= self.per_address {
            return Err(RefusedConnection::AddressLimit);
        }
        *of_address += 1;
        open.total += 1;
        Ok(Admitted { limits: Arc::clone(self), address })
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.lock().total
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.limits.lock();
        open.total -= 1;
        if let Entry::Occupied(mut count) = open.by_address.entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// Raises the soft limit of descriptors to the hard one and returns it.
pub(crate) fn raise_descriptor_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if setrlimit(Resource::Nofile, raised).is_err() {
        tracing::debug!("cannot raise the file descriptor limit");
    }
    // Refused or not, what counts is what holds afterwards.
    getrlimit(Resource::Nofile).current.map_or(MOST, |current| usize::try_from(current).unwrap_or(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_never_takes_the_places_of_all() {
        let limits = Limits::for_descriptors(64, Watched { instances: 1, logs: 0 }, 1);
        let flood: IpAddr = "127.0.0.2".parse().expect("an address");
        let mut places = Vec::new();
        let full = loop {
            match limits.enter(flood) {
                Ok(place) => places.push(place),
                Err(full) => break full,
            }
        };
        assert_eq!(full, RefusedConnection::AddressLimit);
        let other = limits.enter("127.0.0.1".parse().expect("an address"));
        assert!(other.is_ok(), "another address finds a place beside {} of the flood", places.len());
        drop(places);
        assert_eq!(limits.open(), 1);
        assert!(limits.enter(flood).is_ok(), "places are given back");
    }
}
