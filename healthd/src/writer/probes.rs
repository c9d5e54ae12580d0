//! What the prober publishes about the node's own server, for the state machine.

use std::time::Instant;

use healthd_core::position::standing::{Caveat, Standing};
use healthd_core::verdict::State;
use healthd_core::verdict::role::Role;
use healthd_core::writer::{Began, BootId, Position, Sample, SemiSync, SourceLink};

use super::positions::{caveat, identity, semisync};
use super::server_run;
use super::task::Task;
use crate::watch::health::{Health, Latest};
use crate::watch::view::View;

impl Task {
    /// Whether the server itself may be written now: everything but the rules of this role.
    fn is_fit(&self, health: &Health) -> bool {
        let around = self.circumstances.now();
        let view = View { config: &self.config, health, around: &around, now: Instant::now(), writer: None };
        view.verdict(Role::Writer, None).state() == State::Up
    }

    /// Judges the server again between two probes: maintenance may have begun, or the last answer may be too old.
    pub(super) fn judge(&mut self) {
        let fit = {
            let health = self.health.borrow();
            // After a reload that changed how the server is watched, a check waits for the first answer by itself.
            if matches!(health.latest, Latest::Starting) {
                return;
            }
            self.is_fit(&health)
        };
        self.known.role.set_fit(self.now(), fit);
    }

    /// Passes on what the prober has published since then.
    pub(super) fn read_health(&mut self) {
        let health = self.health.borrow_and_update().clone();
        let fit = self.is_fit(&health);
        match &health.latest {
            Latest::Answered { snapshot, read, .. } => {
                self.known.details.failing = None;
                match &snapshot.standing {
                    Some(Ok(standing)) if self.known.details.read != Some(*read) => self.probed(standing, *read, fit),
                    // A hanging statement makes the position older, not the server unfit.
                    _ => self.known.role.set_fit(self.now(), fit),
                }
            }
            // No connection left for the probe does not mean that the server is down.
            Latest::Failed { .. } if fit => self.known.role.set_fit(self.now(), true),
            Latest::Failed { since, .. } => {
                if self.known.details.failing.is_none() {
                    self.known.details.failing = Some(*since);
                }
                self.known.role.probed(self.now(), self.began(*since), None);
            }
            Latest::Starting => {}
        }
    }

    /// Whether a probe that began at `at` began after everything that matters to it: what the peer holds of this node,
    /// and that this node was out of rotation.
    fn began(&self, at: Instant) -> Began {
        let known = |since: Option<Instant>| since.is_none_or(|moment| moment <= at);
        if known(self.known.since.held) && known(self.known.since.out) { Began::Afterwards } else { Began::Earlier }
    }

    fn probed(&mut self, standing: &Standing, read: Instant, fit: bool) {
        let now = self.now();
        let origin = identity(&standing.origin);
        // A server that begins to use GTIDs is still the same.
        let another = |before: &String| *before != origin && !before.starts_with("file:");
        if self.known.saved.origin.as_ref().is_some_and(another) {
            self.known.role.identity_changed(now);
        }
        self.known.saved.origin = Some(origin);
        let seen = server_run::seen(self.known.saved.run.as_ref(), &standing.boot);
        let boot = BootId(seen.number);
        self.known.saved.run = Some(seen);
        let connected = standing.sources.iter().all(|source| source.connected);
        let position = Position {
            executed: standing.executed.clone(),
            own: standing.executed.of(&standing.origin),
            semisync: standing.semisync.source.as_ref().map_or(SemiSync::Off, semisync),
        };
        let sample = Sample {
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
        };
        self.known.role.probed(now, self.began(read), Some(sample));
        self.known.details.read = Some(read);
        self.known.details.semisync_timeout = standing.semisync.source.map(|source| source.timeout);
        self.known.details.purged = standing.purged.clone();
        self.known.details.caveats = standing.caveats.iter().map(caveat).collect();
        self.known.details.inseparable = standing.caveats.iter().any(|caveat| *caveat != Caveat::NotStrict);
    }
}
