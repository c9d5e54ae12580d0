//! The names of instances and nodes.

use healthd_core::text::clean::one_line;

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

/// How an instance is named in a command or a URL: by name, or by the port that means it.
pub(crate) fn named<'a, T>(
    items: impl Iterator<Item = &'a T>,
    wanted: &str,
    of: impl Fn(&T) -> (&str, Option<u16>),
) -> Option<&'a T> {
    let port = healthd_mysql::login::address::parse_port(wanted);
    let mut by_port = None;
    for item in items {
        let (name, its_port) = of(item);
        if name == wanted {
            return Some(item);
        }
        if port.is_some() && its_port == port {
            by_port = Some(item);
        }
    }
    by_port
}
