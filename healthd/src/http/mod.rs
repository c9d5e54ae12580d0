//! HTTP, on TCP and on the unix sockets.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET`, `HEAD`, `OPTIONS` `/mysqlchk`, with or without the slash | a verdict: 200, 503, 404 for a drain; 400, 403 |
//! | `/` | the status page |
//! | `/instances` | JSON of all verdicts with their gates |
//! | `/metrics` | Prometheus text |
//! | `/-/healthy`, `/-/ready` | the daemon's own |
//! | `POST /maintenance` | only on the control socket |

mod connection;
mod routes;

pub(crate) use connection::{over, over_tcp};
pub(crate) use routes::{MaintenanceOrder, MaintenanceState};

use std::net::IpAddr;

/// Who asks, by what way.
#[derive(Debug, Clone)]
pub(crate) enum Client {
    /// TCP, from this address.
    Tcp(IpAddr),
    /// The query socket: anybody on this machine.
    Query,
    /// The control socket: root, or the group healthd; with the name of the user.
    Control(String),
}
