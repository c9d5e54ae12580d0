//! One connection to one server, without the driver's pitfalls.

pub(crate) mod connect;
pub(crate) mod error;
pub(crate) mod idle;
pub mod limits;
pub(crate) mod row;
pub(crate) mod session;
