//! The labels of a series.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Label names with their values, sorted by name; no name occurs twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Labels(std::collections::BTreeMap<String, String>);

impl Labels {
    /// The value of the series that takes every label set beyond a counter's `max_series`.
    pub const OTHER: &'static str = "(other)";

    /// The pairs, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a label.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether these labels have every pair of `wanted`.
    pub fn match_all(&self, wanted: &Labels) -> bool {
        wanted.iter().all(|(name, value)| self.get(name) == Some(value))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Labels {
        Labels(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// As people read them: `status=sent host=mx1`; nothing for no labels.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (name, value)) in self.iter().enumerate() {
            let space = if number == 0 { "" } else { " " };
            write!(f, "{space}{name}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_matches_when_it_has_every_wanted_pair() {
        let of = |pairs: &[(&str, &str)]| pairs.iter().copied().collect::<Labels>();
        let series = of(&[("host", "mx1"), ("status", "sent")]);
        assert!(series.match_all(&Labels::default()));
        assert!(series.match_all(&of(&[("status", "sent")])));
        assert!(!series.match_all(&of(&[("status", "bounced")])));
        assert!(!series.match_all(&of(&[("relay", "x")])));
        assert_eq!(series.to_string(), "host=mx1 status=sent");
    }
}
