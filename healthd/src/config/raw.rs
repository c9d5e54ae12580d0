//! The configuration file as it is written. Every type reads strictly, so that the file's parser can say where it is
//! wrong; nothing here has a default yet.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use healthd_core::verdict::role::Role;
use healthd_mysql::login::address::Address;
use serde::{Deserialize, Deserializer};

use super::raw_logs::{RawLog, RawRatio};
use super::text::read_text;
use crate::name::check_name;
use crate::witness::Witness;
use healthd_client::HttpAddress;

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) listen: Option<Vec<SocketAddr>>,
    pub(super) agent_listen: Option<Vec<SocketAddr>>,
    pub(super) state_dir: Option<PathBuf>,
    pub(super) allow: Option<Vec<Network>>,
    pub(super) allow_read: Option<Vec<Network>>,
    pub(super) server_names: Option<Vec<String>>,
    pub(super) interval: Option<Pace>,
    pub(super) max_age: Option<Pace>,
    pub(super) timeout: Option<Pace>,
    pub(super) stop_grace: Option<Time>,
    pub(super) lag_hold: Option<Time>,
    pub(super) node: Option<InstanceName>,
    #[serde(default)]
    pub(super) mysql: RawMysql,
    #[serde(default)]
    pub(super) peers: RawPeers,
    #[serde(default)]
    pub(super) witness: RawWitness,
    #[serde(default)]
    pub(super) instance: Vec<RawInstance>,
    #[serde(default)]
    pub(super) log: Vec<RawLog>,
    #[serde(default)]
    pub(super) ratio: Vec<RawRatio>,
}

/// `[mysql]`: settings for all instances.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMysql {
    pub(super) defaults_file: Option<PathBuf>,
    pub(super) query: Option<String>,
}

/// `[peers]`: how the healthds of the nodes talk to each other.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPeers {
    pub(super) token_file: Option<PathBuf>,
    pub(super) interval: Option<Pace>,
    pub(super) silent_after: Option<Pace>,
}

/// `[witness]`: the HAProxys that are witnesses.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWitness {
    #[serde(default)]
    pub(super) from: Vec<Parsed<std::net::IpAddr>>,
    #[serde(default)]
    pub(super) names: Vec<Parsed<Witness>>,
    pub(super) token_file: Option<PathBuf>,
}

/// `[[instance]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInstance {
    pub(super) name: Option<InstanceName>,
    pub(super) address: Parsed<Address>,
    pub(super) port: Option<Port>,
    #[serde(alias = "admin_port")]
    pub(super) extra_port: Option<Port>,
    pub(super) defaults_file: Option<PathBuf>,
    pub(super) query: Option<String>,
    pub(super) heartbeat_query: Option<String>,
    pub(super) default_role: Option<Parsed<Role>>,
    pub(super) max_lag: Option<Time>,
    #[serde(default)]
    pub(super) ignore_channels: Vec<String>,
    #[serde(default)]
    pub(super) allow_donor: bool,
    pub(super) peer: Option<Parsed<HttpAddress>>,
    pub(super) failback: Option<RawFailback>,
    #[serde(default)]
    pub(super) semi_sync_follows_role: bool,
    pub(super) fence_after: Option<Time>,
    pub(super) write_canary: Option<String>,
    pub(super) write_canary_timeout: Option<Time>,
}

/// `failback`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawFailback {
    Auto,
    Manual,
}

/// A value that is read by its `FromStr`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parsed<T>(pub(super) T);

impl<'de, T> Deserialize<'de> for Parsed<T>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |text| text.parse().map(Parsed).map_err(|error: T::Err| error.to_string()))
    }
}

/// A network: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network(pub(super) ipnet::IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |text| {
            let single = || text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
            text.parse().or_else(|_| single()).map(Network).map_err(|_| {
                let text = healthd_core::text::clean::one_line(text, 60);
                format!("`{text}` is not a network: write 10.0.0.0/8 or an address")
            })
        })
    }
}

/// A duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time(pub(super) Duration);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Time;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a duration such as \"500ms\", \"10s\" or \"5m\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Time, E> {
                healthd_core::text::duration::parse(text).map(Time).map_err(E::custom)
            }

            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Time, E> {
                self.visit_str(&seconds.to_string())
            }

            fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<Time, E> {
                self.visit_str(&seconds.to_string())
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// A duration that is reasonable for a daemon: 10 ms to an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace(pub(super) Duration);

impl<'de> Deserialize<'de> for Pace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Time(time) = Time::deserialize(deserializer)?;
        if time < Duration::from_millis(10) || time > Duration::from_secs(3600) {
            let shown = healthd_core::text::duration::exact(time);
            return Err(serde::de::Error::custom(format!(
                "`{shown}` is too short or too long: 10ms to 1h is possible"
            )));
        }
        Ok(Pace(time))
    }
}

/// A TCP port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Port(pub(super) u16);

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        let port = u16::try_from(number).ok().filter(|port| *port != 0);
        port.map(Port).ok_or_else(|| serde::de::Error::custom(format!("`{number}` is not a port: 1 to 65535")))
    }
}

/// A name that fits into a URL, a metric label and a log line as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InstanceName(pub(super) String);

impl<'de> Deserialize<'de> for InstanceName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |name| {
            check_name(name).map(|()| InstanceName(name.to_owned())).map_err(|error| error.to_string())
        })
    }
}
