//! File, environment and flags to a [`Config`]; every error says where.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use healthd_core::verdict::Policy;
use healthd_core::verdict::role::Role;
use healthd_core::writer::Failback;
use healthd_mysql::login::address::Address;
use healthd_mysql::login::target::Target;

use super::access::Access;
use super::canary::CanaryConfig;
use super::daemon::Config;
use super::error::{ConfigError, ENVIRONMENT};
use super::instance::InstanceConfig;
use super::option_files::OptionFiles;
use super::raw::{InstanceName, Pace, Parsed, Port, RawConfig, RawFailback, RawInstance, RawWitness, Time};
use super::writer::WriterConfig;
use crate::cli::{InstanceArg, ListenArgs, SourceArgs};
use crate::token::Token;
use crate::witness::Witnesses;

/// The file that is read when none is named.
pub(crate) const DEFAULT_FILE: &str = "/etc/healthd/healthd.toml";

/// Reads everything that `serve` is told.
///
/// # Errors
/// Anything that is not exactly right: a daemon must not guess what an operator meant.
pub(crate) fn load(source: &SourceArgs, listen: &ListenArgs) -> Result<Config, ConfigError> {
    let Read { raw, file, places } = read(source)?;
    let contradiction = |Contradiction { instance, message }: Contradiction| {
        // Instances of the command line have no place in a file.
        let place = instance.filter(|_| source.instances.is_empty()).and_then(|instance| places.get(instance).copied());
        match (place, file.clone()) {
            (Some((line, column)), Some(file)) => ConfigError::At { file, line, column, message },
            (_, file) => ConfigError::Contradiction { file, message },
        }
    };
    let time = |value: Option<Time>, default: u64| value.map_or(Duration::from_millis(default), |time| time.0);
    let pace = |value: Option<Pace>, default: u64| value.map_or(Duration::from_millis(default), |pace| pace.0);
    let instances = match (source.instances.as_slice(), raw.instance.as_slice()) {
        ([], []) => vec![of_argument(&"3306".parse().expect("a port is an instance"))],
        ([], _) => raw.instance.clone(),
        (arguments, _) => arguments.iter().map(of_argument).collect(),
    };
    let mut options = OptionFiles::default();
    let nowhere = |message| contradiction(Contradiction { instance: None, message });
    let token = raw.peers.token_file.as_deref().map(Token::read).transpose().map_err(nowhere)?;
    let node =
        raw.node.map_or_else(|| rustix::system::uname().nodename().to_string_lossy().into_owned(), |node| node.0);
    let witnesses = witnesses(&raw.witness, token.as_ref()).map_err(nowhere)?;
    let t_silent = pace(raw.peers.silent_after, 1000);
    let ask_every = pace(raw.peers.interval, 200);
    if t_silent < ask_every * 2 + Duration::from_millis(400) || t_silent > Duration::from_secs(4) {
        return Err(nowhere(
            "`silent_after` must be twice `interval` and 400ms or more (one lost answer is no silence), and 4s at most"
                .to_owned(),
        ));
    }
    let usual = pace(raw.interval, 500);
    let mut checked: Vec<InstanceConfig> = Vec::new();
    for (index, instance) in instances.into_iter().enumerate() {
        let port = instance.port.map(|port| port.0).or(instance.address.0.port());
        let name = match (instance.name, port) {
            (Some(name), _) => name.0,
            (None, Some(port)) => port.to_string(),
            (None, None) => {
                let message = format!("instance {} needs a `name` or a `port`", instance.address.0);
                return Err(contradiction(Contradiction { instance: Some(index), message }));
            }
        };
        let defaults_file = instance
            .defaults_file
            .as_deref()
            .or(source.defaults_file.as_deref())
            .or(raw.mysql.defaults_file.as_deref());
        let of_this = |message: String| contradiction(Contradiction { instance: Some(index), message });
        let peer = instance.peer.map(|peer| peer.0);
        if peer.is_some() && token.is_none() {
            return Err(of_this(format!("instance {name} has a `peer`, which needs `token_file` in [peers]")));
        }
        let writer = WriterConfig {
            node: node.clone(),
            token: token.clone(),
            interval: ask_every,
            t_silent,
            // Without a peer to ask, HAProxy's word cannot be used.
            witnesses: if peer.is_some() { witnesses.clone() } else { Witnesses::default() },
            failback: match instance.failback {
                Some(RawFailback::Auto) => Failback::Auto,
                Some(RawFailback::Manual) | None => Failback::Manual,
            },
            peer,
            semi_sync_follows_role: instance.semi_sync_follows_role,
            fence_after: instance.fence_after.map(|time| time.0),
        };
        let witnessed = writer.peer.is_some() && !writer.witnesses.is_empty();
        if !witnessed && (writer.fence_after.is_some() || writer.semi_sync_follows_role) {
            let what = "`fence_after` and `semi_sync_follows_role` need a `peer` and a `[witness]`";
            return Err(of_this(format!("instance {name}: {what}")));
        }
        if writer.fence_after.is_some_and(|after| after < Duration::from_secs(2)) {
            return Err(of_this(format!("instance {name}: `fence_after` must be 2s or more")));
        }
        let canary = CanaryConfig::new(instance.write_canary, instance.write_canary_timeout.map(|time| time.0))
            .map_err(|why| of_this(format!("instance {name}: {why}")))?;
        let query = instance.query.or_else(|| raw.mysql.query.clone()).unwrap_or_else(|| "SHOW DATABASES".to_owned());
        checked.push(InstanceConfig {
            name,
            port,
            target: Arc::new(Target {
                address: instance.address.0,
                extra_port: instance.extra_port.map(|port| port.0),
                credentials: options.credentials(defaults_file)?,
                query,
                heartbeat_query: instance.heartbeat_query,
                // Read as soon as somebody asks for the writer role.
                positions: false,
            }),
            policy: Policy {
                max_age: pace(raw.max_age, 1000),
                max_lag: time(instance.max_lag, 10_000),
                allow_donor: instance.allow_donor,
                ignore_channels: instance.ignore_channels,
                overload_grace: Duration::from_secs(10),
            },
            default_role: instance.default_role.map_or(Role::Any, |role| role.0),
            // What the peer is told must be as young as it asks for it.
            interval: if writer.peer.is_some() { usual.min(ask_every) } else { usual },
            timeout: pace(raw.timeout, 1000),
            lag_hold: time(raw.lag_hold, 5000),
            writer,
            canary,
        });
    }
    check_unique(&checked).map_err(&contradiction)?;
    let state_dir = source.state_dir.clone().or(raw.state_dir.clone());
    let flagged = |flag: &[std::net::SocketAddr], file: Option<Vec<_>>, default: &str| match flag {
        [] => file.unwrap_or_else(|| vec![default.parse().expect("a socket address")]),
        flags => flags.to_vec(),
    };
    let networks = |networks: Vec<super::raw::Network>| networks.into_iter().map(|network| network.0).collect();
    let agent_listen = flagged(&listen.agent_listen, raw.agent_listen, "0.0.0.0:31338");
    let listen = flagged(&listen.listen, raw.listen, "0.0.0.0:31337");
    let mut addresses = HashSet::new();
    if let Some(twice) = listen.iter().chain(&agent_listen).find(|address| !addresses.insert(**address)) {
        let message = format!("{twice} is listed twice in `listen` and `agent_listen`");
        return Err(contradiction(Contradiction { instance: None, message }));
    }
    Ok(Config {
        listen,
        agent_listen,
        runtime_dir: runtime_dir(state_dir.as_deref()),
        state_dir: state_dir.unwrap_or_else(default_state_dir),
        interval: usual,
        access: Access {
            checks: raw.allow.map(networks),
            pages: raw.allow_read.map_or_else(private_networks, networks),
            server_names: raw.server_names.unwrap_or_default(),
        },
        stop_grace: time(raw.stop_grace, 0),
        node,
        token_file: raw.peers.token_file,
        witnesses,
        witness_token_file: raw.witness.token_file,
        instances: checked,
        warnings: options.warnings,
    })
}

/// The HAProxys whose word counts. Their token is in HAProxy's file: it must not open what the peers' token opens.
fn witnesses(raw: &RawWitness, peers: Option<&Token>) -> Result<Witnesses, String> {
    let token = raw.token_file.as_deref().map(Token::read).transpose()?;
    if token.is_some() && token.as_ref() == peers {
        return Err(
            "the tokens of [witness] and [peers] must differ: HAProxy's file has the one of [witness]".to_owned()
        );
    }
    let names = raw.names.iter().map(|name| name.0.clone()).collect();
    Witnesses::new(raw.from.iter().map(|address| address.0), names, token)
}

/// Loopback, private and link-local networks.
fn private_networks() -> Vec<ipnet::IpNet> {
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

fn default_state_dir() -> PathBuf {
    let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".local/state/healthd"));
    match env::var_os("STATE_DIRECTORY") {
        Some(dir) => PathBuf::from(dir),
        None if rustix::process::geteuid().is_root() => PathBuf::from("/var/lib/healthd"),
        None => home().unwrap_or_else(|| PathBuf::from("/var/lib/healthd")),
    }
}

/// `/run/healthd` for the node's own daemon; any other keeps its sockets beside its state.
fn runtime_dir(state_dir: Option<&Path>) -> PathBuf {
    match (env::var_os("RUNTIME_DIRECTORY"), state_dir) {
        (Some(dir), _) => PathBuf::from(dir),
        (None, Some(dir)) => dir.to_owned(),
        (None, None) if rustix::process::geteuid().is_root() => PathBuf::from(SYSTEM_RUNTIME_DIR),
        (None, None) => default_state_dir(),
    }
}

/// Where the node's own daemon has its sockets.
pub(crate) const SYSTEM_RUNTIME_DIR: &str = "/run/healthd";

fn of_argument(argument: &InstanceArg) -> RawInstance {
    RawInstance {
        name: Some(InstanceName(argument.name.clone())),
        address: Parsed(argument.address.clone()),
        port: argument.address.port().map(Port),
        extra_port: None,
        defaults_file: None,
        query: None,
        heartbeat_query: None,
        default_role: None,
        max_lag: None,
        ignore_channels: Vec::new(),
        allow_donor: false,
        peer: None,
        failback: None,
        semi_sync_follows_role: false,
        fence_after: None,
        write_canary: None,
        write_canary_timeout: None,
    }
}

/// Values that do not go together, and the number of the instance that is one too many.
struct Contradiction {
    instance: Option<usize>,
    message: String,
}

fn check_unique(instances: &[InstanceConfig]) -> Result<(), Contradiction> {
    let (mut names, mut ports, mut addresses) = (HashSet::new(), HashSet::new(), HashSet::<&Address>::new());
    for (index, instance) in instances.iter().enumerate() {
        let wrong = |message| Err(Contradiction { instance: Some(index), message });
        if !names.insert(&instance.name) {
            return wrong(format!("two instances are named `{}`", instance.name));
        }
        if let Some(port) = instance.port.filter(|port| !ports.insert(*port)) {
            return wrong(format!("two instances answer to port {port}: give one another `port`"));
        }
        if !addresses.insert(&instance.target.address) {
            return wrong(format!("two instances have the address {}", instance.target.address));
        }
        if instance.name.parse::<u16>().is_ok_and(|number| instance.port != Some(number)) {
            return wrong(format!("the name `{}` reads like the port of another instance", instance.name));
        }
    }
    Ok(())
}

/// What was read, with the place of each instance in the file.
struct Read {
    raw: RawConfig,
    file: Option<PathBuf>,
    places: Vec<(usize, usize)>,
}

/// The file alone (its parser knows lines and columns), then the environment over it.
fn read(source: &SourceArgs) -> Result<Read, ConfigError> {
    let (file, text) = match &source.config {
        Some(file) => (Some(file.clone()), read_file(file)?),
        None => match read_file(Path::new(DEFAULT_FILE)) {
            Ok(text) => (Some(PathBuf::from(DEFAULT_FILE)), text),
            Err(ConfigError::Unreadable { error, .. }) if error.kind() == ErrorKind::NotFound => (None, String::new()),
            Err(error) => return Err(error),
        },
    };
    if let Err(error) = toml::from_str::<RawConfig>(&text) {
        let (line, column) = position(&text, error.span().map_or(0, |span| span.start));
        let message = healthd_core::text::clean::one_line(error.message(), 300);
        return Err(ConfigError::At { file: file.unwrap_or_default(), line, column, message });
    }
    let environment = config::Environment::with_prefix(ENVIRONMENT)
        .prefix_separator("__")
        .separator("__")
        .try_parsing(true)
        .list_separator(",")
        .with_list_parse_key("listen")
        .with_list_parse_key("agent_listen")
        .with_list_parse_key("allow")
        .with_list_parse_key("allow_read")
        .with_list_parse_key("server_names")
        .with_list_parse_key("witness.from")
        .with_list_parse_key("witness.names");
    let merged = config::Config::builder()
        .add_source(config::File::from_str(&text, config::FileFormat::Toml))
        .add_source(environment)
        .build()
        .and_then(config::Config::try_deserialize::<RawConfig>);
    match merged {
        Ok(raw) => Ok(Read { raw, file, places: places(&text) }),
        // The file alone was good, so a variable is not.
        Err(error) => Err(environment_error(&error)),
    }
}

/// Line and column of each `[[instance]]` of a file that is good.
fn places(text: &str) -> Vec<(usize, usize)> {
    #[derive(serde::Deserialize)]
    struct Places {
        #[serde(default)]
        instance: Vec<toml::Spanned<toml::Value>>,
    }
    let places = toml::from_str::<Places>(text).map(|places| places.instance).unwrap_or_default();
    places.iter().map(|instance| position(text, instance.span().start)).collect()
}

fn read_file(file: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(file).map_err(|error| ConfigError::Unreadable { file: file.to_owned(), error })
}

fn environment_error(error: &config::ConfigError) -> ConfigError {
    let message = healthd_core::text::clean::one_line(&error.to_string(), 300);
    let key = match error {
        config::ConfigError::Type { key: Some(key), .. } | config::ConfigError::At { key: Some(key), .. } => {
            key.clone()
        }
        // An unknown field is named only in the text.
        _ => message.split('`').nth(1).unwrap_or("?").to_owned(),
    };
    ConfigError::Environment { key, message }
}

/// Line and column, from 1, of a byte offset.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
