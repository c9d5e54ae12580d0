//! The client of one connection.

use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The client of a connection, and its socket.
#[derive(Debug, Clone)]
pub(crate) enum Client {
    /// TCP.
    Tcp {
        /// The client's address.
        address: IpAddr,
        /// The connection of a witness, to see whether it is still open.
        socket: Option<Arc<OwnedFd>>,
    },
    /// The query socket: any user of this machine.
    Query,
    /// The control socket: root, or the group healthd; with the user's name.
    Control(String),
}

impl Client {
    /// The address; `None` on a unix socket.
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Client::Tcp { address, .. } => Some(*address),
            Client::Query | Client::Control(_) => None,
        }
    }

    /// Whether the connection is still open, as far as that is watched.
    pub(super) fn is_open(&self) -> bool {
        let Client::Tcp { socket: Some(socket), .. } = self else {
            return true;
        };
        let gone = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
        let mut polled = [PollFd::new(socket, PollFlags::RDHUP)];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut polled, Some(&at_once)).is_ok() && !polled[0].revents().intersects(gone)
    }
}
