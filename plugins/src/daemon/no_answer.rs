//! Why a healthd gives no answer, in words and as an outcome.

use healthd_client::{DaemonAddress, Error};
use healthd_core::reading::outcome::Outcome;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing runs there, there is no answer in time, or it is not one of healthd's.
    #[error("{error}{hint}", error = .0, hint = another(.0))]
    Client(#[from] Error),
    /// healthd refuses this machine's address.
    #[error("{0} refuses this machine (403): add its address to allow_read in healthd.toml there")]
    Refused(DaemonAddress),
    /// healthd says why it has no answer to this.
    #[error("healthd on {server}: {line}")]
    Declined {
        /// The healthd.
        server: DaemonAddress,
        /// What it says.
        line: String,
    },
    /// It is a healthd of another release: what is missing or not understood.
    #[error(
        "the answer of healthd on {server} is not understood, {why}: install healthd and its plugins from one release"
    )]
    OtherRelease {
        /// The healthd.
        server: DaemonAddress,
        /// What is missing or not understood.
        why: String,
    },
}

/// What to do where no healthd runs.
fn another(error: &Error) -> &'static str {
    if matches!(error, Error::NotRunning { .. }) { ", or name another with --daemon URL" } else { "" }
}

impl NoAnswer {
    /// Without a healthd HAProxy has the node out, so that is CRITICAL; another program there does not prove it down.
    pub fn outcome(&self) -> Outcome {
        match self {
            NoAnswer::Client(Error::NotRunning { .. } | Error::NoAddress(_) | Error::Late { .. }) => Outcome::Critical,
            NoAnswer::Client(
                Error::NotAllowed(_) | Error::BrokenOff { .. } | Error::Foreign { .. } | Error::Local(_),
            )
            | NoAnswer::Refused(_)
            | NoAnswer::Declined { .. }
            | NoAnswer::OtherRelease { .. } => Outcome::Unknown,
        }
    }
}
