//! `healthd check` for people: the verdict, then every gate with value, limit and ruling.

use std::fmt::{self, Write as _};

use super::json::{self, GateJson, InstanceJson, VerdictJson};
use crate::verdict::State;
use crate::verdict::severity::Color;

/// With colors or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// ANSI colors.
    Color,
    /// Plain text.
    Plain,
}

impl Paint {
    fn word(self, word: &str, width: usize, color: Color) -> String {
        let code = match color {
            Color::Green => "32",
            Color::Amber => "33",
            Color::Red => "31",
        };
        match self {
            Paint::Color => format!("\u{1b}[1;{code}m{word:width$}\u{1b}[0m"),
            Paint::Plain => format!("{word:width$}"),
        }
    }
}

/// Renders one verdict of one instance.
pub fn table(instance: &InstanceJson, verdict: &VerdictJson, paint: Paint) -> String {
    let mut text = String::new();
    write_table(&mut text, instance, verdict, paint).expect("writing to a String cannot fail");
    text
}

fn write_table(text: &mut String, instance: &InstanceJson, verdict: &VerdictJson, paint: Paint) -> fmt::Result {
    let server = instance.server.as_deref().unwrap_or("server not seen yet");
    let port = instance.port.map(|port| format!(" port {port}")).unwrap_or_default();
    let state = paint.word(&verdict.state, 0, verdict.known_state().map_or(Color::Red, State::color));
    let because = match (verdict.code.as_str(), verdict.reason.as_str()) {
        ("", _) => String::new(),
        (code, "") => format!(" ({code})"),
        (code, reason) => format!(" {code}: {reason}"),
    };
    writeln!(text, "{}{port} as {}: {state}{because}", instance.name, verdict.role)?;
    writeln!(text, "{server}\n")?;
    let name = |gate: &GateJson| match &gate.channel {
        Some(channel) => format!("{} {channel}", gate.gate),
        None => gate.gate.clone(),
    };
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let names = width(&mut verdict.gates.iter().map(|gate| name(gate).chars().count()));
    let limits = width(&mut verdict.gates.iter().map(|gate| gate.limit.chars().count())).max(5);
    writeln!(text, "  {:6} {:names$}  {:limits$}  measured", "", "gate", "limit")?;
    for gate in &verdict.gates {
        let ruling = paint.word(&gate.ruling, 6, json::color(&gate.ruling));
        write!(text, "  {ruling} {:names$}  {:limits$}  {}", name(gate), gate.limit, gate.measured)?;
        match (&gate.reason, &gate.code) {
            (Some(reason), _) => {
                write!(text, "\n         {:names$}  {reason}", "")?;
            }
            (None, Some(code)) => {
                write!(text, " ({code})")?;
            }
            (None, None) => {}
        }
        text.push('\n');
    }
    Ok(())
}
