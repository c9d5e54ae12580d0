//! Values of the file that a function parses.

use serde::Deserializer;

/// Parses a text by a function. This happens inside a visitor, so that the file's parser adds the position also within
/// a list.
pub(super) fn read_text<'de, D, T>(deserializer: D, read: impl Fn(&str) -> Result<T, String>) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    struct Visitor<F>(F);
    impl<T, F: Fn(&str) -> Result<T, String>> serde::de::Visitor<'_> for Visitor<F> {
        type Value = T;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a text")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            self.0(text).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Visitor(read))
}
