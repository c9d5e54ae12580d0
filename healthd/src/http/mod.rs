//! HTTP, on TCP and on the unix sockets.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET`, `HEAD`, `OPTIONS` `/mysqlchk`, with or without the slash | a verdict: 200, 503, 404 for a drain; 400, 403 |
//! | `/` | the status page |
//! | `/instances` | JSON of all verdicts with their gates |
//! | `/metrics` | Prometheus text |
//! | `/-/healthy`, `/-/ready` | the daemon's own |
//! | `/peer` | the report to the other node's healthd, with the shared token |
//! | `POST /maintenance`, `/writer` | only on the control socket |

mod connection;
mod orders;
mod routes;

pub(crate) use connection::{over, over_tcp};
pub(crate) use orders::{OrderName, WriterOrder, WriterPlan};
pub(crate) use routes::{MaintenanceOrder, MaintenanceState};

use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Who asks, by what way.
#[derive(Debug, Clone)]
pub(crate) enum Client {
    /// TCP.
    Tcp {
        /// From where.
        address: IpAddr,
        /// A witness's connection, to see whether it is still open.
        socket: Option<Arc<OwnedFd>>,
    },
    /// The query socket: anybody on this machine.
    Query,
    /// The control socket: root, or the group healthd; with the name of the user.
    Control(String),
}

impl Client {
    /// The address, unless it is this machine's own socket.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match self {
            Client::Tcp { address, .. } => Some(*address),
            Client::Query | Client::Control(_) => None,
        }
    }

    /// Whether the client still waits, as far as that is watched.
    pub(crate) fn is_open(&self) -> bool {
        let Client::Tcp { socket: Some(socket), .. } = self else {
            return true;
        };
        let gone = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
        let mut polled = [PollFd::new(socket, PollFlags::RDHUP)];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut polled, Some(&at_once)).is_ok() && !polled[0].revents().intersects(gone)
    }
}
