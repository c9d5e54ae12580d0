//! What one probe read of a server, and why it read nothing.

pub mod canary;
pub mod channel;
pub mod cluster;
pub mod failure;
pub mod section;
pub mod server;
pub mod snapshot;
