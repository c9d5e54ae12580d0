//! The request of an HTTP check: the URI of `option httpchk` or `http-check send`, and HAProxy's expressions in it.

use healthd_core::verdict::role::Role;

use crate::sections::{Place, Statement};

/// The header with a HAProxy's name and the token: `X-Healthd-Witness: lb1 TOKEN`.
pub const WITNESS_HEADER: &str = "x-healthd-witness";

/// The request of an HTTP check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckRequest {
    /// Its line.
    pub(crate) place: Place,
    pub(crate) path: String,
    /// `key=value`, as written.
    pub(crate) pairs: Vec<(String, String)>,
    /// Whether HAProxy evaluates `%[…]` in it.
    pub(crate) evaluated: bool,
    /// The line that appends a header to the HTTP version.
    pub(crate) smuggles_header: Option<Place>,
    /// Whether the request names this HAProxy to healthd.
    pub(crate) naming: Naming,
}

/// Whether the header with name and token is there. Its value is secret and not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// No such header.
    None,
    /// Name and token.
    Whole,
    /// Only one of them, or more than two words.
    Half,
}

impl Naming {
    fn of(send: &Statement) -> Naming {
        let header = |three: &&[String]| three[0] == "hdr" && three[1].eq_ignore_ascii_case(WITNESS_HEADER);
        match send.words.windows(3).find(header).map(|three| three[2].split_whitespace().count()) {
            None => Naming::None,
            Some(2) => Naming::Whole,
            Some(_) => Naming::Half,
        }
    }
}

/// `%[name(argument)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fetch<'a> {
    pub(crate) name: &'a str,
    pub(crate) argument: &'a str,
}

impl CheckRequest {
    /// Reads both statements; `http-check send` overrides `option httpchk`.
    pub(crate) fn of(option: Option<&Statement>, send: Option<&Statement>) -> Option<CheckRequest> {
        let option = option?;
        let arguments = option.words.get(2..).unwrap_or_default();
        let (uri, version) = match arguments {
            [] => ("/", None),
            [uri] => (uri.as_str(), None),
            [_method, uri, rest @ ..] => (uri.as_str(), rest.first()),
        };
        let mut request = CheckRequest::at(uri, option.place, false);
        request.smuggles_header = version.filter(|version| version.contains(['\r', '\n'])).map(|_| option.place);
        let sent = send.and_then(|send| {
            let at = send.words.iter().position(|word| word == "uri" || word == "uri-lf")?;
            let asked = CheckRequest::at(send.words.get(at + 1)?, send.place, send.words[at] == "uri-lf");
            Some(CheckRequest { naming: Naming::of(send), ..asked })
        });
        Some(match sent {
            Some(sent) => CheckRequest { smuggles_header: request.smuggles_header, ..sent },
            None => request,
        })
    }

    fn at(uri: &str, place: Place, evaluated: bool) -> CheckRequest {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key.to_owned(), value.to_owned())
        };
        let pairs = query.split('&').filter(|text| !text.is_empty()).map(pair).collect();
        CheckRequest { place, path: path.to_owned(), pairs, evaluated, smuggles_header: None, naming: Naming::None }
    }

    /// The value of a key.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// The role; `None` if there is none or it is unknown.
    pub(crate) fn role(&self) -> Option<Role> {
        self.value("role")?.parse().ok()
    }
}

/// Reads the first sample fetch of a value: `%[srv_is_up(w/db1)]`.
pub(crate) fn fetch(value: &str) -> Option<Fetch<'_>> {
    let inside = value.split_once("%[")?.1;
    let inside = inside.split_once(']').map_or(inside, |(inside, _)| inside);
    let (name, rest) = match inside.find(['(', ',']) {
        Some(at) if inside[at..].starts_with('(') => (&inside[..at], &inside[at + 1..]),
        Some(at) => (&inside[..at], ""),
        None => (inside, ""),
    };
    Some(Fetch { name: name.trim(), argument: rest.split_once(')').map_or(rest, |(argument, _)| argument).trim() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(line: &str) -> Statement {
        let words = crate::words::split(line).expect("quotes are closed").words;
        Statement { words, place: Place { file: 0, line: 1 } }
    }

    #[test]
    fn every_form_of_a_request_is_read() {
        let forms = [
            ("option httpchk", None, "/", None),
            ("option httpchk /mysqlchk/?port=3306", None, "/mysqlchk/", None),
            ("option httpchk GET /mysqlchk/?port=3306&role=reader", None, "/mysqlchk/", Some(Role::Reader)),
            (
                "option httpchk GET /x",
                Some("http-check send meth GET uri /y?role=writer ver HTTP/1.1"),
                "/y",
                Some(Role::Writer),
            ),
            ("option httpchk GET /x?role=any", Some("http-check send hdr Host a"), "/x", Some(Role::Any)),
        ];
        for (option, send, path, role) in forms {
            let send = send.map(statement);
            let request = CheckRequest::of(Some(&statement(option)), send.as_ref()).expect("a request");
            assert_eq!((request.path.as_str(), request.role()), (path, role), "{option}");
        }
        assert_eq!(CheckRequest::of(None, None), None);
    }

    #[test]
    fn expressions_are_read() {
        let is = |name, argument| Some(Fetch { name, argument });
        assert_eq!(fetch("%[srv_is_up(w/db1)]"), is("srv_is_up", "w/db1"));
        assert_eq!(fetch("%[nbsrv(pri),add(1)]"), is("nbsrv", "pri"));
        assert_eq!(fetch("%[srv_name]"), is("srv_name", ""));
        assert_eq!(fetch("%[srv_name,lower]"), is("srv_name", ""));
        assert_eq!(fetch("db101"), None);
        assert_eq!(fetch("%[a("), is("a", ""));
    }
}
