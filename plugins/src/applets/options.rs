//! What the command lines have in common.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::{Range, Thresholds};

use crate::output::Plugin;

/// Reads a command line.
///
/// # Errors
/// What to print instead: help, or one line that says what is wrong. clap itself would exit with 2, which is CRITICAL, and
/// print nothing on stdout.
pub(crate) fn parse<T: Parser>(arguments: Vec<OsString>) -> Result<T, Plugin> {
    T::try_parse_from(arguments).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Plugin::information(error.render().to_string())
        }
        _ => {
            let text = error.render().to_string();
            // clap's paragraphs: the fault, then tips and usage.
            let fault = text.split("\n\n").next().unwrap_or_default();
            let fault = fault.trim_start_matches("error: ").to_owned();
            Plugin::usage(format!("{fault} (--help shows the options)"))
        }
    })
}

/// `-w` and `-c` over a check's defaults; an empty text is none.
///
/// # Errors
/// A line that says which one is no range.
pub(crate) fn thresholds(
    (warning, critical): (Option<&str>, Option<&str>),
    defaults: (&str, &str),
) -> Result<Thresholds, Plugin> {
    let range = |option: &str, given: Option<&str>, default: &str| match given.unwrap_or(default) {
        "" => Ok(None),
        text => match text.parse::<Range>() {
            Ok(range) => Ok(Some(range)),
            Err(error) => Err(Plugin::usage(format!("{option} {error}"))),
        },
    };
    Ok(Thresholds { warning: range("-w", warning, defaults.0)?, critical: range("-c", critical, defaults.1)? })
}

/// A path that may be empty, as a macro that expands to nothing leaves it: the applet takes it as if it were not there.
pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// A time in seconds, or as people write it: `9`, `1.5`, `500ms`, `2m`.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = seconds.or_else(|| humantime::parse_duration(text).ok());
    time.filter(|time| !time.is_zero()).ok_or_else(|| "write seconds, or 500ms, 2m, 1h".to_owned())
}

/// A size in bytes, or as people write it: `64G`, `512MiB`; each unit is 1024 times the one before.
pub(crate) fn size(text: &str) -> Result<u64, String> {
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
    bytes.ok_or_else(|| "write bytes, or 64G, 512M".to_owned())
}

/// An outcome by its name.
pub(crate) fn outcome(text: &str) -> Result<Outcome, String> {
    Outcome::parse(text).ok_or_else(|| "write ok, warning, critical or unknown".to_owned())
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
