//! Addresses, names and credentials: which server, and with which account.

pub mod address;
pub mod credentials;
pub mod endpoint;
pub mod target;
