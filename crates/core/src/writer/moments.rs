//! When the last things happened that people and the peer are told the age of.

use std::time::Duration;

/// Moments are kept as if the clock had started this much earlier. Otherwise what began before the start, as the ages
/// of the first reports say, would seem younger than it is.
pub(super) const BEFORE: Duration = Duration::from_secs(3600);

/// The moments of one instance. They change only when something happens; ages are computed from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments {
    /// The last report, or the end of the last pause of this process.
    pub(super) heard: Duration,
    /// The position of the last report.
    pub(super) position: Option<Duration>,
    /// The beginning of the handover.
    pub(super) handover: Option<Duration>,
    /// After what time without a report the peer is unreachable, as configured here.
    pub(super) t_silent: Duration,
    /// After what time this node is unreachable for the peer, as the peer says.
    pub(super) peer_t_silent: Option<Duration>,
}

impl Moments {
    /// The T_silent that the peer is configured with, if it is another one.
    pub fn other_t_silent(&self) -> Option<Duration> {
        self.peer_t_silent.filter(|theirs| *theirs != self.t_silent)
    }

    /// After what time without a report the peer is unreachable. It is the longer one of the two nodes' settings,
    /// because the peer may act on an acknowledgement for as long as its own setting says.
    pub fn t_silent(&self) -> Duration {
        self.peer_t_silent.map_or(self.t_silent, |theirs| self.t_silent.max(theirs))
    }

    /// Rule 4: how long an acknowledgement may be acted on. It is the shorter one of the two nodes' settings, because
    /// the peer takes over after its own.
    pub(super) fn acknowledgement_lasts(&self) -> Duration {
        self.peer_t_silent.map_or(self.t_silent, |theirs| self.t_silent.min(theirs))
    }

    /// For how long nothing was heard of the peer.
    pub fn unheard(&self, now: Duration) -> Duration {
        (now + BEFORE).saturating_sub(self.heard)
    }

    /// How old the position of the last report is.
    pub fn report_age(&self, now: Duration) -> Option<Duration> {
        self.position.map(|at| (now + BEFORE).saturating_sub(at))
    }

    /// For how long this node has been handing over. The grants of a commanded handover must not outlive it.
    pub fn handover_age(&self, now: Duration) -> Option<Duration> {
        self.handover.map(|began| (now + BEFORE).saturating_sub(began))
    }
}
