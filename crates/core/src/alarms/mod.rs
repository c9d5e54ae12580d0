//! What a monitoring plugin makes of the verdicts of a healthd (`/instances`): one outcome, one line, the values.
//!
//! The daemon answers HAProxy, for which a server is in or out; a plugin alerts people. So a standby and a delayed
//! replica are OK, a reader that lags is a WARNING, and a writer role that only an operator can move is CRITICAL. Each
//! reason's urgency is in its entry ([`Severity`]), what is made of that in `states` and, for people, in
//! `docs/nagios.md`.

mod heard;
mod said;
mod states;

use heard::replicates;
use said::Said;

use crate::check::Answer;
use crate::reading::outcome::Outcome;
use crate::reading::range::Thresholds;
use crate::reading::{Reading, Unit};
use crate::render::json::{GateJson, InstanceJson};
use crate::text::clean::one_line;
use crate::verdict::role::Role;
use crate::verdict::severity::Severity;

/// The question to a healthd.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HealthRequest {
    /// Only this instance; all instances if `None`.
    pub instance: Option<InstanceChoice>,
    /// The one role whose verdict decides; if `None`, all roles count.
    pub role: Option<Role>,
    /// Limits for the lag of each instance, in seconds.
    pub lag: Thresholds,
}

/// Selects one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstanceChoice {
    /// By the port in checks.
    Port(u16),
    /// By its name, or by its port as the commands of healthd accept it.
    Name(String),
}

impl InstanceChoice {
    fn is(&self, instance: &InstanceJson) -> bool {
        match self {
            InstanceChoice::Port(port) => instance.port == Some(*port),
            InstanceChoice::Name(name) => {
                instance.name == *name || instance.port.is_some_and(|port| port.to_string() == *name)
            }
        }
    }
}

/// Judges the answer of a healthd.
pub fn judge(instances: &[InstanceJson], asked: &HealthRequest) -> Answer {
    let chosen: Vec<&InstanceJson> =
        instances.iter().filter(|its| asked.instance.as_ref().is_none_or(|wanted| wanted.is(its))).collect();
    let mut told: Vec<(Said, &InstanceJson)> = chosen.iter().map(|its| (one(its, asked), *its)).collect();
    let Some(outcome) = told.iter().map(|(said, _)| said.outcome).reduce(Outcome::worst) else {
        return Answer::plain(Outcome::Unknown, no_instance(instances, asked.instance.as_ref()));
    };
    let several = told.len() > 1;
    let readings = chosen.iter().flat_map(|its| readings(its, several, &asked.lag)).collect();
    // The worst first, otherwise in the order of the configuration.
    told.sort_by_key(|(said, _)| match said.outcome {
        Outcome::Critical => 0,
        Outcome::Unknown => 1,
        Outcome::Warning => 2,
        Outcome::Ok => 3,
    });
    let count = if several { format!("{} instances: ", told.len()) } else { String::new() };
    let words: Vec<String> = told.iter().map(|(said, its)| format!("{} {}", title(its), said.words)).collect();
    let details = told.iter().flat_map(|(said, its)| details(said, its, asked.role)).collect();
    Answer { outcome, text: format!("{count}{}", words.join("; ")), readings, details }
}

fn no_instance(instances: &[InstanceJson], wanted: Option<&InstanceChoice>) -> String {
    let known: Vec<String> = instances.iter().map(title).collect();
    match wanted {
        _ if known.is_empty() => "this healthd watches no instance".to_owned(),
        Some(InstanceChoice::Port(port)) => {
            format!("this healthd has no instance on port {port}; it has: {}", known.join(", "))
        }
        Some(InstanceChoice::Name(name)) => {
            format!("this healthd has no instance `{}`; it has: {}", one_line(name, 40), known.join(", "))
        }
        None => "this healthd says nothing".to_owned(),
    }
}

/// The name of the instance, with its port if the name does not contain it.
fn title(instance: &InstanceJson) -> String {
    let name = one_line(&instance.name, 60);
    match instance.port {
        Some(port) if !name.ends_with(&port.to_string()) => format!("{name}:{port}"),
        _ => name,
    }
}

fn one(instance: &InstanceJson, asked: &HealthRequest) -> Said {
    let said = match asked.role {
        Some(role) => states::one_role(instance, role),
        None => states::every_role(instance),
    };
    let Said { outcome, words } = said.unwrap_or_else(|foreign| Said::new(Outcome::Unknown, foreign.to_string()));
    let thresholds = asked.lag != Thresholds::default();
    match instance.lag_seconds {
        Some(lag) => match asked.lag.judge(lag) {
            Outcome::Ok => Said { outcome, words },
            late => Said::new(outcome.worst(late), format!("{words}, {} s behind", crate::reading::number(lag))),
        },
        // An unknown lag does not satisfy a threshold.
        None if thresholds && outcome == Outcome::Ok && replicates(instance) => {
            Said::new(Outcome::Unknown, format!("{words}, but its lag (lag_seconds) is not known"))
        }
        None => Said { outcome, words },
    }
}

fn readings(instance: &InstanceJson, several: bool, lag: &Thresholds) -> Vec<Reading> {
    let suffix = match (several, instance.port) {
        (false, _) => String::new(),
        (true, Some(port)) => format!("_{port}"),
        (true, None) => format!("_{}", label(&instance.name)),
    };
    let reading = |name: &str, value: Option<f64>| {
        Some(Reading::new(format!("{name}{suffix}"), value?, Unit::Seconds).between(0.0, None))
    };
    let lag_reading =
        reading("replica_lag", instance.lag_seconds).map(|reading| Reading { thresholds: lag.clone(), ..reading });
    let probe = reading("probe_time", instance.probe_seconds);
    [lag_reading, probe, reading("probe_age", instance.age_seconds)].into_iter().flatten().collect()
}

/// A name in the form of the end of a label.
fn label(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    name.chars().take(40).map(plain).collect()
}

/// A line for the instance, then every gate that does not simply pass.
fn details(said: &Said, instance: &InstanceJson, role: Option<Role>) -> Vec<String> {
    let server = instance.server.as_ref().map(|server| format!(", {server}")).unwrap_or_default();
    let mut lines = vec![format!("{} {}: {}{server}", title(instance), said.outcome, said.words)];
    for verdict in &instance.verdicts {
        // Most servers are not Galera nodes. A role that was requested is shown.
        let absent = verdict.known_code().is_some_and(|code| code.severity() == Severity::Absent);
        let shown = role.map_or(!absent, |role| role.name() == verdict.role);
        let gates = verdict.gates.iter().filter(|gate| shown && gate.ruling != "pass");
        lines.extend(gates.map(|gate| crate::alarms::gate(instance, &verdict.role, gate)));
    }
    lines
}

fn gate(instance: &InstanceJson, role: &str, gate: &GateJson) -> String {
    let channel = gate.channel.as_ref().map(|channel| format!(" of {channel}")).unwrap_or_default();
    let GateJson { gate, ruling, measured, limit, .. } = gate;
    format!("{} {role}: {gate}{channel} {ruling}: {measured} (limit {limit})", title(instance))
}
