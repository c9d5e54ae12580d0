//! The status page: instances, verdicts, reasons. It has no script and no external resource, and reloads itself.

use std::fmt::{self, Write as _};

use super::html::{STYLE, escape};
use super::json::{self, InstanceJson, VerdictJson};
use crate::text::duration::short;
use crate::verdict::Look;
use crate::verdict::code::ReasonCode;
use crate::verdict::severity::Color;

/// What the page shows about the daemon itself.
#[derive(Debug, Clone)]
pub struct Header<'a> {
    /// The node's name.
    pub host: &'a str,
    /// healthd's version.
    pub version: &'a str,
    /// How long it has been running.
    pub uptime: std::time::Duration,
    /// Why the last reload was refused, if it was.
    pub reload_error: Option<&'a str>,
    /// The logs that are read; `None` if none is configured.
    pub logs: Option<LogsLine>,
}

/// What the page says of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogsLine {
    /// How many are read.
    pub logs: usize,
    /// How many cannot be read or stored now.
    pub faults: usize,
}

/// Renders the page.
pub fn page(header: &Header<'_>, instances: &[InstanceJson]) -> String {
    let mut html = String::with_capacity(4096);
    write_page(&mut html, header, instances).expect("writing to a String cannot fail");
    html
}

fn write_page(html: &mut String, header: &Header<'_>, instances: &[InstanceJson]) -> fmt::Result {
    let host = escape(header.host);
    write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"5\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{} {host} healthd</title>\
         <style>{STYLE}</style></head><body><h1>healthd on {host}</h1>\
         <p class=\"dim\">version {}, running for {} · <a href=\"/instances\">JSON</a> · <a \
         href=\"/metrics\">metrics</a> \
         · reloads every 5 s</p>",
        headline(instances),
        escape(header.version),
        short(header.uptime),
    )?;
    if let Some(LogsLine { logs, faults }) = header.logs {
        let plural = if logs == 1 { "" } else { "s" };
        let (class, state) = match faults {
            0 => ("dim", String::new()),
            faults => ("alert", format!(", <b>{faults} with a fault</b>")),
        };
        write!(html, "<p class=\"{class}\">reads {logs} log{plural}{state}: <a href=\"/logs\">log counters</a></p>")?;
    }
    if let Some(error) = header.reload_error {
        write!(
            html,
            "<p class=\"alert\"><b>The last reload was refused, the configuration before it is in use.</b> {}</p>",
            escape(error)
        )?;
    }
    for instance in instances {
        section(html, instance)?;
    }
    html.write_str("</body></html>\n")
}

/// The first word of the title, so that the browser tab shows the worst default verdict.
fn headline(instances: &[InstanceJson]) -> String {
    let down = instances.iter().filter(|instance| !is_well(instance)).count();
    match down {
        0 => "ok:".to_owned(),
        n => format!("{n} of {} not up:", instances.len()),
    }
}

/// Whether the answer to its checks is as it should be.
fn is_well(instance: &InstanceJson) -> bool {
    let default = instance.verdicts.iter().find(|verdict| verdict.role == instance.default_role);
    default.and_then(look).is_some_and(|look| look.well)
}

fn section(html: &mut String, instance: &InstanceJson) -> fmt::Result {
    let name = escape(&instance.name);
    let port = instance.port.map(|port| format!(" · port {port}")).unwrap_or_default();
    let server = instance.server.as_deref().unwrap_or("not seen yet");
    let age =
        instance.age_seconds.map_or_else(|| "never answered".to_owned(), |age| format!("last probe {age:.1} s ago"));
    write!(html, "<h2>{name}</h2><p class=\"dim\">{}{port} · {age}</p><table>", escape(server))?;
    // A role that this server can never have is shown only if its checks ask for it.
    let applies =
        |verdict: &&VerdictJson| verdict.role == instance.default_role || look(verdict).is_none_or(|look| look.used);
    for verdict in instance.verdicts.iter().filter(applies) {
        row(html, instance, verdict)?;
    }
    html.write_str("</table>")
}

fn row(html: &mut String, instance: &InstanceJson, verdict: &VerdictJson) -> fmt::Result {
    let default = if verdict.role == instance.default_role { " <span class=\"dim\">default</span>" } else { "" };
    let look = look(verdict);
    let (word, class) = look.map_or((verdict.state.as_str(), "down"), |look| (look.word, css(look.color)));
    let (word, code) = (escape(word), escape(&verdict.code));
    write!(html, "<tr><th>{}{default}</th><td class=\"state {class}\">{word}</td><td>", escape(&verdict.role))?;
    if !code.is_empty() && code != word {
        write!(html, "<code>{code}</code> ")?;
    }
    html.write_str(&escape(&verdict.reason))?;
    if let Some(holder) = holder(verdict) {
        let between = if verdict.reason.is_empty() { "" } else { " · " };
        write!(html, "{between}<span class=\"dim\">{}</span>", escape(holder))?;
    }
    // A gate that an operator has overridden should be easy to find.
    if let Some(order) = verdict.gates.iter().rfind(|gate| gate.gate == "order") {
        write!(html, "<br><span class=\"dim\">last order: {}</span>", escape(&order.measured))?;
    }
    let open = if look.is_some_and(|look| look.well) { "" } else { " open" };
    write!(html, "<details{open}><summary class=\"dim\">gates</summary><table>")?;
    for gate in &verdict.gates {
        let class = css(json::color(&gate.ruling));
        let channel = gate.channel.as_deref().map(|name| format!(" {}", escape(name))).unwrap_or_default();
        write!(
            html,
            "<tr><td class=\"{class}\">{}</td><td>{}{channel}</td><td>{}</td><td class=\"dim\">limit: {}</td></tr>",
            escape(&gate.ruling),
            escape(&gate.gate),
            escape(&gate.measured),
            escape(&gate.limit)
        )?;
    }
    html.write_str("</table></details></td></tr>")
}

/// How a verdict is shown; `None` for a state that is not known here.
fn look(verdict: &VerdictJson) -> Option<Look> {
    Some(Look::of(verdict.known_state()?, verdict.known_code()))
}

fn css(color: Color) -> &'static str {
    match color {
        Color::Green => "up",
        Color::Amber => "drain",
        Color::Red => "down",
    }
}

/// The holder of the role, if there is one and the reason does not name it.
fn holder(verdict: &VerdictJson) -> Option<&str> {
    let standby = verdict.known_code() == Some(ReasonCode::Standby);
    let role = verdict.gates.iter().find(|gate| gate.gate == "role" && !standby)?;
    // Not if the answer does not come from the state machine.
    (role.measured != "unknown").then_some(&role.measured)
}
