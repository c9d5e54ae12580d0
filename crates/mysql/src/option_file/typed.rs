//! The known options, and the meaning of their values.

use super::entry::{Location, OptionEntry};
use super::name::{Prefix, split_prefix};

/// Why a known option cannot be understood. No message quotes a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionValueError {
    /// An option that needs a value has none.
    #[error("option {name} has no value at {at}; write {name}=... (a daemon cannot ask for it)")]
    NoValue {
        /// The option.
        name: &'static str,
        /// Its position.
        at: Location,
    },
    /// A value that is not a boolean.
    #[error("option {name} is not a boolean at {at}; write {name}=0 or {name}=1")]
    NotBoolean {
        /// The option.
        name: &'static str,
        /// Its position.
        at: Location,
    },
    /// `skip-`, `disable-` or `enable-` before an option that is not a boolean.
    #[error("option {name} has a prefix for booleans at {at}; remove the prefix or the line")]
    PrefixOnText {
        /// The option.
        name: &'static str,
        /// Its position.
        at: Location,
    },
    /// An abbreviation, which could stand for another option in the next version of a client.
    #[error("option name is abbreviated at {at}; write it in full, such as {name}")]
    Abbreviated {
        /// An option that it may mean.
        name: &'static str,
        /// Its position.
        at: Location,
    },
}

/// A boolean option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    On,
    Off,
}

/// An option whose name is known.
pub(crate) struct KnownOption<'a> {
    name: &'static str,
    prefix: Prefix,
    entry: &'a OptionEntry,
}

impl<'a> KnownOption<'a> {
    /// Finds the option among the known names; `None` if it belongs to other programs.
    pub(crate) fn find(entry: &'a OptionEntry, known: &[&'static str]) -> Result<Option<Self>, OptionValueError> {
        let (prefix, stem) = split_prefix(entry.name());
        if let Some(name) = known.iter().find(|name| **name == stem) {
            return Ok(Some(Self { name, prefix, entry }));
        }
        match known.iter().find(|name| !stem.is_empty() && name.starts_with(stem)) {
            Some(name) => Err(OptionValueError::Abbreviated { name, at: entry.location().clone() }),
            None => Ok(None),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn prefix(&self) -> Prefix {
        self.prefix
    }

    pub(crate) fn at(&self) -> Location {
        self.entry.location().clone()
    }

    /// The value of an option that takes text. For the clients `skip-user` is the user `0`, which is surely a mistake.
    pub(crate) fn text(&self) -> Result<&'a str, OptionValueError> {
        if self.prefix != Prefix::Plain {
            return Err(OptionValueError::PrefixOnText { name: self.name, at: self.at() });
        }
        self.entry.value().ok_or_else(|| OptionValueError::NoValue { name: self.name, at: self.at() })
    }

    /// The value of a boolean. The clients treat an unknown word as "off", and after a prefix any word but `0` as
    /// "yes". A daemon that then connects without TLS would be a bad surprise, so only unmistakable values are
    /// accepted.
    pub(crate) fn switch(&self) -> Result<Switch, OptionValueError> {
        let value = self.entry.value().map(str::to_ascii_lowercase);
        match (self.prefix, value.as_deref()) {
            (Prefix::Plain, None | Some("1" | "on" | "true"))
            | (Prefix::Enable, None | Some("1"))
            | (Prefix::Skip, Some("0")) => Ok(Switch::On),
            (Prefix::Plain, Some("0" | "off" | "false"))
            | (Prefix::Enable, Some("0"))
            | (Prefix::Skip, None | Some("1")) => Ok(Switch::Off),
            _ => Err(OptionValueError::NotBoolean { name: self.name, at: self.at() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn entry(name: &str, value: Option<&str>) -> OptionEntry {
        let location = Location { file: PathBuf::from("my.cnf"), line: 7 };
        OptionEntry::new(name, value.map(str::to_owned), location)
    }

    fn switch(name: &str, value: Option<&str>) -> Option<Switch> {
        let entry = entry(name, value);
        let option = KnownOption::find(&entry, &["ssl"]).expect("not abbreviated").expect("known");
        option.switch().ok()
    }

    #[test]
    fn booleans_are_words_digits_or_nothing() {
        for value in [None, Some("1"), Some("on"), Some("TRUE")] {
            assert_eq!(switch("ssl", value), Some(Switch::On), "{value:?}");
        }
        for value in ["0", "OFF", "False"] {
            assert_eq!(switch("ssl", Some(value)), Some(Switch::Off), "{value}");
        }
        for value in ["", "yes", "2", "01", " 1"] {
            assert_eq!(switch("ssl", Some(value)), None, "{value}");
        }
    }

    #[test]
    fn prefixes_turn_booleans_on_and_off() {
        for (name, value, expected) in [
            ("skip-ssl", None, Some(Switch::Off)),
            ("disable_ssl", Some("1"), Some(Switch::Off)),
            ("skip-ssl", Some("0"), Some(Switch::On)),
            ("enable-ssl", None, Some(Switch::On)),
            ("enable-ssl", Some("0"), Some(Switch::Off)),
            ("loose-skip-ssl", None, Some(Switch::Off)),
            ("skip-ssl", Some("off"), None),
            ("enable-ssl", Some("off"), None),
        ] {
            assert_eq!(switch(name, value), expected, "{name}={value:?}");
        }
    }

    #[test]
    fn text_needs_a_value_and_no_prefix() {
        for (name, value, expected) in [
            ("user", Some(""), Some("")),
            ("loose-user", Some("a"), Some("a")),
            ("user", None, None),
            ("skip-user", None, None),
        ] {
            let entry = entry(name, value);
            let option = KnownOption::find(&entry, &["user"]).expect("not abbreviated").expect("known");
            assert_eq!(option.text().ok(), expected, "{name}={value:?}");
        }
    }

    #[test]
    fn an_abbreviation_is_an_error_and_another_name_is_ignored() {
        let find = |name: &str| KnownOption::find(&entry(name, None), &["user"]).map(|found| found.is_some());
        let message = find("loose-us").expect_err("abbreviated").to_string();
        assert_eq!(message, "option name is abbreviated at my.cnf:7; write it in full, such as user");
        for name in ["users", "", "skip-", "host"] {
            assert_eq!(find(name), Ok(false), "{name}");
        }
    }
}
