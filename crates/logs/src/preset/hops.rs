//! Content filters: deliveries to them, and the mail that comes back, are hops inside a host.

use std::net::IpAddr;

use super::fields::relay_name;

/// The configured content filters of a counter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hops {
    filters: Vec<Filter>,
    services: Vec<Vec<u8>>,
}

/// A filter as a relay: host or transport, and the port if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Filter {
    host: Vec<u8>,
    port: Option<Vec<u8>>,
}

impl Hops {
    /// Reads `content_filters`. Gives back the first entry that cannot be one.
    pub(crate) fn new(entries: &[String]) -> Result<Hops, String> {
        let mut hops = Hops::default();
        for entry in entries {
            match read(entry).ok_or_else(|| entry.clone())? {
                Entry::Filter(filter) => hops.filters.push(filter),
                Entry::Service(service) => hops.services.push(service),
            }
        }
        Ok(hops)
    }

    /// Whether none is configured.
    pub(crate) fn is_empty(&self) -> bool {
        self.filters.is_empty() && self.services.is_empty()
    }

    /// Whether a delivery to this relay, such as `127.0.0.1[127.0.0.1]:10024`, is one to a filter.
    pub(crate) fn has_relay(&self, relay: &[u8]) -> bool {
        if self.filters.is_empty() {
            return false;
        }
        let name = relay_name(relay);
        let (address, port) = address_and_port(relay);
        self.filters.iter().any(|filter| {
            let host = filter.host.eq_ignore_ascii_case(name) || (!address.is_empty() && filter.host == address);
            host && filter.port.as_deref().is_none_or(|wanted| Some(wanted) == port)
        })
    }

    /// Whether mail from this client, such as `localhost[127.0.0.1]`, may come back from a filter.
    pub(crate) fn may_return_from(&self, client: &[u8]) -> bool {
        let name = relay_name(client);
        let (address, _) = address_and_port(client);
        let local = is_loopback(address);
        self.filters.iter().any(|filter| {
            filter.host.eq_ignore_ascii_case(name) || filter.host == address || (local && is_loopback(&filter.host))
        })
    }

    /// Whether a filter is a command, which gives mail back through sendmail(1).
    pub(crate) fn has_transport(&self) -> bool {
        self.filters.iter().any(|filter| filter.port.is_none())
    }

    /// Whether this program, such as `postfix/10025/smtpd`, takes mail back from a filter.
    pub(crate) fn has_service(&self, program: &[u8]) -> bool {
        self.services.iter().any(|service| match program.strip_prefix(service.as_slice()) {
            Some(rest) => rest.is_empty() || rest.starts_with(b"/"),
            None => false,
        })
    }
}

enum Entry {
    Filter(Filter),
    Service(Vec<u8>),
}

/// As in main.cf, a transport may stand before (`smtp-amavis:[127.0.0.1]:10024`, `filter:dummy`, `lmtp:unix:path`).
fn read(entry: &str) -> Option<Entry> {
    let entry = entry.trim();
    if entry.is_empty() || entry.contains(|char: char| char.is_whitespace() || char == ',') {
        return None;
    }
    let filter = |host: &str, port: Option<&str>| {
        let host = host.trim_start_matches('[').trim_end_matches(']').as_bytes().to_vec();
        (!host.is_empty()).then(|| Entry::Filter(Filter { host, port: port.map(|port| port.as_bytes().to_vec()) }))
    };
    if entry.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return filter(entry, None);
    }
    if let Some((_, path)) = entry.rsplit_once("unix:") {
        return filter(path, None);
    }
    match entry.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            filter(host.rsplit_once(":[").map_or(host, |(_, host)| host), Some(port))
        }
        Some((_, next)) if next.starts_with('[') => filter(next, None),
        Some((transport, _)) => filter(transport, None),
        None if entry.contains('/') && !entry.starts_with('/') => Some(Entry::Service(entry.as_bytes().to_vec())),
        None => filter(entry, None),
    }
}

/// `127.0.0.1` and `10024` of `localhost[127.0.0.1]:10024`.
fn address_and_port(relay: &[u8]) -> (&[u8], Option<&[u8]>) {
    let Some(start) = memchr::memchr(b'[', relay) else { return (b"", None) };
    let inside = relay.get(start + 1..).unwrap_or_default();
    let end = memchr::memchr(b']', inside).unwrap_or(inside.len());
    let (address, after) = inside.split_at(end);
    (address, after.strip_prefix(b"]:"))
}

fn is_loopback(host: &[u8]) -> bool {
    host.eq_ignore_ascii_case(b"localhost") || host == b"::1" || host.starts_with(b"127.")
}
