//! What the prober says of the own server, for the state machine.

use std::time::Instant;

use healthd_core::position::standing::{Caveat, Standing};
use healthd_core::verdict::State;
use healthd_core::verdict::role::Role;
use healthd_core::writer::{BootId, Position, Sample, SemiSync, SourceLink};

use super::run;
use super::standing::{caveat, identity, semisync};
use super::task::Task;
use crate::watch::health::{Health, Latest};
use crate::watch::view::View;

impl Task {
    /// Whether the server itself may be written now: everything but the rules of this role.
    fn fit(&self, health: &Health) -> bool {
        let around = self.circumstances.now();
        let view = View { config: &self.config, health, around: &around, now: Instant::now(), writer: None };
        view.verdict(Role::Writer, None).state() == State::Up
    }

    pub(super) fn judge(&mut self) {
        let health = self.health.borrow().clone();
        // After a reload that changed how it is asked: a check waits for the first answer by itself.
        if !matches!(health.latest, Latest::Starting) {
            let fit = self.fit(&health);
            self.machine.set_fit(fit);
        }
    }

    /// Takes what the prober has published since.
    pub(super) fn read_health(&mut self) {
        let health = self.health.borrow_and_update().clone();
        let fit = self.fit(&health);
        match &health.latest {
            Latest::Answered { snapshot, read, .. } => {
                self.facts.failing = None;
                match &snapshot.standing {
                    Some(Ok(standing)) if self.facts.read != Some(*read) => self.sample(standing, *read, fit),
                    // A statement that hangs makes the position older, not the server unfit.
                    _ => self.machine.set_fit(fit),
                }
            }
            // No connection left for the probe is not a server that is down.
            Latest::Failed { .. } if fit => self.machine.set_fit(true),
            Latest::Failed { since, .. } => {
                if self.facts.failing.is_none() {
                    self.facts.failing = Some(*since);
                }
                self.begin_probe(*since);
                self.machine.probe_ended(None);
            }
            Latest::Starting => {}
        }
    }

    /// The probe began at `at`: what was learned since did not count for it.
    fn begin_probe(&mut self, at: Instant) {
        let before = |moment: Option<Instant>| moment.is_some_and(|moment| moment <= at);
        let held = self.facts.held_since.is_none_or(|moment| moment <= at);
        if held && (before(self.facts.out_since) || self.facts.out_since.is_none()) {
            self.machine.probe_started();
        } else {
            self.machine.probe_started_earlier();
        }
    }

    fn sample(&mut self, standing: &Standing, read: Instant, fit: bool) {
        let origin = identity(&standing.origin);
        // A server that begins to use GTIDs is the same.
        let another = |before: &String| *before != origin && !before.starts_with("file:");
        if self.saved.origin.as_ref().is_some_and(another) {
            self.machine.identity_changed();
        }
        self.saved.origin = Some(origin);
        let seen = run::seen(self.saved.run.as_ref(), &standing.boot);
        let boot = BootId(seen.number);
        self.saved.run = Some(seen);
        let connected = standing.sources.iter().all(|source| source.connected);
        let position = Position {
            executed: standing.executed.clone(),
            own: standing.executed.of(&standing.origin),
            semisync: standing.semisync.source.as_ref().map_or(SemiSync::Off, semisync),
        };
        self.begin_probe(read);
        self.machine.probe_ended(Some(Sample {
            fit,
            boot,
            position,
            received: standing.received.clone(),
            source: match (standing.sources.is_empty(), connected) {
                (true, _) => SourceLink::NoSource,
                (false, true) => SourceLink::Connected,
                (false, false) => SourceLink::Lost,
            },
            semisync_replica: standing.semisync.replica_on,
        }));
        self.facts.read = Some(read);
        self.facts.semisync_timeout = standing.semisync.source.map(|source| source.timeout);
        self.facts.purged = standing.purged.clone();
        self.facts.caveats = standing.caveats.iter().map(caveat).collect();
        self.facts.inseparable = standing.caveats.iter().any(|caveat| *caveat != Caveat::NotStrict);
    }
}
