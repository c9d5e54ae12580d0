//! Regular expressions of a command line.

use regex_lite::{Regex, RegexBuilder};

/// An expression as crate `regex-lite` knows them: those of Perl, without look-around and back references, and in time that is linear
/// whatever the text.
///
/// # Errors
/// One line that says which option has none, and why.
pub(super) fn regular(option: &str, pattern: &str, ignore_case: bool) -> Result<Regex, String> {
    RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(1 << 20).build().map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("{option} is no regular expression: {why}")
    })
}
