//! Why the daemon does not start, or refuses another configuration.

use std::io;
use std::path::PathBuf;

use super::listeners::ListenError;
use crate::config::ConfigError;
use crate::net::sockets::SocketError;
use crate::writer::StateUnreadable;

/// Why the daemon does not start, or refuses another configuration: one line for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// Signals cannot be handled.
    #[error("cannot handle signals: {0}")]
    Signals(io::Error),
    /// The state directory cannot be used.
    #[error("cannot use the state directory {}: {error}", dir.display())]
    StateDir {
        /// The directory.
        dir: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A TCP socket cannot be bound.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A unix socket cannot be bound.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The state of a writer role cannot be read.
    #[error(transparent)]
    WriterState(#[from] StateUnreadable),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A reload changes where state is kept.
    #[error("another state_dir needs a restart: maintenance and the unix sockets are kept there")]
    OtherStateDir,
    /// A reload changes the name of this node.
    #[error("another `node` needs a restart: the writer role's state is kept under it")]
    OtherNode,
}
