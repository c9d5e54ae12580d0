//! Whether a host is the machine on which the plugin runs.

use std::net::{IpAddr, UdpSocket};

/// Whether a host is a loopback address or `localhost`.
pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether a host is this machine: by one of its addresses, or by its own name. No other name is resolved, as that
/// could hang.
pub(crate) fn is_here(host: &str) -> bool {
    // Nothing is sent: only an address of this machine can be bound.
    let is_own = |ip: IpAddr| UdpSocket::bind((ip, 0)).is_ok();
    is_loopback(host) || host.parse().is_ok_and(is_own) || host == own_host()
}

/// The name of this machine, as a server that runs on it reports it in `hostname`.
pub(crate) fn own_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_addresses_and_its_name() {
        let own = own_host();
        for (host, here) in [
            ("localhost", true),
            ("127.0.0.9", true),
            (own.as_str(), true),
            ("192.0.2.1", false),
            ("db.example", false),
            ("", false),
        ] {
            assert_eq!(is_here(host), here, "{host}");
        }
    }
}
