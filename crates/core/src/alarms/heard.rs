//! Reads what a healthd says about one role. This is the only place where its words become types.

use crate::reading::outcome::Outcome;
use crate::render::json::{InstanceJson, VerdictJson};
use crate::text::clean::one_line;
use crate::verdict::State;
use crate::verdict::code::ReasonCode;
use crate::verdict::role::Role;
use crate::verdict::severity::Severity;

/// Why a verdict cannot be judged: the daemon is of another release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Foreign {
    /// The verdict for a role is missing.
    #[error("without a verdict for the role {0}: is it another release?")]
    NoVerdict(Role),
    /// The state is not known here.
    #[error("is `{state}` as {role}, which these plugins do not know: are they older than healthd?")]
    State { role: Role, state: String },
    /// The state is up, without the time since when.
    #[error("is called up without the age of a probe (age_seconds): is it another release?")]
    NoAge,
}

/// The verdict for one role.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard<'a> {
    pub(super) role: Role,
    pub(super) state: State,
    /// `None` if simply up, or for a code that only a newer healthd knows.
    pub(super) code: Option<ReasonCode>,
    pub(super) json: &'a VerdictJson,
}

impl<'a> Heard<'a> {
    /// Reads the verdict for a role.
    ///
    /// # Errors
    /// What is missing, or is not known here.
    pub(super) fn of(instance: &'a InstanceJson, role: Role) -> Result<Heard<'a>, Foreign> {
        let json = instance.verdicts.iter().find(|verdict| verdict.role == role.name());
        let json = json.ok_or(Foreign::NoVerdict(role))?;
        let strange = || Foreign::State { role, state: one_line(&json.state, 20) };
        let state = json.known_state().ok_or_else(strange)?;
        if state == State::Up && instance.age_seconds.is_none() {
            return Err(Foreign::NoAge);
        }
        Ok(Heard { role, state, code: json.known_code(), json })
    }

    /// The severity of its reason. For a code that only a newer healthd knows, its name may show the kind; otherwise
    /// `None`.
    pub(super) fn severity(&self) -> Option<Severity> {
        let name = &self.json.code;
        match self.code {
            Some(code) => Some(code.severity()),
            None if name.ends_with("-unreadable") => Some(Severity::Unreadable),
            None if name.starts_with("galera-") || name.starts_with("gr-") => Some(Severity::Warning),
            None => None,
        }
    }

    /// `(code: reason)`, because a reason contains commas and semicolons of its own.
    pub(super) fn because(&self) -> String {
        format!("({}: {})", one_line(&self.json.code, 40), self.json.reason)
    }

    /// The outcome of a state that is up, which an exception can make a WARNING.
    pub(super) fn noted(&self) -> Outcome {
        if self.severity() == Some(Severity::Strained) { Outcome::Warning } else { Outcome::Ok }
    }

    /// What is up, in words.
    pub(super) fn up(&self) -> String {
        let role = if self.role == Role::Any { String::new() } else { format!("{} ", self.role) };
        match (self.code, self.json.code.as_str()) {
            (_, "") => format!("{role}up"),
            (Some(code), _) if code.severity() == Severity::Strained => {
                format!("{role}up {code}: {}", code.entry().meaning)
            }
            (_, code) => format!("{role}up {}", one_line(code, 40)),
        }
    }
}

/// Whether the reader role was judged by a channel or a heartbeat.
pub(super) fn replicates(instance: &InstanceJson) -> bool {
    let gates = |verdict: &VerdictJson| {
        verdict.gates.iter().any(|gate| matches!(gate.gate.as_str(), "channel" | "channels" | "lag" | "heartbeat"))
    };
    instance.verdicts.iter().any(|verdict| verdict.role == Role::Reader.name() && gates(verdict))
}
