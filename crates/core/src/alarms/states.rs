//! What monitoring makes of each [`Severity`]. For people: `docs/nagios.md`, "Asking the daemon".

use super::heard::{Foreign, Heard, replicates};
use super::said::Said;
use crate::reading::outcome::Outcome;
use crate::render::json::InstanceJson;
use crate::verdict::State;
use crate::verdict::role::Role;
use crate::verdict::severity::Severity;

/// Judges by one role: a server that HAProxy would not use is CRITICAL, unless an operator took it out.
pub(super) fn one_role(instance: &InstanceJson, role: Role) -> Result<Said, Foreign> {
    let its = Heard::of(instance, role)?;
    if let Some(said) = set_apart(instance)? {
        return Ok(said);
    }
    Ok(match its.state {
        State::Up => Said::new(its.noted(), its.up()),
        State::Drain => Said::new(Outcome::Warning, format!("{role} drained {}", its.because())),
        State::Down => Said::new(Outcome::Critical, format!("{role} down {}", its.because())),
    })
}

/// Judges by everything that concerns this instance.
pub(super) fn every_role(instance: &InstanceJson) -> Result<Said, Foreign> {
    if let Some(said) = set_apart(instance)? {
        return Ok(said);
    }
    let any = Heard::of(instance, Role::Any)?;
    if any.state != State::Up {
        return Ok(Said::new(Outcome::Critical, format!("down {}", any.because())));
    }
    let mut said = vec![Said::new(any.noted(), any.up()), reader(instance, Role::Reader)?];
    if instance.default_role == Role::Galera.name() {
        said.push(reader(instance, Role::Galera)?);
    }
    said.extend(writer(instance)?);
    let outcome = said.iter().map(|said| said.outcome).fold(Outcome::Ok, Outcome::worst);
    let words: Vec<String> = said.into_iter().map(|said| said.words).collect();
    Ok(Said::new(outcome, words.join(", ")))
}

/// What holds for every role: maintenance, and a daemon that starts or stops. A drained server that dies is CRITICAL,
/// because a drain is not meant to end like that.
fn set_apart(instance: &InstanceJson) -> Result<Option<Said>, Foreign> {
    let any = Heard::of(instance, Role::Any)?;
    if any.state == State::Up {
        return Ok(None);
    }
    Ok(match any.severity() {
        Some(Severity::Starting) => Some(Said::new(Outcome::Unknown, format!("not known {}", any.because()))),
        Some(Severity::Stopping) => Some(Said::new(Outcome::Warning, format!("out {}", any.because()))),
        Some(Severity::Maintenance) => {
            let reader = Heard::of(instance, Role::Reader)?;
            let drained = reader.code != any.code || reader.state == State::Drain;
            let probe = any.json.gates.iter().find(|gate| gate.gate == "probe" && gate.ruling == "fail");
            let word = if drained { "drained" } else { "in maintenance" };
            let (outcome, server) = match probe {
                None => (Outcome::Warning, String::new()),
                Some(gate) => {
                    let outcome = if drained { Outcome::Critical } else { Outcome::Warning };
                    (outcome, format!(", its server does not answer: {}", gate.reason.as_deref().unwrap_or("unknown")))
                }
            };
            Some(Said::new(outcome, format!("{word} {}{server}", any.json.reason)))
        }
        _ => None,
    })
}

fn reader(instance: &InstanceJson, role: Role) -> Result<Said, Foreign> {
    let its = Heard::of(instance, role)?;
    Ok(match its.state {
        State::Up => Said::new(its.noted(), its.up()),
        State::Drain => Said::new(Outcome::Warning, format!("{role} drained {}", its.because())),
        State::Down => Said::new(reader_down(its.severity()), format!("{role} down {}", its.because())),
    })
}

fn reader_down(severity: Option<Severity>) -> Outcome {
    match severity {
        Some(Severity::OnPurpose) => Outcome::Ok,
        Some(Severity::Critical | Severity::NeedsOperator | Severity::Absent) => Outcome::Critical,
        // Nothing is known, and the reason names the GRANT.
        Some(Severity::Unreadable) => Outcome::Unknown,
        // The reason is known only to a newer healthd, but it is certain that the reader is out.
        None
        | Some(
            Severity::Warning
            | Severity::Unserved
            | Severity::HandingOver
            | Severity::Stopping
            | Severity::Maintenance
            | Severity::Strained
            | Severity::Starting
            | Severity::CatchingUp
            | Severity::ReadOnly
            | Severity::Standby
            | Severity::Unused
            | Severity::Fine,
        ) => Outcome::Warning,
    }
}

/// `None` if the role is not used, or if the reader has the same reason.
fn writer(instance: &InstanceJson) -> Result<Option<Said>, Foreign> {
    let its = Heard::of(instance, Role::Writer)?;
    let reader = Heard::of(instance, Role::Reader)?;
    let holds = instance.writer.is_some_and(|writer| writer.holder);
    if its.state == State::Up {
        let words = match instance.writer.filter(|writer| writer.holder) {
            Some(writer) if its.noted() == Outcome::Ok => format!("writer serving (epoch {})", writer.epoch),
            _ => its.up(),
        };
        return Ok(Some(Said::new(its.noted(), words)));
    }
    let used = instance.writer.is_some() || instance.default_role == Role::Writer.name();
    let down = format!("writer down {}", its.because());
    Ok(match its.severity() {
        // No check has asked for this role until now.
        Some(Severity::Unused) if !used => None,
        _ if its.json.code == reader.json.code && !holds => None,
        Some(Severity::ReadOnly) if !holds => Some(Said::new(Outcome::Ok, "no writer (read-only)")),
        Some(Severity::Standby) if !holds => Some(standby(&its)),
        severity => Some(Said::new(writer_down(severity, holds, instance), down)),
    })
}

/// A standby that does not hear the holder cannot say whether any node serves.
fn standby(its: &Heard<'_>) -> Said {
    let words = format!("writer standby ({})", its.json.reason);
    match its.json.gates.iter().find(|gate| gate.gate == "peer" && gate.ruling != "pass") {
        None => Said::new(Outcome::Ok, words),
        Some(peer) => Said::new(Outcome::Warning, format!("{words}, which is {}", peer.measured)),
    }
}

fn writer_down(severity: Option<Severity>, holds: bool, instance: &InstanceJson) -> Outcome {
    match severity {
        Some(Severity::Critical | Severity::NeedsOperator) => Outcome::Critical,
        // The role moves within seconds.
        Some(Severity::HandingOver) => Outcome::Warning,
        // The holder does not serve, so no node does.
        _ if holds => Outcome::Critical,
        // With a witness, a node asks for the role when HAProxy uses no other one. Without, the other node serves until
        // it gives the role away.
        Some(Severity::Unserved) if instance.writer.is_some() => Outcome::Critical,
        // The reader role judges how much lag is too much.
        Some(Severity::CatchingUp) if replicates(instance) => Outcome::Ok,
        Some(Severity::Unserved | Severity::CatchingUp | Severity::Warning | Severity::Unused) => Outcome::Warning,
        // Parts that could not be read, reasons that this role never has, and codes that only a newer healthd knows.
        None
        | Some(
            Severity::Unreadable
            | Severity::Stopping
            | Severity::Maintenance
            | Severity::Strained
            | Severity::Starting
            | Severity::ReadOnly
            | Severity::Standby
            | Severity::OnPurpose
            | Severity::Absent
            | Severity::Fine,
        ) => Outcome::Unknown,
    }
}
