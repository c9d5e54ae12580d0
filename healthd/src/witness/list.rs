//! The HAProxys that are witnesses, each known by its address, or by a name that it sends with the token.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::name::{NameError, check_name};
use crate::token::Token;

/// One HAProxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Witness {
    /// Every client with this address.
    Address(IpAddr),
    /// Every client that sends this name with the token.
    Name(String),
}

impl FromStr for Witness {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<IpAddr>() {
            Ok(address) => Ok(Witness::Address(address.to_canonical())),
            Err(_) => check_name(text).map(|()| Witness::Name(text.to_owned())),
        }
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Witness::Address(address) => address.fmt(f),
            Witness::Name(name) => f.write_str(name),
        }
    }
}

impl Serialize for Witness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Witness {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What is wrong with `[witness]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WitnessesError {
    /// One of two keys is missing.
    #[error("`names` and `token_file` of [witness] need each other: HAProxy sends its name with the token")]
    NamesWithoutToken,
    /// An address is in the list of names.
    #[error("{0} in `names` of [witness] is an address: move it to `from`")]
    AddressAsName(Witness),
    /// HAProxy would change the token.
    #[error(
        "the token of [witness] contains a character that HAProxy would not send literally: use letters, digits and \
         + / = . _ - only"
    )]
    TokenCharacters,
    /// A HAProxy appears twice.
    #[error("{0} is listed twice in [witness]")]
    Twice(Witness),
}

/// Every HAProxy that must agree. The order numbers them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Witnesses {
    list: Vec<Witness>,
    /// The token that proves a name.
    token: Option<Token>,
}

impl Witnesses {
    /// Addresses first, then names, which need a token.
    ///
    /// # Errors
    /// When the values do not fit together.
    pub(crate) fn new(
        from: impl Iterator<Item = IpAddr>,
        names: Vec<Witness>,
        token: Option<Token>,
    ) -> Result<Witnesses, WitnessesError> {
        if names.is_empty() != token.is_none() {
            return Err(WitnessesError::NamesWithoutToken);
        }
        if let Some(address) = names.iter().find(|name| matches!(name, Witness::Address(_))) {
            return Err(WitnessesError::AddressAsName(address.clone()));
        }
        let plain = |token: &Token| {
            token.expose().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=._-".contains(&byte))
        };
        if !token.as_ref().is_none_or(plain) {
            return Err(WitnessesError::TokenCharacters);
        }
        let list: Vec<_> = from.map(|address| Witness::Address(address.to_canonical())).chain(names).collect();
        match list.iter().enumerate().find(|(at, witness)| list[..*at].contains(witness)) {
            Some((_, twice)) => Err(WitnessesError::Twice(twice.clone())),
            None => Ok(Witnesses { list, token }),
        }
    }

    /// Whether there is no witness.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many must agree.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// In the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Witness> {
        self.list.iter()
    }

    /// The number of a witness, if it is one.
    pub(crate) fn number(&self, wanted: &Witness) -> Option<usize> {
        self.list.iter().position(|witness| witness == wanted)
    }

    /// The witness that sent a request, if it is one. A name with the token precedes the address, because it proves
    /// more.
    pub(crate) fn asking(&self, address: Option<IpAddr>, header: Option<&str>) -> Option<usize> {
        let named = || {
            let (name, token) = header?.trim().split_once([' ', '\t'])?;
            // The token is compared first, so that an unlisted client cannot learn names by timing.
            let trusted = self.token.as_ref()?.is(token.trim_start());
            trusted.then(|| self.number(&Witness::Name(name.to_owned()))).flatten()
        };
        named().or_else(|| self.number(&Witness::Address(address?.to_canonical())))
    }

    /// Whether a witness may connect from this address. With names in the list, that is any address.
    pub(crate) fn may_ask_from(&self, address: IpAddr) -> bool {
        self.token.is_some() || self.asking(Some(address), None).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "a-token-of-the-tests-0123456789";

    fn witnesses() -> Witnesses {
        let names = ["lb1", "lb2"].map(|name| name.parse().expect("a name"));
        let token = Token::of(TOKEN).expect("a token");
        Witnesses::new(["10.0.0.1".parse().expect("an address")].into_iter(), names.to_vec(), Some(token))
            .expect("a list")
    }

    #[test]
    fn who_asks_is_known_by_its_address_or_by_its_name_with_the_token() {
        let from = |text: &str| Some(text.parse().expect("an address"));
        let good = |name: &str| format!("{name} {TOKEN}");
        for (address, header, expected) in [
            (from("10.0.0.1"), None, Some(0)),
            (from("::ffff:10.0.0.1"), None, Some(0)),
            (from("10.0.0.9"), None, None),
            (from("10.0.0.9"), Some(good("lb1")), Some(1)),
            (None, Some(good("lb2")), Some(2)),
            (from("10.0.0.9"), Some(format!("  lb2 \t {TOKEN} ")), Some(2)),
            // The stronger proof.
            (from("10.0.0.1"), Some(good("lb2")), Some(2)),
            // An invalid header proves nothing beyond the address.
            (from("10.0.0.1"), Some("lb2 wrong".to_owned()), Some(0)),
            (from("10.0.0.9"), Some(good("lb3")), None),
            (from("10.0.0.9"), Some(good("10.0.0.1")), None),
            (from("10.0.0.9"), Some("lb1".to_owned()), None),
            (from("10.0.0.9"), Some("lb1 ".to_owned()), None),
            (from("10.0.0.9"), Some(format!("lb1 {TOKEN}0")), None),
            (from("10.0.0.9"), Some(format!("lb1 {}", &TOKEN[1..])), None),
            (from("10.0.0.9"), Some(TOKEN.to_owned()), None),
            (from("10.0.0.9"), Some(String::new()), None),
        ] {
            assert_eq!(witnesses().asking(address, header.as_deref()), expected, "{address:?} {header:?}");
        }
        assert_eq!(Witnesses::default().asking(from("10.0.0.9"), Some(&good("lb1"))), None);
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let token = || Token::of(TOKEN);
        let names =
            |names: &[&str]| names.iter().map(|name| name.parse().expect("a witness")).collect::<Vec<Witness>>();
        let of = |names, token| Witnesses::new([].into_iter(), names, token).map(drop);
        for (refused, words) in [
            (of(names(&["lb1"]), None), "need each other"),
            (of(names(&[]), token()), "need each other"),
            (of(names(&["lb1", "10.0.0.1"]), token()), "10.0.0.1 in `names` of [witness] is an address"),
            (of(names(&["lb1", "lb2", "lb1"]), token()), "lb1 is listed twice"),
            (of(names(&["lb1"]), Token::of("a-token-with-%[env(HOME)]")), "would not send literally"),
        ] {
            assert!(refused.as_ref().is_err_and(|why| why.to_string().contains(words)), "{refused:?} {words}");
        }
        let twice = ["10.0.0.1", "::ffff:10.0.0.1"].map(|text| text.parse().expect("an address"));
        assert!(Witnesses::new(twice.into_iter(), Vec::new(), None).is_err());
        assert!("two words".parse::<Witness>().is_err());
    }

    #[test]
    fn a_list_never_shows_its_token() {
        assert!(!format!("{:?}", witnesses()).contains("tests"));
    }
}
