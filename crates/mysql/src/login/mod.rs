//! Which server, and as whom: addresses, names and credentials.

pub mod address;
pub mod credentials;
pub mod endpoint;
pub mod target;
