//! The state machine together with its clocks: one method for each event. Each feeds the machine what time has done
//! since the last event, and then the event, so that no caller can do this in the wrong order. Every `now` is a
//! duration since the start of the clocks.

use std::time::Duration;

use super::clocks::{Ages, Clocks};
use super::decide::{Checked, Gain};
use super::machine::Machine;
use super::moments::Moments;
use super::operator::Loss;
use super::refusal::Answer;
use super::report::Report;
use super::sample::Sample;
use super::unwitnessed::Level;
use super::witness::Opinion;
use crate::position::history::History;

/// A report of the peer, as it came.
#[derive(Debug, Clone)]
pub struct PeerReport<P> {
    /// What it says.
    pub report: Report<P>,
    /// How old that is.
    pub ages: Ages,
    /// What the peer holds of this node's own commits.
    pub held: P,
    /// The peer's semi-sync timeout.
    pub semisync_timeout: Option<Duration>,
    /// The peer's T_silent.
    pub t_silent: Duration,
}

/// A check of a witness whose connection is still open.
#[derive(Debug, Clone, Copy)]
pub struct WitnessCheck {
    /// The number of the witness.
    pub witness: usize,
    /// What it says.
    pub opinion: Opinion,
    /// Whether it says that client sessions are open here.
    pub sessions: bool,
    /// Whether the last probe began after the check came.
    pub fresh: bool,
}

/// Whether a probe began after everything that is known by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Began {
    /// It did.
    Afterwards,
    /// It began earlier, and proves nothing about what came since.
    Earlier,
}

/// A state machine with its clocks.
#[derive(Debug, Clone)]
pub struct Timed<P> {
    machine: Machine<P>,
    clocks: Clocks,
}

impl<P: History> Timed<P> {
    /// Clocks that start now, at zero. `t_silent`: after what time without a report the peer is unreachable.
    pub fn new(machine: Machine<P>, t_silent: Duration) -> Timed<P> {
        let clocks = Clocks::new(Duration::ZERO, t_silent, machine.witnesses().len());
        Timed { machine, clocks }
    }

    /// The machine, to look at.
    pub fn machine(&self) -> &Machine<P> {
        &self.machine
    }

    /// The moments that readers compute ages from.
    pub fn moments(&self) -> Moments {
        self.clocks.moments()
    }

    /// For how long no witness has checked. Counted from the start if none ever did.
    pub fn unchecked(&self, now: Duration) -> Duration {
        self.clocks.unchecked(now)
    }

    /// Time passed. To be called often.
    pub fn tick(&mut self, now: Duration) {
        self.clocks.look(now, &mut self.machine);
    }

    fn at(&mut self, now: Duration) -> &mut Machine<P> {
        self.tick(now);
        &mut self.machine
    }

    /// A probe of the node's own server ended; `None` if the server does not answer.
    pub fn probed(&mut self, now: Duration, began: Began, sample: Option<Sample<P>>) {
        let machine = self.at(now);
        match began {
            Began::Afterwards => machine.probe_started(),
            Began::Earlier => machine.probe_started_earlier(),
        }
        machine.probe_ended(sample);
    }

    /// Whether the server may be written, as known between two probes.
    pub fn set_fit(&mut self, now: Duration, fit: bool) {
        self.at(now).set_fit(fit);
    }

    /// The peer's report came.
    pub fn peer_reported(&mut self, now: Duration, came: PeerReport<P>) {
        self.tick(now);
        let PeerReport { mut report, ages, held, semisync_timeout, t_silent } = came;
        let semisync = report.position.as_ref().map(|position| position.semisync);
        let fresh = self.clocks.reported(now, ages, semisync.zip(semisync_timeout));
        self.clocks.peer_waits(t_silent);
        // An acknowledgement that is too old to act on does not count.
        let lasts = self.moments().acknowledgement_lasts();
        report.acknowledges = report.acknowledges.filter(|_| ages.acknowledgement < lasts);
        self.machine.report_came(report, held, fresh);
    }

    /// The peer fetched a report.
    pub fn peer_fetched(&mut self, now: Duration) {
        self.at(now).peer_fetched();
        self.clocks.fetched(now);
    }

    /// A witness checks.
    pub fn check(&mut self, now: Duration, check: WitnessCheck) -> Checked<P> {
        self.tick(now);
        self.clocks.checked(now, check.witness, check.opinion.me);
        self.machine.check(check.witness, check.opinion, check.sessions, check.fresh)
    }

    /// A check where there is no witness.
    pub fn check_unwitnessed(&mut self, now: Duration, level: Level) -> Answer {
        self.at(now).check_unwitnessed(level)
    }

    /// A gain could not be written to disk: it did not happen.
    pub fn undo(&mut self, gain: Gain<P>) {
        self.machine = gain.undone();
    }

    /// Whether the last state is on disk, or can be written.
    pub fn can_save(&mut self, now: Duration, can: bool) {
        self.at(now).can_save(can);
    }

    /// See [`Machine::identity_changed`].
    pub fn identity_changed(&mut self, now: Duration) {
        self.at(now).identity_changed();
    }

    /// See [`Machine::start_handover`].
    pub fn start_handover(&mut self, now: Duration) -> bool {
        self.at(now).start_handover()
    }

    /// See [`Machine::claim`].
    pub fn claim(&mut self, now: Duration, wanted: bool) {
        self.at(now).claim(wanted);
    }

    /// See [`Machine::declare_peer_dead`].
    pub fn declare_peer_dead(&mut self, now: Duration) {
        self.at(now).declare_peer_dead();
    }

    /// See [`Machine::accept_loss`].
    pub fn accept_loss(&mut self, now: Duration, shown: &P) -> Loss<P> {
        self.at(now).accept_loss(shown)
    }

    /// See [`Machine::drop_high_water_marks`].
    pub fn drop_high_water_marks(&mut self, now: Duration) {
        self.at(now).drop_high_water_marks();
    }

    /// See [`Machine::remove_witness`].
    pub fn remove_witness(&mut self, now: Duration, number: usize) {
        self.at(now).remove_witness(number);
    }
}
