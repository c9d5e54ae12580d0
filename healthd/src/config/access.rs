//! Access of clients.

use std::net::IpAddr;

use ipnet::IpNet;

use super::raw::Network;

/// Which clients may do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Access {
    /// Networks that may send checks; `None` means all.
    pub(crate) checks: Option<Vec<IpNet>>,
    /// Networks that may read pages, JSON and metrics.
    pub(crate) pages: Vec<IpNet>,
    /// Host names under which browsers may read pages, besides addresses and localhost.
    pub(crate) server_names: Vec<String>,
}

impl Access {
    /// Access as the file gives it: without `allow` anyone may ask checks, without `allow_read` private networks may
    /// read pages.
    pub(super) fn new(
        allow: Option<Vec<Network>>,
        allow_read: Option<Vec<Network>>,
        server_names: Option<Vec<String>>,
    ) -> Access {
        let networks = |networks: Vec<Network>| networks.into_iter().map(|network| network.0).collect();
        Access {
            checks: allow.map(networks),
            pages: allow_read.map_or_else(private_networks, networks),
            server_names: server_names.unwrap_or_default(),
        }
    }

    /// Whether this client may send checks.
    pub(crate) fn allows_checks(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        self.checks.as_ref().is_none_or(|networks| networks.iter().any(|network| network.contains(&client)))
    }

    /// Whether this client may read pages.
    pub(crate) fn allows_pages(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        self.pages.iter().any(|network| network.contains(&client))
    }

    /// Whether a page may be sent under this `Host`. A foreign name that resolves to this machine is DNS rebinding.
    pub(crate) fn knows_host(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.rsplit_once(':').map_or(host, |(name, _)| name),
        };
        name.parse::<IpAddr>().is_ok()
            || name.eq_ignore_ascii_case("localhost")
            || self.server_names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// Loopback, private and link-local networks.
fn private_networks() -> Vec<IpNet> {
    [
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    ]
    .iter()
    .map(|network| network.parse().expect("a network"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_reaches_pages_only_under_a_known_name() {
        let access = Access { checks: None, pages: vec![], server_names: vec!["db1.example".to_owned()] };
        for (host, known) in [
            ("127.0.0.1:31337", true),
            ("10.1.2.3", true),
            ("[::1]:31337", true),
            ("[::1]", true),
            ("localhost:31337", true),
            ("DB1.example:31337", true),
            ("evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
        ] {
            assert_eq!(access.knows_host(host), known, "{host}");
        }
    }
}
