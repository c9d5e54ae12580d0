//! `check_my --list`, and the message for a name that is not in it.

use std::fmt::Write as _;

use healthd_core::check::Topic;
use healthd_core::checks;
use healthd_core::text::clean::one_line;

use super::arguments::{HEALTH, SQL};

/// One line for each check, by topic.
pub(super) fn list() -> String {
    let mut topics: Vec<Topic> = checks::ALL.iter().map(|check| check.topic).collect();
    topics.sort_unstable();
    topics.dedup();
    let standard: Vec<&str> = checks::STANDARD.iter().map(|check| check.name).collect();
    let mut text = format!("{HEALTH}: these checks in one connection: {}\n", standard.join(", "));
    writeln!(text, "{SQL}: the number that a statement of your own returns (--query)").expect("a String takes it");
    for topic in topics {
        writeln!(text, "{}:", topic.name()).expect("a String takes it");
        for check in checks::ALL.iter().filter(|check| check.topic == topic) {
            let thresholds = match (check.warning, check.critical) {
                ("", "") => String::new(),
                (warning, "") => format!(" (-w {warning})"),
                ("", critical) => format!(" (-c {critical})"),
                (warning, critical) => format!(" (-w {warning} -c {critical})"),
            };
            writeln!(text, "  {:<24} {}{thresholds}", check.name, check.about).expect("a String takes it");
        }
    }
    text
}

/// The message for an unknown name.
pub(super) fn unknown(name: &str) -> String {
    let name = one_line(name, 40);
    match checks::find_mode(&name) {
        Some((check, _)) => format!("unknown check `{name}`: here its name is {}", check.name),
        None => format!("unknown check `{name}`: check_my --list prints all checks"),
    }
}
