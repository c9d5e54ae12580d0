//! The names of instances and nodes.

use healthd_core::render::json::InstanceJson;
use healthd_core::text::clean::one_line;
use healthd_mysql::login::address::parse_port;

/// A text that cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a name: use 1 to 40 letters, digits, dots, hyphens or underscores")]
pub(crate) struct NameError(String);

/// Accepts a name that fits into a URL, a metric label and a log line as it is.
///
/// # Errors
/// When it is empty, too long or has other characters.
pub(crate) fn check_name(name: &str) -> Result<(), NameError> {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if (1..=40).contains(&name.len()) && name.chars().all(good) {
        return Ok(());
    }
    Err(NameError(one_line(name, 50)))
}

/// An item that has a name, and perhaps a port.
pub(crate) trait Named {
    /// Its name.
    fn name(&self) -> &str;
    /// Its port, if it has one.
    fn port(&self) -> Option<u16>;
}

impl Named for InstanceJson {
    fn name(&self) -> &str {
        &self.name
    }

    fn port(&self) -> Option<u16> {
        self.port
    }
}

/// The item that a command or a URL names: by its name, or by its port.
pub(crate) fn named<'a, T: Named>(items: &'a [T], wanted: &str) -> Option<&'a T> {
    let port = parse_port(wanted);
    let by_port = || items.iter().find(|item| port.is_some() && item.port() == port);
    items.iter().find(|item| item.name() == wanted).or_else(by_port)
}
