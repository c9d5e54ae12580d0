//! The sockets of the running daemon.

use std::path::PathBuf;

use crate::cli::{ListenArgs, SourceArgs};
use crate::config::{SYSTEM_RUNTIME_DIR, load};

/// The socket of the running daemon: as configured, else the one of the system's daemon. A configuration that this user
/// may not read is ignored.
pub(crate) fn socket(source: &SourceArgs, name: &str) -> PathBuf {
    let state_dir = source.state_dir.clone();
    let configured = state_dir.or_else(|| load(source, &ListenArgs::default()).ok().map(|config| config.runtime_dir));
    let system = PathBuf::from(SYSTEM_RUNTIME_DIR);
    let candidates = configured.into_iter().chain([system.clone()]);
    candidates.map(|dir| dir.join(name)).find(|file| file.exists()).unwrap_or_else(|| system.join(name))
}
