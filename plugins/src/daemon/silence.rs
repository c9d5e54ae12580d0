//! Why a healthd gives no answer, in words and as an outcome.

use std::fmt;
use std::io;
use std::time::Duration;

use healthd_core::reading::outcome::Outcome;

/// Where it was asked, as people write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(pub(super) String);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Silence {
    /// Nothing listens.
    Nobody(Place, io::Error),
    /// The socket is there, and not for this account.
    NotAllowed(Place),
    /// The host has no address.
    NoAddress(Place),
    /// Something listens, and did not answer in time.
    Late(Place, Duration),
    /// It refuses this address.
    Refused(Place),
    /// Something listens, and closed the connection in the middle.
    BrokenOff(Place, String),
    /// What it says is no answer of a healthd.
    Foreign(Place, String),
    /// It is a healthd of another release: what was missing or not understood.
    Strange(Place, String),
    /// This process could not ask.
    Local(io::Error),
}

impl Silence {
    /// Without a healthd HAProxy has the node out, so that is CRITICAL; what is something else is not known to be down.
    pub fn outcome(&self) -> Outcome {
        match self {
            Silence::Nobody(..) | Silence::NoAddress(_) | Silence::Late(..) => Outcome::Critical,
            Silence::NotAllowed(_)
            | Silence::Refused(_)
            | Silence::BrokenOff(..)
            | Silence::Foreign(..)
            | Silence::Strange(..)
            | Silence::Local(_) => Outcome::Unknown,
        }
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Silence::Nobody(place, error) => {
                // Without the number that the system's texts end with.
                let error = error.to_string();
                let why = error.split(" (os error").next().unwrap_or_default().to_lowercase();
                write!(f, "no healthd answers on {place} ({why}): start it, or name another with --daemon URL")
            }
            Silence::NotAllowed(place) => write!(f, "this account may not open {place}: its mode should be 0666"),
            Silence::NoAddress(place) => write!(f, "no healthd answers on {place}: the name has no address"),
            Silence::Late(place, within) => {
                let within = healthd_core::text::duration::short(*within);
                write!(f, "no answer on {place} within {within}: healthd hangs, or the way to it is cut")
            }
            Silence::Refused(place) => {
                write!(f, "{place} refuses this machine (403): healthd.toml there must have its address in allow_read")
            }
            Silence::BrokenOff(place, why) => write!(
                f,
                "the answer on {place} broke off ({why}): healthd just ended or has no connection left, or it is something else"
            ),
            Silence::Foreign(place, why) => write!(f, "what answers on {place} is no healthd: {why}"),
            Silence::Strange(place, why) => write!(
                f,
                "the answer of healthd on {place} is not understood, {why}: install healthd and its plugins from one release"
            ),
            Silence::Local(error) => write!(f, "cannot ask healthd: {error}"),
        }
    }
}
