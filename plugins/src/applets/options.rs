//! Reading a command line: parsing, and the values of options.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::{Range, Thresholds};

use thiserror::Error;

use crate::output::Plugin;

/// The value of an option is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("write {0}")]
pub(crate) struct InvalidValue(pub(crate) &'static str);

/// The ranges of a check whose command line has none; empty for no alert.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Defaults {
    pub(crate) warning: &'static str,
    pub(crate) critical: &'static str,
}

/// Reads a command line.
///
/// # Errors
/// The answer to print instead: help, or one line about the fault. clap itself would exit with 2, which is CRITICAL,
/// and print nothing on stdout.
pub(crate) fn parse<T: Parser>(arguments: Vec<OsString>) -> Result<T, Plugin> {
    T::try_parse_from(arguments).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Plugin::information(error.render().to_string())
        }
        _ => {
            let text = error.render().to_string();
            // clap prints the fault, then paragraphs with tips and usage.
            let fault = text.split("\n\n").next().unwrap_or_default();
            let fault = fault.trim_start_matches("error: ").to_owned();
            Plugin::usage(format!("{fault} (--help shows the options)"))
        }
    })
}

/// The ranges of `-w` and `-c`, or else the defaults. An empty text means no alert.
///
/// # Errors
/// One of them is not a range.
pub(crate) fn thresholds(
    warning: Option<&str>,
    critical: Option<&str>,
    defaults: Defaults,
) -> Result<Thresholds, Plugin> {
    let range = |option: &str, given: Option<&str>, default: &str| match given.unwrap_or(default) {
        "" => Ok(None),
        text => match text.parse::<Range>() {
            Ok(range) => Ok(Some(range)),
            Err(error) => Err(Plugin::usage(format!("{option} {error}"))),
        },
    };
    Ok(Thresholds {
        warning: range("-w", warning, defaults.warning)?,
        critical: range("-c", critical, defaults.critical)?,
    })
}

/// A path that may be empty, as a macro that expands to nothing leaves it. The applets treat an empty one as absent.
pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Parses a time in seconds or with a unit: `9`, `1.5`, `500ms`, `2m`.
pub(crate) fn time(text: &str) -> Result<Duration, InvalidValue> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = seconds.or_else(|| humantime::parse_duration(text).ok());
    time.filter(|time| !time.is_zero()).ok_or(InvalidValue("seconds, or 500ms, 2m, 1h"))
}

/// Parses a size in bytes or with a unit: `64G`, `512MiB`. Each unit is 1024 times the one before.
pub(crate) fn size(text: &str) -> Result<u64, InvalidValue> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = text[digits.len()..].trim().to_ascii_lowercase();
    let power = ["", "k", "m", "g", "t"].iter().position(|known| {
        unit.strip_prefix(known)
            .is_some_and(|rest| matches!(rest, "" | "b" | "ib") && !(known.is_empty() && rest == "ib"))
    });
    let bytes = digits
        .parse::<u64>()
        .ok()
        .zip(power)
        .and_then(|(count, power)| count.checked_mul(1 << (10 * power)).filter(|bytes| *bytes > 0));
    bytes.ok_or(InvalidValue("bytes, or 64G, 512M"))
}

/// Parses the name of an outcome.
pub(crate) fn outcome(text: &str) -> Result<Outcome, InvalidValue> {
    Outcome::parse(text).ok_or(InvalidValue("ok, warning, critical or unknown"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, expected) in [
            ("64G", Some(64 << 30)),
            ("512 MiB", Some(512 << 20)),
            ("1tb", Some(1 << 40)),
            ("1024", Some(1024)),
            ("9B", Some(9)),
            ("0", None),
            ("", None),
            ("G", None),
            ("64X", None),
            ("64ib", None),
            ("-1G", None),
            ("1.5G", None),
            ("99999999T", None),
        ] {
            assert_eq!(super::size(text).ok(), expected, "{text}");
        }
    }
}
