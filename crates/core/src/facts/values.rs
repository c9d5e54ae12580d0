//! Variables and counters as a server gives them, and those of an earlier run.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fact::Fact;

/// Variables and their values, by name. The names of status variables ignore case, as the server's do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// The value as the server wrote it.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// The value as a number; `ON` and `YES` are 1, `OFF` and `NO` 0.
    pub fn number(&self, name: &str) -> Option<f64> {
        let text = self.text(name)?;
        match text {
            "ON" | "YES" | "Yes" => Some(1.0),
            "OFF" | "NO" | "No" => Some(0.0),
            text => text.parse().ok().filter(|number: &f64| number.is_finite()),
        }
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Values {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(pairs: T) -> Values {
        Values(pairs.into_iter().map(|(name, value)| (name.as_ref().to_ascii_lowercase(), value.into())).collect())
    }
}

/// The status variables that checks name.
#[derive(Debug)]
pub struct StatusVariables;

impl Fact for StatusVariables {
    type Value = Values;
    const NAME: &'static str = "the status variables";
}

/// The system variables that checks name.
#[derive(Debug)]
pub struct SystemVariables;

impl Fact for SystemVariables {
    type Value = Values;
    const NAME: &'static str = "the system variables";
}

/// The counters of an earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct Before {
    /// How long ago they were read.
    pub age: Duration,
    /// The status variables.
    pub status: Values,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_whatever_the_case_and_numbers_are_numbers() {
        let values: Values =
            [("Uptime", "42"), ("wsrep_ready", "ON"), ("version", "10.11"), ("x", "1 MB"), ("y", "inf")]
                .into_iter()
                .collect();
        assert_eq!(values.number("uptime"), Some(42.0));
        assert_eq!(values.number("WSREP_READY"), Some(1.0));
        assert_eq!(values.text("Version"), Some("10.11"));
        assert_eq!([values.number("x"), values.number("y"), values.number("z")], [None; 3]);
    }
}
