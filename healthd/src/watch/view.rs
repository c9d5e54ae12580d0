//! Verdicts about one server.

use std::time::{Duration, Instant, SystemTime};

use healthd_core::render::json::{self, InstanceJson, WriterJson};
use healthd_core::verdict::gate::gates;
use healthd_core::verdict::role::Role;
use healthd_core::verdict::{CurrentMaintenance, Question, Verdict, WriterView, decide};

use super::circumstances::Circumstances;
use super::health::Health;
use crate::config::InstanceConfig;

/// Everything that verdicts about one server depend on, at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    /// Its configuration.
    pub(crate) config: &'a InstanceConfig,
    /// What is known about the server.
    pub(crate) health: &'a Health,
    /// The other circumstances.
    pub(crate) around: &'a Circumstances,
    /// The moment.
    pub(crate) now: Instant,
    /// The writer role's part.
    pub(crate) writer: Option<&'a WriterView>,
}

impl<'a> View<'a> {
    /// The verdict for a role; `max_lag` is the request's, if it has one.
    pub(crate) fn verdict(&self, role: Role, max_lag: Option<Duration>) -> Verdict {
        decide(&self.question(role, max_lag))
    }

    /// The JSON with every role and gate.
    pub(crate) fn describe(&self, max_lag: Option<Duration>) -> InstanceJson {
        let verdicts = Role::ALL.into_iter().map(|role| {
            let question = self.question(role, max_lag);
            json::verdict(role, &decide(&question), &gates(&question))
        });
        let age = self.health.probed_at().map(|at| self.now.saturating_duration_since(at));
        InstanceJson {
            name: self.config.name.clone(),
            port: self.config.port,
            server: self.health.server.map(|server| server.to_string()),
            default_role: self.config.default_role.to_string(),
            age_seconds: age.map(json::seconds),
            probe_seconds: self.health.took().map(json::seconds),
            lag_seconds: self
                .health
                .snapshot()
                .and_then(|snapshot| self.config.policy.data_age(snapshot))
                .map(json::seconds),
            writer: self
                .writer
                .and_then(|writer| writer.epoch)
                .map(|known| WriterJson { epoch: known.number, holder: known.held_here }),
            verdicts: verdicts.collect(),
        }
    }

    fn question(&self, role: Role, max_lag: Option<Duration>) -> Question<'a> {
        let maintenance = self.around.maintenance.as_ref();
        Question {
            role,
            policy: &self.config.policy,
            max_lag: max_lag.unwrap_or(self.config.policy.max_lag),
            observation: self.health.observation(self.now),
            worst_lag: self.health.worst_lag,
            maintenance: maintenance
                .map(|entry| CurrentMaintenance { entry, remaining: entry.remaining(SystemTime::now()) }),
            stopping: self.around.stopping,
            canary: self.around.canary.as_ref().map(|known| known.seen(self.now)),
            writer: self.writer,
        }
    }
}
