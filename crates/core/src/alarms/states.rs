//! Which verdict wakes whom. Each row stands in `docs/nagios.md`, "Asking the daemon".

use super::{Said, because, replicates, verdict};
use crate::reading::outcome::Outcome;
use crate::render::json::{InstanceJson, VerdictJson};
use crate::verdict::State;
use crate::verdict::role::Role;

/// The reasons of `writer` after which nobody takes the role until a person has done something; the reason says what.
const NEEDS_A_PERSON: [&str; 11] = [
    "no-epoch",
    "no-report",
    "peer-silent",
    "quarantined",
    "self-reset",
    "lost-own-commits",
    "identity-changed",
    "surplus",
    "source-reset",
    "purged-needs-rebuild",
    "state-not-saved",
];

/// The reasons of `writer` of a node that is no holder, and waits for something that comes by itself or by HAProxy.
const WAITS: [&str; 11] = [
    "position-unknown",
    "state-being-saved",
    "witness-unreadable",
    "suspended",
    "handing-over",
    "yielded",
    "peer-in-use",
    "witnesses-disagree",
    "probing",
    "not-checked",
    "unproven",
];

/// One role decides: what HAProxy would not use is CRITICAL, unless somebody meant it.
pub(super) fn one_role(instance: &InstanceJson, role: Role) -> Result<Said, String> {
    let (state, its) = verdict(instance, role)?;
    if let Some(said) = set_apart(instance)? {
        return Ok(said);
    }
    Ok(match state {
        State::Up => Said::new(noted(its), up(role, its)),
        State::Drain => Said::new(Outcome::Warning, format!("{role} drained {}", because(its))),
        State::Down => Said::new(Outcome::Critical, format!("{role} down {}", because(its))),
    })
}

/// Everything that concerns this instance is weighed.
pub(super) fn every_role(instance: &InstanceJson) -> Result<Said, String> {
    if let Some(said) = set_apart(instance)? {
        return Ok(said);
    }
    let (any_state, any) = verdict(instance, Role::Any)?;
    if any_state != State::Up {
        return Ok(Said::new(Outcome::Critical, format!("down {}", because(any))));
    }
    let mut said = vec![Said::new(noted(any), up(Role::Any, any)), reader(instance, Role::Reader)?];
    if instance.default_role == Role::Galera.name() {
        said.push(reader(instance, Role::Galera)?);
    }
    said.extend(writer(instance)?);
    let outcome = said.iter().map(|said| said.outcome).fold(Outcome::Ok, Outcome::worst);
    let words: Vec<String> = said.into_iter().map(|said| said.words).collect();
    Ok(Said::new(outcome, words.join(", ")))
}

/// What holds for every role: maintenance, a daemon that begins or ends. A drained server that dies was not meant to.
fn set_apart(instance: &InstanceJson) -> Result<Option<Said>, String> {
    let (state, any) = verdict(instance, Role::Any)?;
    if state == State::Up {
        return Ok(None);
    }
    Ok(match any.code.as_str() {
        "starting" => Some(Said::new(Outcome::Unknown, format!("not known {}", because(any)))),
        "stopping" => Some(Said::new(Outcome::Warning, format!("out {}", because(any)))),
        "maintenance" => {
            let (_, reader) = verdict(instance, Role::Reader)?;
            let drained = reader.code != any.code || reader.state == State::Drain.name();
            let probe = any.gates.iter().find(|gate| gate.gate == "probe" && gate.ruling == "fail");
            let word = if drained { "drained" } else { "in maintenance" };
            let (outcome, server) = match probe {
                None => (Outcome::Warning, String::new()),
                Some(gate) => {
                    let outcome = if drained { Outcome::Critical } else { Outcome::Warning };
                    (outcome, format!(", its server does not answer: {}", gate.reason.as_deref().unwrap_or("unknown")))
                }
            };
            Some(Said::new(outcome, format!("{word} {}{server}", any.reason)))
        }
        _ => None,
    })
}

/// Up by an exception that people should know of.
fn noted(verdict: &VerdictJson) -> Outcome {
    match verdict.code.as_str() {
        "overloaded" | "state-not-saved" => Outcome::Warning,
        _ => Outcome::Ok,
    }
}

fn up(role: Role, verdict: &VerdictJson) -> String {
    let role = if role == Role::Any { String::new() } else { format!("{role} ") };
    match verdict.code.as_str() {
        "" => format!("{role}up"),
        "overloaded" => format!("{role}up overloaded: it has no connection left for the probe"),
        "state-not-saved" => format!("{role}up state-not-saved: healthd cannot write its state directory"),
        code => format!("{role}up {}", crate::text::clean::one_line(code, 40)),
    }
}

fn reader(instance: &InstanceJson, role: Role) -> Result<Said, String> {
    let (state, its) = verdict(instance, role)?;
    Ok(match state {
        State::Up => Said::new(noted(its), up(role, its)),
        State::Drain => Said::new(Outcome::Warning, format!("{role} drained {}", because(its))),
        State::Down => Said::new(reader_down(&its.code), format!("{role} down {}", because(its))),
    })
}

fn reader_down(code: &str) -> Outcome {
    match code {
        // On purpose, and for ever.
        "delayed" => Outcome::Ok,
        "galera-non-primary" | "galera-rejects-queries" | "gr-no-majority" | "gr-not-online" | "not-galera" => {
            Outcome::Critical
        }
        // Nothing is known, and the reason names the GRANT.
        code if code.ends_with("-unreadable") => Outcome::Unknown,
        _ => Outcome::Warning,
    }
}

/// Nothing where the role is not used, or where the reader has the same reason.
fn writer(instance: &InstanceJson) -> Result<Option<Said>, String> {
    let (state, its) = verdict(instance, Role::Writer)?;
    let (_, reader) = verdict(instance, Role::Reader)?;
    let holds = instance.writer.is_some_and(|writer| writer.holder);
    if state == State::Up {
        let words = match instance.writer.filter(|writer| writer.holder) {
            Some(writer) if noted(its) == Outcome::Ok => format!("writer serving (epoch {})", writer.epoch),
            _ => up(Role::Writer, its),
        };
        return Ok(Some(Said::new(noted(its), words)));
    }
    let used = instance.writer.is_some() || instance.default_role == Role::Writer.name();
    let down = format!("writer down {}", because(its));
    Ok(match its.code.as_str() {
        // Not asked for until now.
        "position-unknown" if !used => None,
        code if code == reader.code && !holds => None,
        "read-only" if !holds => Some(Said::new(Outcome::Ok, "no writer (read-only)")),
        "standby" if !holds => Some(standby(its)),
        _ => Some(Said::new(writer_down(&its.code, holds, instance), down)),
    })
}

/// A standby that does not hear the holder says nothing of whether anybody serves.
fn standby(its: &VerdictJson) -> Said {
    let words = format!("writer standby ({})", its.reason);
    match its.gates.iter().find(|gate| gate.gate == "peer" && gate.ruling != "pass") {
        None => Said::new(Outcome::Ok, words),
        Some(peer) => Said::new(Outcome::Warning, format!("{words}, which is {}", peer.measured)),
    }
}

fn writer_down(code: &str, holds: bool, instance: &InstanceJson) -> Outcome {
    match code {
        "canary-failed" | "canary-hangs" => Outcome::Critical,
        code if NEEDS_A_PERSON.contains(&code) => Outcome::Critical,
        // Given away by command, within seconds.
        "handing-over" | "yielded" => Outcome::Warning,
        // The holder does not serve, so nobody does.
        _ if holds => Outcome::Critical,
        // With a witness it is asked for when HAProxy has no other; without, the other serves until it gives it away.
        "asking" | "behind-final" => match instance.writer {
            Some(_) => Outcome::Critical,
            None => Outcome::Warning,
        },
        // A replica is always a little behind; how much is too much, the reader role says.
        "behind" | "behind-peer" if replicates(instance) => Outcome::Ok,
        "behind" | "behind-peer" => Outcome::Warning,
        code if WAITS.contains(&code) => Outcome::Warning,
        code if code.starts_with("galera-") || code.starts_with("gr-") => reader_down(code),
        // What could not be read, and what a newer healthd says.
        _ => Outcome::Unknown,
    }
}
