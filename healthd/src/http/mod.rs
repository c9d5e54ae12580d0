//! HTTP, on TCP and on the unix sockets.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET`, `HEAD`, `OPTIONS` `/mysqlchk`, with or without the slash | a verdict: 200, 503, 404 for a drain; 400, 403 |
//! | `/` | the status page |
//! | `/instances` | JSON of all verdicts with their gates |
//! | `/logs` | the page of the log counters |
//! | `/api/window`, `/api/series`, `/api/logs` | what was counted, for checks, dashboards and `healthd logs show` |
//! | `/metrics` | Prometheus text |
//! | `/-/healthy`, `/-/ready` | whether the daemon itself is well |
//! | `/peer` | the report to the other node's healthd, with the shared token |
//! | `POST /maintenance`, `/writer` | only on the control socket |

mod access;
mod check;
mod client;
mod connection;
mod counters;
mod maintenance;
mod orders;
mod pages;
mod peer;
mod request;
mod respond;
mod routes;

pub(crate) use client::Client;
pub(crate) use connection::{over, over_tcp};
pub(crate) use maintenance::{MaintenanceOrder, MaintenanceState};
pub(crate) use orders::{OrderName, WriterOrder, WriterPlan};
