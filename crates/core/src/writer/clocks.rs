//! The only place where the writer role knows time: it turns moments into the state machine's events. A moment is a
//! duration since an arbitrary start of a monotonic clock. Ages are summed over all hops from where they began.

use std::time::Duration;

use super::handover::Handover;
use super::machine::Machine;
use super::moments::{BEFORE, Moments};
use super::report::SemiSync;
use crate::position::history::History;

/// Rule 12: how old a report may be when the peer goes down.
const REPORT_FRESH: Duration = Duration::from_secs(5);
/// Rule 9: how long a yield may be acted on.
const GRANT: Duration = Duration::from_secs(5);
/// How long a handover may take before the holder keeps the role: well beyond [`GRANT`].
const HANDOVER: Duration = Duration::from_secs(10);
/// Rule 6: after this time without hearing of this node, no report of it is fresh at the peer.
const LEASE: Duration = Duration::from_secs(6);
/// A HAProxy has stopped checking after this time, or after four times its usual interval if that is longer.
const UNCHECKED: Duration = Duration::from_secs(2);
/// The longest check interval that is believed.
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);
/// How long a standby waits for a holder whose server answers to come back at HAProxy: several check intervals.
const HOLDER_GRACE: Duration = Duration::from_millis(300);
/// Without a witness: after refusing for this time, every check has been refused.
const DRAINED: Duration = Duration::from_millis(1500);
/// A longer gap between two looks at the clock is a pause of this process. Not hearing the peer meanwhile proves
/// nothing.
const PAUSE: Duration = Duration::from_millis(400);
/// How old the parts of a report are, including the hops to here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ages {
    /// Its position. Once the server does not answer, this age stops growing.
    pub position: Duration,
    /// The report that its acknowledgement answers.
    pub acknowledgement: Duration,
    /// A handover by command.
    pub handover: Duration,
}

#[derive(Debug, Clone, Copy, Default)]
struct Checked {
    at: Option<Duration>,
    /// Whether that is too long ago. The next check tells how long their interval is.
    stopped: bool,
    interval: Duration,
    /// Since when every check has said that this node is in use.
    in_use_since: Option<Duration>,
}

/// The moments of one instance.
#[derive(Debug, Clone)]
pub(super) struct Clocks {
    moments: Moments,
    looked: Duration,
    quiet: Option<(Duration, Duration)>,
    acknowledgement: Option<Duration>,
    grant: Option<Duration>,
    grace: Option<Duration>,
    fetched: Duration,
    checked: Vec<Checked>,
}

impl Clocks {
    /// Clocks that start now. `t_silent`: after what time without a report the peer is unreachable.
    pub(super) fn new(now: Duration, t_silent: Duration, witnesses: usize) -> Clocks {
        let now = now + BEFORE;
        Clocks {
            moments: Moments { heard: now, position: None, handover: None, t_silent, peer_t_silent: None },
            looked: now,
            quiet: None,
            acknowledgement: None,
            grant: None,
            grace: None,
            fetched: now,
            checked: vec![Checked::default(); witnesses],
        }
    }

    /// The peer says after what time this node is unreachable for it.
    pub(super) fn peer_waits(&mut self, t_silent: Duration) {
        self.moments.peer_t_silent = Some(t_silent);
    }

    /// The moments that readers compute ages from.
    pub(super) fn moments(&self) -> Moments {
        self.moments
    }

    /// A report came. `semisync` is its semi-sync state with the peer's timeout. Returns whether its position is fresh.
    pub(super) fn reported(&mut self, now: Duration, ages: Ages, semisync: Option<(SemiSync, Duration)>) -> bool {
        let now = now + BEFORE;
        let ago = |age: Duration| now.saturating_sub(age);
        self.moments.heard = now;
        self.moments.position = Some(ago(ages.position));
        self.acknowledgement = Some(ago(ages.acknowledgement));
        self.grant = Some(ago(ages.handover));
        match semisync {
            Some((SemiSync::Quiet, timeout)) => self.quiet = Some((ago(ages.position), timeout)),
            Some((SemiSync::Waiting, _)) => {}
            Some((SemiSync::Off, _)) | None => self.quiet = None,
        }
        ages.position < REPORT_FRESH
    }

    /// The peer fetched a report.
    pub(super) fn fetched(&mut self, now: Duration) {
        self.fetched = now + BEFORE;
    }

    /// A witness's check came.
    pub(super) fn checked(&mut self, now: Duration, witness: usize, me: bool) {
        let now = now + BEFORE;
        let Some(its) = self.checked.get_mut(witness) else {
            return;
        };
        if let Some(before) = its.at {
            its.interval = now.saturating_sub(before).min(LONGEST_INTERVAL);
        }
        its.at = Some(now);
        its.stopped = false;
        its.in_use_since = if me { its.in_use_since.or(Some(now)) } else { None };
    }

    /// For how long no witness has checked. Counted from the start if none ever did.
    pub(super) fn unchecked(&self, now: Duration) -> Duration {
        let last = self.checked.iter().filter_map(|its| its.at).max();
        last.map_or(now, |at| (now + BEFORE).saturating_sub(at))
    }

    /// Feeds every event that is due to the machine. To be called often, and before every other event.
    pub(super) fn look<P: History>(&mut self, now: Duration, machine: &mut Machine<P>) {
        let now = now + BEFORE;
        if now.saturating_sub(self.looked) > PAUSE {
            self.moments.heard = now;
            // Checks that came meanwhile are read only now.
            for its in self.checked.iter_mut().filter(|its| !its.stopped && its.at.is_some()) {
                its.at = Some(now);
            }
        }
        self.looked = now;
        let past = |since: Duration, limit: Duration| now.saturating_sub(since) >= limit;
        if past(self.moments.heard, self.moments.t_silent()) {
            machine.peer_became_unreachable();
        }
        if self.moments.position.is_some_and(|at| past(at, REPORT_FRESH)) {
            machine.report_aged();
        }
        if self.quiet.is_none_or(|(at, timeout)| past(at, timeout)) {
            machine.proof_aged();
        }
        if self.acknowledgement.is_some_and(|at| past(at, self.moments.acknowledgement_lasts())) {
            machine.acknowledgement_expired();
        }
        if self.grant.is_some_and(|at| past(at, GRANT)) {
            machine.grant_expired();
        }
        for (number, its) in self.checked.iter_mut().enumerate() {
            if !its.stopped && its.at.is_some_and(|at| past(at, UNCHECKED.max(its.interval * 4))) {
                its.stopped = true;
                its.in_use_since = None;
                machine.checks_stopped(number);
            }
        }
        let in_use = self.checked.iter().filter_map(|its| its.in_use_since);
        if in_use.into_iter().any(|since| past(since.max(self.fetched), LEASE)) {
            machine.peer_lease_over();
        }
        match machine.is_holder_in_grace() {
            false => self.grace = None,
            true if past(*self.grace.get_or_insert(now), HOLDER_GRACE) => machine.holder_grace_over(),
            true => {}
        }
        self.watch_handover(now, machine);
    }

    fn watch_handover<P: History>(&mut self, now: Duration, machine: &mut Machine<P>) {
        let handover = machine.handover();
        if handover == Handover::No {
            self.moments.handover = None;
            return;
        }
        let began = *self.moments.handover.get_or_insert(now);
        let age = now.saturating_sub(began);
        if age >= DRAINED {
            machine.drained();
        }
        // A handover that the peer requested lasts while the peer asks. Its grants are as young as its requests.
        let over = match handover {
            Handover::Requested if !machine.unwitnessed() => {
                machine.is_peer_unreachable() && now.saturating_sub(self.moments.heard) >= HANDOVER
            }
            _ => age >= HANDOVER,
        };
        if over {
            machine.handover_timed_out();
            self.moments.handover = None;
        }
    }
}
