//! Why a healthd gives no verdicts, in words and as an outcome.

use healthd_client::{DaemonAddress, Error};
use healthd_core::reading::outcome::Outcome;

/// Why there are no verdicts.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing runs where it was looked for.
    #[error("{0}, or name another with --daemon URL")]
    NotRunning(Error),
    /// There is no answer in time, or not one of healthd's.
    #[error(transparent)]
    Client(Error),
    /// healthd refuses this machine's address.
    #[error("{0} refuses this machine (403): add its address to allow_read in healthd.toml there")]
    Refused(DaemonAddress),
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

impl From<Error> for NoAnswer {
    fn from(error: Error) -> NoAnswer {
        match error {
            Error::NotRunning { .. } => NoAnswer::NotRunning(error),
            other => NoAnswer::Client(other),
        }
    }
}

impl NoAnswer {
    /// Without a healthd HAProxy has the node out, so that is CRITICAL; another program there does not prove it down.
    pub fn outcome(&self) -> Outcome {
        match self {
            NoAnswer::NotRunning(_) => Outcome::Critical,
            NoAnswer::Client(Error::NotRunning { .. } | Error::NoAddress(_) | Error::Late { .. }) => Outcome::Critical,
            NoAnswer::Client(
                Error::NotAllowed(_) | Error::BrokenOff { .. } | Error::Foreign { .. } | Error::Local(_),
            )
            | NoAnswer::Refused(_)
            | NoAnswer::OtherRelease { .. } => Outcome::Unknown,
        }
    }
}
