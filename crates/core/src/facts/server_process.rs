//! The process of a server on this machine.

/// The process that listens at a server's socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerProcess {
    /// Its number.
    Seen(u32),
    /// It is in another pid namespace, such as another container.
    Hidden,
}
