//! A `server` line with the settings of `default-server`.

use std::time::Duration;

use crate::sections::{Place, Statement};

/// The longest server name that a message shows.
const SHOWN: usize = 60;
/// Other parameters with one value, which must not be mistaken for a parameter.
const ONE_VALUE: [&str; 54] = [
    "agent-addr",
    "alpn",
    "ca-file",
    "check-alpn",
    "check-pool-conn-name",
    "check-proto",
    "check-sni",
    "ciphers",
    "ciphersuites",
    "client-sigalgs",
    "cookie",
    "crl-file",
    "crt",
    "curves",
    "error-limit",
    "guid",
    "hash-key",
    "id",
    "init-addr",
    "interface",
    "log-bufsize",
    "log-proto",
    "max-reuse",
    "maxconn",
    "maxqueue",
    "minconn",
    "namespace",
    "npn",
    "observe",
    "on-error",
    "pool-conn-name",
    "pool-low-conn",
    "pool-max-conn",
    "pool-purge-delay",
    "proto",
    "proxy-v2-options",
    "redir",
    "resolve-net",
    "resolve-opts",
    "resolve-prefer",
    "resolvers",
    "set-proxy-v2-tlv-fmt",
    "shard",
    "sigalgs",
    "slowstart",
    "sni",
    "socks4",
    "source",
    "ssl-max-ver",
    "ssl-min-ver",
    "tcp-ut",
    "usesrc",
    "verify",
    "verifyhost",
];

/// A value with the line that sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Set<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// The settings of `server` and `default-server` lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ServerSettings {
    pub(crate) check: bool,
    pub(crate) agent_check: bool,
    pub(crate) backup: bool,
    pub(crate) disabled: bool,
    /// `track`: another server is checked instead.
    pub(crate) track: bool,
    /// `addr` or `port`: checks do not go to the database's own port.
    pub(crate) check_elsewhere: bool,
    pub(crate) port: Option<String>,
    pub(crate) agent_port: Option<String>,
    pub(crate) weight: Option<String>,
    pub(crate) inter: Option<Set<Duration>>,
    pub(crate) fastinter: Option<Set<Duration>>,
    pub(crate) downinter: Option<Set<Duration>>,
    pub(crate) agent_inter: Option<Set<Duration>>,
    pub(crate) rise: Option<Set<u32>>,
    pub(crate) fall: Option<Set<u32>>,
    pub(crate) agent_send: Option<Set<String>>,
    pub(crate) on_marked_down: Option<Set<String>>,
    pub(crate) on_marked_up: Option<Set<String>>,
    pub(crate) init_state: Option<Set<String>>,
}

/// A server of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) place: Place,
    pub(crate) settings: ServerSettings,
}

impl Server {
    /// Reads a `server` or `server-template` line.
    pub(crate) fn read(statement: &Statement, defaults: &ServerSettings) -> Option<Server> {
        let (name, address, parameters) = match statement.words.as_slice() {
            [keyword, prefix, numbers, address, parameters @ ..] if keyword == "server-template" => {
                (format!("{prefix}{numbers}"), address, parameters)
            }
            [_, name, address, parameters @ ..] => (name.clone(), address, parameters),
            _ => return None,
        };
        let mut settings = defaults.clone();
        settings.read(parameters, statement.place);
        let name = healthd_core::text::clean::one_line(&name, SHOWN);
        Some(Server { name, address: address.clone(), place: statement.place, settings })
    }

    /// Whether it takes new sessions while all servers are UP.
    pub(crate) fn takes_sessions(&self) -> bool {
        !self.settings.backup && self.settings.weight.as_deref() != Some("0")
    }
}

impl ServerSettings {
    /// Reads parameters on top of the settings so far.
    pub(crate) fn read(&mut self, parameters: &[String], place: Place) {
        let mut words = parameters.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "check" => self.check = true,
                "no-check" => self.check = false,
                "agent-check" => self.agent_check = true,
                "no-agent-check" => self.agent_check = false,
                "backup" => self.backup = true,
                "no-backup" => self.backup = false,
                "disabled" => self.disabled = true,
                "enabled" | "no-disabled" => self.disabled = false,
                name => {
                    if let Some(value) = words.clone().next()
                        && self.set(name, value, place)
                    {
                        words.next();
                    }
                }
            }
        }
    }

    /// Sets a parameter with a value; false if it has none or is unknown.
    fn set(&mut self, name: &str, value: &str, place: Place) -> bool {
        let text = || Some(Set { value: value.to_owned(), place });
        let time = || duration(value).map(|value| Set { value, place });
        let number = || value.parse().ok().map(|value| Set { value, place });
        match name {
            "addr" => self.check_elsewhere = true,
            "track" => self.track = true,
            "port" => {
                self.check_elsewhere = true;
                self.port = Some(value.to_owned());
            }
            "agent-port" => self.agent_port = Some(value.to_owned()),
            "weight" => self.weight = Some(value.to_owned()),
            "inter" => self.inter = time(),
            "fastinter" => self.fastinter = time(),
            "downinter" => self.downinter = time(),
            "agent-inter" => self.agent_inter = time(),
            "rise" => self.rise = number(),
            "fall" => self.fall = number(),
            "agent-send" => self.agent_send = text(),
            "on-marked-down" => self.on_marked_down = text(),
            "on-marked-up" => self.on_marked_up = text(),
            "init-state" => self.init_state = text(),
            name => return ONE_VALUE.contains(&name),
        }
        true
    }
}

/// Parses a time as HAProxy does: milliseconds unless a unit follows.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let seconds = |factor: u64| number.checked_mul(factor).map(Duration::from_secs);
    match unit {
        "us" => Some(Duration::from_micros(number)),
        "" | "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3600),
        "d" => seconds(86400),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_line_goes_over_the_defaults() {
        let place = Place { file: 0, line: 1 };
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut defaults = ServerSettings::default();
        defaults.read(&words("check port 31337 inter 2s rise 3 backup disabled"), place);
        let line = "server db101 10.0.0.1:3306 no-backup enabled inter 100 cookie check sni no-check ssl fall x";
        let server = Server::read(&Statement { words: words(line), place }, &defaults).expect("a server");
        let ServerSettings { check, backup, disabled, inter, rise, fall, .. } = server.settings;
        assert!(check && !backup && !disabled);
        assert_eq!(inter.map(|inter| inter.value), Some(Duration::from_millis(100)));
        assert_eq!((rise.map(|rise| rise.value), fall), (Some(3), None));
    }

    #[test]
    fn times_are_milliseconds_without_a_unit() {
        let ms = |text| duration(text).map(|time| time.as_micros());
        assert_eq!(ms("5000"), Some(5_000_000));
        assert_eq!(ms("5s"), Some(5_000_000));
        assert_eq!(ms("8h"), Some(28_800_000_000));
        assert_eq!(ms("7us"), Some(7));
        assert_eq!([ms(""), ms("5x"), ms("-1"), ms("99999999999999999999"), ms("18446744073709551615d")], [None; 5]);
    }
}
