//! The documentation of checks, made from their table.

use std::fmt::Write as _;

use crate::check::{Check, Need, Topic};
use crate::checks;

/// The page of a check, in Markdown.
pub fn page(check: &Check) -> String {
    let Check { name, about, why, formula, metrics, warning, critical, servers, .. } = check;
    let mut page = format!("# {name}\n\nMeasures {about}.\n\n{why}\n\n");
    let mut line = |text: String| writeln!(page, "{text}").expect("a String takes it");
    line("| | |\n| --- | --- |".to_owned());
    line(format!("| value | {formula} |"));
    let thresholds = |range: &str, outcome: &str| match range {
        "" => format!("| {outcome} | no default |"),
        range => format!("| {outcome} | outside `{range}` |"),
    };
    line(thresholds(warning, "WARNING"));
    line(thresholds(critical, "CRITICAL"));
    line(format!("| servers | {servers} |"));
    let mut privileges: Vec<&str> = check.needs.iter().filter_map(|need| need.privilege()).collect();
    privileges.dedup();
    let no_server = check.needs.iter().all(Need::is_local);
    let privileges = match privileges.as_slice() {
        [] if no_server => "none: no server is asked".to_owned(),
        [] => "none but a login".to_owned(),
        privileges => privileges.join("; "),
    };
    line(format!("| privileges | {privileges} |"));
    let modes: Vec<String> = check.modes.iter().flat_map(|mode| mode.names).map(|name| format!("`{name}`")).collect();
    if !modes.is_empty() {
        line(format!("| in check_mysql_health | {} |", modes.join(", ")));
    }
    line("\n| perfdata | unit | |\n| --- | --- | --- |".to_owned());
    for metric in *metrics {
        line(format!("| `{}` | {} | {} |", metric.label, metric.unit.name(), metric.about));
    }
    let asked = if no_server { "--name /var/backups/mysql" } else { "--defaults-file /etc/healthd/monitoring.cnf" };
    line(format!("\n```sh\ncheck_my {name} {asked}\n```"));
    page
}

/// The list of all pages.
pub fn index() -> String {
    let mut page = "# Checks\n\n`check_my NAME`; `check_my health` asks those marked with • in one connection. Made from the table in \
        `crates/core/src/checks`.\n"
        .to_owned();
    let mut topics: Vec<Topic> = checks::ALL.iter().map(|check| check.topic).collect();
    topics.sort_unstable();
    topics.dedup();
    for topic in topics {
        write!(page, "\n## {}\n\n| check | measures | -w | -c |\n| --- | --- | --- | --- |\n", topic.name())
            .expect("a String takes it");
        for check in checks::ALL.iter().filter(|check| check.topic == topic) {
            let standard = checks::STANDARD.iter().any(|standard| standard.name == check.name);
            let Check { name, about, warning, critical, .. } = check;
            let mark = if standard { " •" } else { "" };
            writeln!(page, "| [{name}]({name}.md){mark} | {about} | {warning} | {critical} |")
                .expect("a String takes it");
        }
    }
    page
}
