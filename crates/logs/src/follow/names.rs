//! The names that rotated generations have: `.1`, `.2.gz`, `-20261201`, `-2026120113.gz`, and so on.

use std::collections::HashMap;

/// A rotated generation's name, next to the live file `base`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rotated {
    /// The file name.
    pub(crate) name: Vec<u8>,
    /// Whether it is compressed by gzip.
    pub(crate) gzip: bool,
    /// What the name says about its age.
    pub(crate) age: Age,
}

/// What a name says about a generation's age. Names of different kinds do not compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Age {
    /// `.1`, `.2`: a higher number is older. savelog begins with `.0`.
    Number(u64),
    /// The digits of a date, with or without the time of day: a later date is newer.
    Date(Vec<u8>),
}

impl Age {
    /// Sorts the newest first. `None` if the two names are of different kinds.
    pub(crate) fn newest_first(&self, other: &Age) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Age::Number(one), Age::Number(two)) => Some(one.cmp(two)),
            (Age::Date(one), Age::Date(two)) => Some(two.cmp(one)),
            _ => None,
        }
    }
}

/// Of the names in a directory, those of rotated generations of `base`. Where a file and its compressed form both
/// exist, the compression is not finished, and only the file is in the result.
pub(crate) fn rotated(base: &[u8], names: impl IntoIterator<Item = Vec<u8>>) -> Vec<Rotated> {
    let mut by_stem: HashMap<Vec<u8>, Rotated> = HashMap::new();
    for name in names {
        let gzip = name.ends_with(b".gz");
        let stem = name.strip_suffix(b".gz").unwrap_or(&name).to_vec();
        let Some(age) = age(base, &stem) else { continue };
        let found = Rotated { name, gzip, age };
        match by_stem.get(&stem) {
            Some(known) if !known.gzip => {}
            _ => {
                by_stem.insert(stem, found);
            }
        }
    }
    by_stem.into_values().collect()
}

/// The age in a name without `.gz`; `None` if it is not one of a rotated generation of `base`.
fn age(base: &[u8], stem: &[u8]) -> Option<Age> {
    let after = stem.strip_prefix(base);
    // logrotate's `extension .log`: mail.log becomes mail-20261201.log.
    let between = || {
        let dot = base.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0)?;
        let (begin, extension) = base.split_at_checked(dot)?;
        stem.strip_prefix(begin)?.strip_suffix(extension)
    };
    let (separator, rest) = after.filter(|rest| !rest.is_empty()).or_else(between)?.split_first()?;
    let only_digits = rest.iter().all(u8::is_ascii_digit);
    let date_like = rest.iter().all(|byte| byte.is_ascii_digit() || b"-_.:T".contains(byte));
    let first_is_digit = rest.first().is_some_and(u8::is_ascii_digit);
    match separator {
        b'.' if only_digits && (1..=5).contains(&rest.len()) => {
            let number = rest.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
            Some(Age::Number(number))
        }
        b'.' | b'-' | b'_' if date_like && first_is_digit => {
            Some(Age::Date(rest.iter().copied().filter(u8::is_ascii_digit).collect()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rotated_generations_are_known_and_others_are_not() {
        let date = |digits: &str| Some(Age::Date(digits.as_bytes().to_vec()));
        for (stem, expected) in [
            ("mail.log.1", Some(Age::Number(1))),
            ("mail.log.0", Some(Age::Number(0))),
            ("mail.log.52", Some(Age::Number(52))),
            ("mail.1.log", Some(Age::Number(1))),
            ("mail.log-20261201", date("20261201")),
            ("mail.log.20261201", date("20261201")),
            ("mail.log-2026120113", date("2026120113")),
            ("mail.log-2026-12-01", date("20261201")),
            ("mail.log-2026-12-01_13:00:00", date("20261201130000")),
            ("mail.log-20261201-1796086800", date("202612011796086800")),
            ("mail.log_20261201", date("20261201")),
            ("mail-20261201.log", date("20261201")),
            ("mail.log", None),
            ("mail.log.", None),
            ("mail.log.bak", None),
            ("mail.log.1.bak", None),
            ("mail.log-", None),
            ("mail.log~", None),
            ("mail.log2", None),
            ("mail.logs.1", None),
            ("mail.err.1", None),
            ("mail-old.log", None),
            ("xmail.log.1", None),
        ] {
            assert_eq!(age(b"mail.log", stem.as_bytes()), expected, "{stem}");
        }
        assert_eq!(age(b"maillog", b"maillog-20261201"), date("20261201"));
        assert_eq!(age(b"maillog", b"maillog.3"), Some(Age::Number(3)));
    }

    #[test]
    fn a_file_hides_its_unfinished_compressed_form() {
        let names = ["mail.log.1.gz", "mail.log.1", "mail.log.2.gz", "mail.log.2.xz"];
        let mut found: Vec<_> = rotated(b"mail.log", names.iter().map(|name| name.as_bytes().to_vec()))
            .into_iter()
            .map(|rotated| String::from_utf8(rotated.name).expect("a name"))
            .collect();
        found.sort();
        assert_eq!(found, ["mail.log.1", "mail.log.2.gz"]);
    }

    #[test]
    fn lower_numbers_and_later_dates_are_newer() {
        let order = |one: &str, two: &str| {
            age(b"l", one.as_bytes()).expect("a name").newest_first(&age(b"l", two.as_bytes()).expect("a name"))
        };
        assert_eq!(order("l.1", "l.10"), Some(std::cmp::Ordering::Less));
        assert_eq!(order("l.2", "l.10"), Some(std::cmp::Ordering::Less));
        assert_eq!(order("l-20261202", "l-20261201"), Some(std::cmp::Ordering::Less));
        assert_eq!(order("l-2026120100", "l-2026120101"), Some(std::cmp::Ordering::Greater));
        assert_eq!(order("l.1", "l-20261201"), None);
    }
}
