//! Regular expressions of a command line.

use regex_lite::{Regex, RegexBuilder};
use thiserror::Error;

use crate::output::Plugin;

/// A pattern of the command line is invalid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum PatternError {
    /// It is not a regular expression.
    #[error("{option} is not a regular expression: {why}")]
    NotRegular {
        /// The option.
        option: &'static str,
        /// The fault.
        why: String,
    },
    /// The option has another form.
    #[error("{option} expects {form}")]
    Form {
        /// The option.
        option: &'static str,
        /// The form, with an example.
        form: &'static str,
    },
}

impl From<PatternError> for Plugin {
    fn from(error: PatternError) -> Plugin {
        Plugin::usage(error.to_string())
    }
}

/// Compiles a regular expression of crate `regex-lite`: as in Perl, without look-around and back references. Matching
/// takes linear time.
///
/// # Errors
/// It is not a regular expression.
pub(super) fn regular(option: &'static str, pattern: &str, ignore_case: bool) -> Result<Regex, PatternError> {
    RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(1 << 20).build().map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        PatternError::NotRegular { option, why }
    })
}
