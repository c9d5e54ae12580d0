//! The only place where the writer role knows time: it turns moments into the state machine's events. A moment is a
//! duration since an arbitrary start of a monotonic clock; ages come summed over the hops from where they began.

use std::time::Duration;

use super::machine::{Machine, Yielding};
use super::report::SemiSync;
use crate::position::history::History;

/// Rule 12: how old a report may be when the peer goes down.
const REPORT_FRESH: Duration = Duration::from_secs(5);
/// Rule 9: how long a yield may be acted on.
const GRANT: Duration = Duration::from_secs(5);
/// How long a hand-over may take before the holder keeps the role: well beyond [`GRANT`].
const HAND_OVER: Duration = Duration::from_secs(10);
/// Rule 6: after this time without hearing of this node, no report of it is fresh at the peer.
const LEASE: Duration = Duration::from_secs(6);
/// Checks that stop for so long, or for four times their usual distance, have stopped.
const UNCHECKED: Duration = Duration::from_secs(2);
/// The longest distance of checks that is believed.
const SLOWEST_CHECKS: Duration = Duration::from_secs(30);
/// For how long a standby gives a holder whose server answers the chance to come back at HAProxy: some checks' distance.
const PATIENCE: Duration = Duration::from_millis(300);
/// Without a witness: after so long a refusal every check has been refused.
const DRAINED: Duration = Duration::from_millis(1500);
/// A longer gap between two looks at the clock is a pause of this process: what it did not hear meanwhile proves nothing.
const PAUSE: Duration = Duration::from_millis(400);
/// Moments are kept as if the clock had run for so long before its start: what began before that, as the ages of the first
/// reports say, must not seem younger than it is.
const BEFORE: Duration = Duration::from_secs(3600);

/// How old the parts of a report are, the hops to here included.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ages {
    /// The position in it; of a server that does not answer: as old as it was when that began.
    pub position: Duration,
    /// The hearing that its echo speaks of.
    pub echo: Duration,
    /// A hand-over by command.
    pub yielding: Duration,
}

#[derive(Debug, Clone, Copy, Default)]
struct Checked {
    at: Option<Duration>,
    /// Whether that is too long ago; the next one tells how slow they are.
    stopped: bool,
    distance: Duration,
    /// Since when every check has said that this node is in use.
    in_use_since: Option<Duration>,
}

/// The moments of one instance.
#[derive(Debug, Clone)]
pub struct Clocks {
    t_silent: Duration,
    /// After what time the peer takes this node for silent, as it says.
    peer_t_silent: Option<Duration>,
    looked: Duration,
    /// The last report, or the end of the last pause.
    heard: Duration,
    position: Option<Duration>,
    quiet: Option<(Duration, Duration)>,
    echo: Option<Duration>,
    grant: Option<Duration>,
    yielding: Option<Duration>,
    patient: Option<Duration>,
    fetched: Duration,
    checked: Vec<Checked>,
}

impl Clocks {
    /// Clocks that start now. `t_silent`: how long a peer says nothing before it counts as silent.
    pub fn new(now: Duration, t_silent: Duration, witnesses: usize) -> Clocks {
        let now = now + BEFORE;
        Clocks {
            t_silent,
            peer_t_silent: None,
            looked: now,
            heard: now,
            position: None,
            quiet: None,
            echo: None,
            grant: None,
            yielding: None,
            patient: None,
            fetched: now,
            checked: vec![Checked::default(); witnesses],
        }
    }

    /// The peer says after what time this node is silent to it; nothing when that is zero.
    pub fn peer_waits(&mut self, t_silent: Duration) {
        self.peer_t_silent = Some(t_silent).filter(|its| !its.is_zero());
    }

    /// What the peer is told, where that is something else.
    pub fn other_t_silent(&self) -> Option<Duration> {
        self.peer_t_silent.filter(|theirs| *theirs != self.t_silent)
    }

    /// After what time without a report the peer is silent: the longer one of what the two nodes are told, for the peer may
    /// act on an echo for as long as it believes.
    pub fn t_silent(&self) -> Duration {
        self.peer_t_silent.map_or(self.t_silent, |theirs| self.t_silent.max(theirs))
    }

    /// Rule 4: within what time an echo is acted on, the shorter one of the two: the peer takes over after its own.
    pub fn permit_within(&self) -> Duration {
        self.peer_t_silent.map_or(self.t_silent, |theirs| self.t_silent.min(theirs))
    }

    /// A report came. `timeout` is the peer's semi-sync timeout. Returns whether its position is fresh.
    pub fn reported(&mut self, now: Duration, ages: Ages, semisync: Option<(SemiSync, Duration)>) -> bool {
        let now = now + BEFORE;
        let ago = |age: Duration| now.saturating_sub(age);
        self.heard = now;
        self.position = Some(ago(ages.position));
        self.echo = Some(ago(ages.echo));
        self.grant = Some(ago(ages.yielding));
        match semisync {
            Some((SemiSync::Quiet, timeout)) => self.quiet = Some((ago(ages.position), timeout)),
            Some((SemiSync::Waiting, _)) => {}
            Some((SemiSync::Off, _)) | None => self.quiet = None,
        }
        ages.position < REPORT_FRESH
    }

    /// The peer was given a report.
    pub fn fetched(&mut self, now: Duration) {
        self.fetched = now + BEFORE;
    }

    /// A witness's check came.
    pub fn checked(&mut self, now: Duration, witness: usize, me: bool) {
        let now = now + BEFORE;
        let Some(its) = self.checked.get_mut(witness) else {
            return;
        };
        if let Some(before) = its.at {
            its.distance = now.saturating_sub(before).min(SLOWEST_CHECKS);
        }
        its.at = Some(now);
        its.stopped = false;
        its.in_use_since = if me { its.in_use_since.or(Some(now)) } else { None };
    }

    /// For how long nothing was heard of the peer.
    pub fn unheard(&self, now: Duration) -> Duration {
        (now + BEFORE).saturating_sub(self.heard)
    }

    /// How old the position of the last report is.
    pub fn report_age(&self, now: Duration) -> Option<Duration> {
        self.position.map(|at| (now + BEFORE).saturating_sub(at))
    }

    /// For how long no witness has checked; since the start where none ever did.
    pub fn unchecked(&self, now: Duration) -> Duration {
        let last = self.checked.iter().filter_map(|its| its.at).max();
        last.map_or(now, |at| (now + BEFORE).saturating_sub(at))
    }

    /// Feeds every event that is due. To be called often, and before every other event.
    pub fn look<P: History>(&mut self, now: Duration, machine: &mut Machine<P>) {
        let now = now + BEFORE;
        if now.saturating_sub(self.looked) > PAUSE {
            self.heard = now;
            // Those that came meanwhile are read only now.
            for its in self.checked.iter_mut().filter(|its| !its.stopped && its.at.is_some()) {
                its.at = Some(now);
            }
        }
        self.looked = now;
        let past = |since: Duration, limit: Duration| now.saturating_sub(since) >= limit;
        if past(self.heard, self.t_silent()) {
            machine.peer_fell_silent();
        }
        if self.position.is_some_and(|at| past(at, REPORT_FRESH)) {
            machine.report_aged();
        }
        if self.quiet.is_none_or(|(at, timeout)| past(at, timeout)) {
            machine.proof_aged();
        }
        if self.echo.is_some_and(|at| past(at, self.permit_within())) {
            machine.permit_expired();
        }
        if self.grant.is_some_and(|at| past(at, GRANT)) {
            machine.grant_expired();
        }
        for (number, its) in self.checked.iter_mut().enumerate() {
            if !its.stopped && its.at.is_some_and(|at| past(at, UNCHECKED.max(its.distance * 4))) {
                its.stopped = true;
                its.in_use_since = None;
                machine.checks_stopped(number);
            }
        }
        let in_use = self.checked.iter().filter_map(|its| its.in_use_since);
        if in_use.into_iter().any(|since| past(since.max(self.fetched), LEASE)) {
            machine.peer_lease_over();
        }
        match machine.is_patient() {
            false => self.patient = None,
            true if past(*self.patient.get_or_insert(now), PATIENCE) => machine.patience_over(),
            true => {}
        }
        self.watch_the_hand_over(now, machine);
    }

    fn watch_the_hand_over<P: History>(&mut self, now: Duration, machine: &mut Machine<P>) {
        let yielding = machine.yielding();
        if yielding == Yielding::No {
            self.yielding = None;
            return;
        }
        let began = *self.yielding.get_or_insert(now);
        let age = now.saturating_sub(began);
        if age >= DRAINED {
            machine.drained();
        }
        // A yield that was asked for stays while the peer asks; its grants are as young as its questions.
        let over = match yielding {
            Yielding::Asked if !machine.unwitnessed() => {
                machine.is_peer_silent() && now.saturating_sub(self.heard) >= HAND_OVER
            }
            _ => age >= HAND_OVER,
        };
        if over {
            machine.hand_over_timed_out();
            self.yielding = None;
        }
    }

    /// For how long this node has been giving the role away by command: grants of it must not outlive that.
    pub fn yielding_age(&self, now: Duration) -> Option<Duration> {
        self.yielding.map(|began| (now + BEFORE).saturating_sub(began))
    }
}
