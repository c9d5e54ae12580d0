//! What one probe read of a server, and why it read nothing.

pub mod canary;
pub mod channel;
pub mod failure;
pub mod server;
pub mod snapshot;
