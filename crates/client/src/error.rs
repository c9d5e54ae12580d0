//! Why there is no answer.

use std::io;
use std::time::Duration;

use healthd_core::text::duration::short;

use crate::server::DaemonAddress;

/// Why there is no answer: what failed, on which healthd, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing listens there.
    #[error("no healthd answers on {server} ({}): start it", without_number(error))]
    NotRunning {
        /// The healthd.
        server: DaemonAddress,
        /// Why the connection failed.
        error: io::Error,
    },
    /// The socket exists and this account may not open it.
    #[error(
        "this account may not open {0}: control.sock is for root and the group healthd, query.sock for every account \
         that may enter its directory"
    )]
    NotAllowed(DaemonAddress),
    /// The host's name cannot be resolved.
    #[error("no healthd answers on {0}: the name has no address")]
    NoAddress(DaemonAddress),
    /// The deadline has passed.
    #[error("no answer on {server} within {}: healthd hangs, or the network drops packets", short(*within))]
    Late {
        /// The healthd.
        server: DaemonAddress,
        /// The deadline, from the start.
        within: Duration,
    },
    /// The connection was closed too early.
    #[error(
        "the answer on {server} broke off ({why}): healthd has just stopped or is at its limit of connections, \
         or it is another program"
    )]
    BrokenOff {
        /// The healthd.
        server: DaemonAddress,
        /// What happened.
        why: String,
    },
    /// The answer is not one of healthd's.
    #[error("what answers on {server} is not healthd: {why}")]
    Foreign {
        /// Where it listens.
        server: DaemonAddress,
        /// What is wrong with the answer.
        why: String,
    },
    /// This process could not send a request.
    #[error("cannot ask healthd: {0}")]
    Local(#[from] io::Error),
}

/// The system's message without the number at its end.
fn without_number(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
