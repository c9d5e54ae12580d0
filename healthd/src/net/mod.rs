//! Sockets: accepting, limits, the PROXY header, the agent protocol.

pub(crate) mod accept;
pub(crate) mod agent;
pub(crate) mod limits;
pub(crate) mod proxy_header;
pub(crate) mod sockets;
