//! Asks a healthd over HTTP: one request on a connection of its own, one answer, one deadline, a size limit.

mod address;
mod ask;
mod error;
mod server;

pub use address::{AddressError, HttpAddress};
pub use ask::{ExchangeLimits, Reply, Request, ask, ask_blocking};
pub use error::Error;
pub use hyper::StatusCode;
pub use server::DaemonAddress;
