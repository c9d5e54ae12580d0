//! One option with its position.

use std::fmt;
use std::path::PathBuf;

/// A line of an option file, shown as `file:line`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file as the caller or an `!include` named it.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// One option of a wanted group.
#[derive(Clone, PartialEq, Eq)]
pub struct OptionEntry {
    name: String,
    written_name: String,
    value: Option<String>,
    location: Location,
}

impl OptionEntry {
    pub(crate) fn new(written_name: &str, value: Option<String>, location: Location) -> Self {
        Self {
            // Clients compare names without regard to case and take `_` for `-`.
            name: written_name.to_ascii_lowercase().replace('_', "-"),
            written_name: written_name.to_owned(),
            value,
            location,
        }
    }

    /// The name in lower case with `-` for `_`, with any `loose-` or `skip-` that was written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value without its quotes and escapes, `None` where the line has no `=`.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// The position of the option.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The argument that a client program makes of this option. It contains a password in plain text: never log it.
    #[must_use]
    pub fn argument(&self) -> String {
        match &self.value {
            Some(value) => format!("--{}={value}", self.written_name),
            None => format!("--{}", self.written_name),
        }
    }
}

/// Hides the value and the name: in a mistyped line, either may contain the password.
impl fmt::Debug for OptionEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OptionEntry").field("location", &self.location).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, value: Option<&str>) -> OptionEntry {
        let location = Location { file: PathBuf::from("my.cnf"), line: 7 };
        OptionEntry::new(name, value.map(str::to_owned), location)
    }

    #[test]
    fn names_are_compared_in_lower_case_with_dashes() {
        assert_eq!(entry("SSL_Verify-server_CERT", None).name(), "ssl-verify-server-cert");
    }

    #[test]
    fn the_argument_keeps_the_name_as_written() {
        assert_eq!(entry("Ssl_ca", Some("x")).argument(), "--Ssl_ca=x");
        assert_eq!(entry("ssl", None).argument(), "--ssl");
    }

    #[test]
    fn debug_shows_the_location_and_no_content() {
        let shown = format!("{:?}", entry("password hunter2", Some("hunter3")));
        assert!(shown.contains("my.cnf") && !shown.contains("hunter"), "{shown}");
    }
}
