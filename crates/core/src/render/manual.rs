//! The documentation of checks, generated from their table.

use std::fmt::Write as _;

use crate::check::{Check, Topic};
use crate::checks;
use crate::facts::Need;

/// The page of a check, in Markdown.
pub fn page(check: &Check) -> String {
    let Check { name, about, why, formula, metrics, warning, critical, named, servers, .. } = check;
    let mut page = format!("# {name}\n\n{}.\n\n{why}\n\n", capitalized(about));
    let mut line = |text: String| writeln!(page, "{text}").expect("a String takes it");
    line("| | |\n| --- | --- |".to_owned());
    line(format!("| value | {formula} |"));
    let thresholds = |range: &str, outcome: &str| match range {
        "" => format!("| {outcome} | no default |"),
        range => format!("| {outcome} | outside `{range}` |"),
    };
    line(thresholds(warning, "WARNING"));
    line(thresholds(critical, "CRITICAL"));
    if !named.is_empty() {
        line(format!("| `--name` | {named} |"));
    }
    line(format!("| servers | {servers} |"));
    let privileges = privileges(check);
    line(format!("| privileges | {privileges} |"));
    let modes: Vec<String> = check.modes.iter().flat_map(|mode| mode.names).map(|name| format!("`{name}`")).collect();
    if !modes.is_empty() {
        line(format!("| in check_mysql_health | {} |", modes.join(", ")));
    }
    line("\n| perfdata | unit | |\n| --- | --- | --- |".to_owned());
    for metric in *metrics {
        line(format!("| `{}` | {} | {} |", metric.label, metric.unit.name(), metric.about));
    }
    line(format!("\n```sh\n{}\n```", example(check)));
    page
}

/// The width of every help, in columns of a terminal.
const COLUMNS: usize = 80;

/// A short form of the page, for a terminal.
pub fn help(check: &Check) -> String {
    let Check { name, about, why, formula, metrics, warning, critical, named, servers, .. } = check;
    let mut text = wrapped(&format!("check_my {name}: {about}"), "", "");
    text.push('\n');
    text.push_str(&wrapped(&without_links(why), "", ""));
    text.push('\n');
    let mut line = |label: &str, what: &str| text.push_str(&wrapped(what, &format!("{label:<12}"), &" ".repeat(12)));
    line("Value", &without_links(formula));
    let range = |range: &str| match range {
        "" => "no default".to_owned(),
        range => format!("outside {range}"),
    };
    line("WARNING", &range(warning));
    line("CRITICAL", &range(critical));
    if !named.is_empty() {
        line("--name", named);
    }
    line("Servers", servers);
    line("Privileges", &privileges(check));
    for (at, metric) in metrics.iter().enumerate() {
        let unit = metric.unit.name();
        line(if at == 0 { "Perfdata" } else { "" }, &format!("{}: {} ({unit})", metric.label, metric.about));
    }
    line("Example", &example(check));
    text.push_str("\nRanges: 10 means 0 to 10, 10: at least 10, ~:10 at most 10.\nAll options: check_my --help\n");
    text
}

/// The text without Markdown links, which do not work in a terminal.
fn without_links(text: &str) -> String {
    let mut words = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        words.push_str(before);
        match after.split_once("](").and_then(|(label, link)| Some((label, link.split_once(')')?.1))) {
            Some((label, following)) if !label.contains(']') => {
                words.push_str(label);
                rest = following;
            }
            _ => {
                words.push('[');
                rest = after;
            }
        }
    }
    words.push_str(rest);
    words
}

/// The text with a capital first letter.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Wraps a text to the width of a terminal.
fn wrapped(text: &str, first: &str, others: &str) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line = others.to_owned();
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push_str(line.trim_end());
    lines.push('\n');
    lines
}

/// The privileges that the check needs, in words.
fn privileges(check: &Check) -> String {
    let mut privileges: Vec<&str> = check.needs.iter().filter_map(|need| need.privilege()).collect();
    privileges.dedup();
    match privileges.as_slice() {
        [] if is_local(check) => "none: connects to no server".to_owned(),
        [] => "only a login".to_owned(),
        privileges => privileges.join("; "),
    }
}

/// Whether the check reads only local files.
fn is_local(check: &Check) -> bool {
    check.needs.iter().all(Need::is_local)
}

/// A command line.
fn example(check: &Check) -> String {
    let login = "--defaults-file /etc/healthd/monitoring.cnf";
    match check.name {
        name if is_local(check) => format!("check_my {name} --name /var/backups/mysql"),
        // This check does nothing without a variable.
        name if check.needs.contains(&Need::Named) => format!("check_my {name} --name Threads_running -w 20 {login}"),
        name => format!("check_my {name} {login}"),
    }
}

/// The list of all pages.
pub fn index() -> String {
    let mut page = "# Checks\n\n\
        Run a check with `check_my NAME`. `check_my health` runs all checks marked • over one connection.\n\n\
        This page is generated from `crates/core/src/checks`.\n"
        .to_owned();
    let mut topics: Vec<Topic> = checks::ALL.iter().map(|check| check.topic).collect();
    topics.sort_unstable();
    topics.dedup();
    for topic in topics {
        write!(
            page,
            "\n## {}\n\n| check | what it measures | default `-w` | default `-c` |\n| --- | --- | --- | --- |\n",
            capitalized(topic.name())
        )
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
