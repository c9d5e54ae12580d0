//! The JSON of `/instances` and `healthd check --json`. The types of core do not serialize themselves: their shape may
//! change, this one is an interface.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::clean::one_line;
use crate::verdict::code::ReasonCode;
use crate::verdict::gate::{Gate, Ruling};
use crate::verdict::role::Role;
use crate::verdict::severity::Color;
use crate::verdict::{State, Verdict};

/// One gate of a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateJson {
    /// The gate's name.
    pub gate: String,
    /// The replication channel that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub channel: Option<String>,
    /// `pass`, `noted` or `fail`.
    pub ruling: String,
    /// What was measured.
    pub measured: String,
    /// The limit.
    pub limit: String,
    /// The reason's or note's code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// The reason in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// The verdict for one role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictJson {
    /// The role.
    pub role: String,
    /// `up`, `drain` or `down`.
    pub state: String,
    /// The reason's code, or an exception's; empty when simply up.
    pub code: String,
    /// The reason in words; empty when up.
    pub reason: String,
    /// Every gate.
    pub gates: Vec<GateJson>,
}

impl VerdictJson {
    /// The state; `None` for one that only a newer healthd knows.
    pub fn known_state(&self) -> Option<State> {
        State::parse(&self.state)
    }

    /// The code of the reason or exception; `None` without one, and for one that only a newer healthd knows.
    pub fn known_code(&self) -> Option<ReasonCode> {
        ReasonCode::parse(&self.code)
    }
}

/// One instance with the verdicts of all roles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceJson {
    /// Its name.
    pub name: String,
    /// The port that selects it in checks.
    pub port: Option<u16>,
    /// Flavor and version, once known.
    pub server: Option<String>,
    /// The role of a request that names none.
    pub default_role: String,
    /// Age of the last probe that ended, in seconds.
    pub age_seconds: Option<f64>,
    /// How long the last probe took, in seconds; absent if it was not answered.
    #[serde(default)]
    pub probe_seconds: Option<f64>,
    /// Age in seconds of the data that it serves: the worst of the channels that count and the heartbeat, including a
    /// configured delay. Absent if the server is not a replica, or the age is unknown.
    #[serde(default)]
    pub lag_seconds: Option<f64>,
    /// The holder of the writer role; absent if no node ever held it, or there is no witness.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub writer: Option<WriterJson>,
    /// The verdicts.
    pub verdicts: Vec<VerdictJson>,
}

/// The holder of the writer role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriterJson {
    /// The number of the highest epoch known.
    pub epoch: u64,
    /// Whether this node holds it.
    pub holder: bool,
}

/// Builds the wire form of one verdict.
pub fn verdict(role: Role, verdict: &Verdict, gates: &[Gate<'_>]) -> VerdictJson {
    VerdictJson {
        role: role.to_string(),
        state: verdict.state().name().to_owned(),
        code: verdict.code().map(|code| code.name().to_owned()).unwrap_or_default(),
        reason: verdict.reason().map(ToString::to_string).unwrap_or_default(),
        gates: gates.iter().map(gate).collect(),
    }
}

fn gate(gate: &Gate<'_>) -> GateJson {
    let (ruling, code, reason) = match &gate.ruling {
        Ruling::Pass => (PASS, None, None),
        Ruling::PassNoted(note) => (NOTED, Some(note.code().to_string()), None),
        Ruling::Fail(reason) => (FAIL, Some(reason.code().to_string()), Some(reason.to_string())),
    };
    GateJson {
        gate: gate.name.to_owned(),
        channel: gate.channel.map(|name| one_line(name, 100)),
        ruling: ruling.to_owned(),
        measured: gate.measured.to_string(),
        limit: gate.limit.to_string(),
        code,
        reason,
    }
}

/// The word for a ruling.
const PASS: &str = "pass";
const NOTED: &str = "noted";
const FAIL: &str = "fail";

/// The color of a ruling, by its word.
pub(super) fn color(ruling: &str) -> Color {
    match ruling {
        PASS => Color::Green,
        NOTED => Color::Amber,
        _ => Color::Red,
    }
}

/// Seconds with milliseconds, as JSON numbers read best.
pub fn seconds(duration: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an age in milliseconds is far below 2^52")]
    let millis = duration.as_millis() as f64;
    millis / 1000.0
}
