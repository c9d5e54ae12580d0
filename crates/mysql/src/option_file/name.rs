//! The prefixes that an option name can have.

/// What the prefix of an option name does to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// None, or `loose-`, which only says that the client may not know the option.
    Plain,
    /// `enable-`
    Enable,
    /// `skip-` or `disable-`
    Skip,
}

/// Splits a normalized name into the meaning of its prefixes and the name itself.
///
/// Prefixes may be combined. Of several, the clients apply the last one, so `skip-loose-ssl` turns `ssl` on.
pub(super) fn split_prefix(name: &str) -> (Prefix, &str) {
    const PREFIXES: [(&str, Prefix); 4] =
        [("loose-", Prefix::Plain), ("enable-", Prefix::Enable), ("skip-", Prefix::Skip), ("disable-", Prefix::Skip)];
    let (mut meaning, mut rest) = (Prefix::Plain, name);
    while let Some((stripped, prefix)) =
        PREFIXES.iter().find_map(|(text, prefix)| rest.strip_prefix(text).map(|stripped| (stripped, *prefix)))
    {
        (meaning, rest) = (prefix, stripped);
    }
    (meaning, rest)
}

/// Whether the value of the option is a password, under any name that a client accepts.
///
/// Clients accept abbreviations. Those shorter than `pas` fit other options as well and are refused by them.
pub(super) fn is_password(name: &str) -> bool {
    let (_, stem) = split_prefix(name);
    matches!(stem, "password1" | "password2" | "password3") || (stem.len() >= 3 && "password".starts_with(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_stripped_and_the_last_one_counts() {
        for (name, expected) in [
            ("ssl", (Prefix::Plain, "ssl")),
            ("loose-ssl", (Prefix::Plain, "ssl")),
            ("skip-ssl", (Prefix::Skip, "ssl")),
            ("disable-ssl", (Prefix::Skip, "ssl")),
            ("enable-ssl", (Prefix::Enable, "ssl")),
            ("loose-skip-ssl", (Prefix::Skip, "ssl")),
            ("skip-loose-ssl", (Prefix::Plain, "ssl")),
            ("skip-enable-ssl", (Prefix::Enable, "ssl")),
            ("loosessl", (Prefix::Plain, "loosessl")),
            ("skip-", (Prefix::Skip, "")),
        ] {
            assert_eq!(split_prefix(name), expected, "{name}");
        }
    }

    #[test]
    fn a_password_is_recognized_under_all_its_names() {
        for name in ["password", "loose-password", "pass", "pas", "password1", "password3"] {
            assert!(is_password(name), "{name}");
        }
        for name in ["", "pa", "pager", "passwords", "user", "password4"] {
            assert!(!is_password(name), "{name}");
        }
    }
}
