//! `healthd config show`: the configuration in force, in the format of the file.

use healthd_core::text::duration::exact;
use healthd_core::writer::Failback;
use serde::Serialize;

use super::daemon::Config;
use super::instance::InstanceConfig;
use super::show_logs::{self, ShownLog, ShownRatio};
use crate::witness::Witness;

#[derive(Serialize)]
struct Shown<'a> {
    listen: &'a [std::net::SocketAddr],
    agent_listen: &'a [std::net::SocketAddr],
    state_dir: &'a std::path::Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow: Option<&'a Vec<ipnet::IpNet>>,
    allow_read: &'a [ipnet::IpNet],
    server_names: &'a [String],
    interval: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<String>,
    stop_grace: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lag_hold: Option<String>,
    node: &'a str,
    peers: ShownPeers<'a>,
    witness: ShownWitness<'a>,
    instance: Vec<ShownInstance<'a>>,
    log: Vec<ShownLog<'a>>,
    ratio: Vec<ShownRatio<'a>>,
}

#[derive(Serialize)]
struct ShownPeers<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token_file: Option<&'a std::path::Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    silent_after: Option<String>,
}

#[derive(Serialize)]
struct ShownWitness<'a> {
    from: Vec<&'a Witness>,
    names: Vec<&'a Witness>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_file: Option<&'a std::path::Path>,
}

#[derive(Serialize)]
struct ShownInstance<'a> {
    name: &'a str,
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_port: Option<u16>,
    query: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    heartbeat_query: Option<&'a str>,
    default_role: &'static str,
    max_lag: String,
    ignore_channels: &'a [String],
    allow_donor: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<String>,
    failback: &'static str,
    semi_sync_follows_role: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fence_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    write_canary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    write_canary_timeout: Option<String>,
}

/// The configuration as a file that would give the same one. Credentials stay in their option files.
pub(crate) fn show(config: &Config) -> String {
    let first = config.instances.first();
    // Without an instance these mean nothing.
    let all = |of: fn(&InstanceConfig) -> std::time::Duration| first.map(of).map(exact);
    let shown = Shown {
        listen: &config.listen,
        agent_listen: &config.agent_listen,
        state_dir: &config.state_dir,
        allow: config.access.checks.as_ref(),
        allow_read: &config.access.pages,
        server_names: &config.access.server_names,
        interval: exact(config.interval),
        max_age: all(|instance| instance.policy.max_age),
        timeout: all(|instance| instance.timeout),
        stop_grace: exact(config.stop_grace),
        lag_hold: all(|instance| instance.lag_hold),
        node: &config.node,
        peers: ShownPeers {
            token_file: config.token_file.as_deref(),
            interval: all(|instance| instance.writer.interval),
            silent_after: all(|instance| instance.writer.silent_after),
        },
        witness: ShownWitness {
            from: config.witnesses.iter().filter(|witness| matches!(witness, Witness::Address(_))).collect(),
            names: config.witnesses.iter().filter(|witness| matches!(witness, Witness::Name(_))).collect(),
            token_file: config.witness_token_file.as_deref(),
        },
        instance: config
            .instances
            .iter()
            .map(|instance| ShownInstance {
                name: &instance.name,
                address: instance.target.address.to_string(),
                port: instance.port,
                extra_port: instance.target.extra_port,
                query: &instance.target.query,
                heartbeat_query: instance.target.heartbeat_query.as_deref(),
                default_role: instance.default_role.name(),
                max_lag: exact(instance.policy.max_lag),
                ignore_channels: &instance.policy.ignore_channels,
                allow_donor: instance.policy.allow_donor,
                peer: instance.writer.peer.as_ref().map(ToString::to_string),
                failback: match instance.writer.failback {
                    Failback::Auto => "auto",
                    Failback::Manual => "manual",
                },
                semi_sync_follows_role: instance.writer.semi_sync_follows_role,
                fence_after: instance.writer.fence_after.map(exact),
                write_canary: instance.canary.as_ref().map(|canary| canary.statement.as_str()),
                write_canary_timeout: instance.canary.as_ref().map(|canary| exact(canary.timeout)),
            })
            .collect(),
        log: config.logs.logs.iter().map(show_logs::log).collect(),
        ratio: config.logs.ratios.iter().map(show_logs::ratio).collect(),
    };
    toml::to_string(&shown).expect("plain values make TOML")
}
