//! The log of verdicts: one event for each change of a role's state or reason, none for requests and probes.

use std::time::Instant;

use healthd_core::observed::snapshot::Snapshot;
use healthd_core::verdict::code::ReasonCode;
use healthd_core::verdict::role::Role;
use healthd_core::verdict::{State, Verdict};

use super::circumstances::Circumstances;
use super::health::Health;
use super::view::View;
use crate::config::InstanceConfig;

/// Remembers what was last logged about each role.
#[derive(Default)]
pub(crate) struct Announcer {
    logged: Vec<Logged>,
}

/// What was last logged about one role.
struct Logged {
    role: Role,
    state: State,
    code: Option<ReasonCode>,
}

impl Announcer {
    /// Logs what changed of every role but the writer's.
    pub(crate) fn announce(&mut self, config: &InstanceConfig, health: &Health, around: &Circumstances) {
        let view = View { config, health, around, now: Instant::now(), writer: None };
        let any = self.announce_role(view, Role::Any);
        let Some(snapshot) = health.snapshot().filter(|_| any == State::Up) else {
            // A server that is down is down for every role: one line is enough.
            return;
        };
        let galera = !matches!(snapshot.wsrep, Ok(None));
        // The task of the writer role logs that role.
        for role in [Role::Reader, Role::Galera] {
            let concerned = match role {
                Role::Reader => concerns_readers(snapshot),
                Role::Galera => galera,
                Role::Any | Role::Writer => false,
            };
            if concerned || role == config.default_role {
                self.announce_role(view, role);
            }
        }
    }

    /// Logs what changed of one role, and returns its state.
    pub(crate) fn announce_role(&mut self, view: View<'_>, role: Role) -> State {
        let verdict = view.verdict(role, None);
        let (state, code) = (verdict.state(), verdict.code());
        let before = self.logged.iter_mut().find(|logged| logged.role == role);
        match before {
            Some(logged) if (logged.state, logged.code) == (state, code) => return state,
            Some(logged) => *logged = Logged { role, state, code },
            None => self.logged.push(Logged { role, state, code }),
        }
        let instance = &view.config.name;
        let code = code.map_or("", ReasonCode::name);
        match &verdict {
            Verdict::Up(_) => tracing::info!(%instance, %role, note = code, "up"),
            Verdict::Drain(reason) => tracing::info!(%instance, %role, %reason, "drain"),
            Verdict::Down(reason) => tracing::warn!(%instance, %role, code, %reason, "down"),
        }
        state
    }
}

/// Whether the reader role can differ from `any` on this server.
fn concerns_readers(snapshot: &Snapshot) -> bool {
    let alone = matches!(&snapshot.channels, Ok(channels) if channels.is_empty());
    !alone || snapshot.heartbeat.is_some() || !matches!(snapshot.wsrep, Ok(None)) || !matches!(snapshot.group, Ok(None))
}
