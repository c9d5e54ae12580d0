//! `healthd check`: one verdict now, with every gate.

use std::sync::Arc;
use std::time::Instant;

use healthd_core::observed::failure::Failure;
use healthd_core::render::json::{InstanceJson, VerdictJson};
use healthd_core::render::table::table;
use healthd_core::text::duration::exact;
use healthd_core::verdict::code::ReasonCode;
use healthd_core::verdict::lag::Lag;
use healthd_core::verdict::{Cause, Names, State, WriterView};
use healthd_mysql::read::probe::{Answered, Budget, Link, Probed, probe};

use super::client::{self, ClientError};
use super::output::{Exit, paint, say, say_error};
use super::socket::socket;
use crate::cli::{CheckArgs, ListenArgs};
use crate::config::{self, ConfigError};
use crate::name::named;
use crate::net::sockets::QUERY;
use crate::watch::circumstances::Circumstances;
use crate::watch::health::{Health, Latest};
use crate::watch::view::View;

/// Runs the command.
pub(crate) fn run(args: &CheckArgs) -> Exit {
    // Servers of the command line are not the daemon's.
    let asked = args.source.instances.is_empty().then(|| ask_daemon(args));
    let instances = match asked {
        Some(Ok(instances)) => instances,
        Some(Err(error)) if !error.is_without_daemon() => return say_error(Exit::CheckUnknown, &error),
        without => {
            if let Some(Err(error)) = without {
                let how = "probed directly, without maintenance and lag history";
                say_error(Exit::Success, &format!("{error}; {how}"));
            }
            match probe_directly(args) {
                Ok(instances) => instances,
                Err(error) => return say_error(Exit::CheckUnknown, &error),
            }
        }
    };
    if instances.is_empty() {
        let why = "no server is configured here: this healthd only reads logs, see healthd logs show";
        return say_error(Exit::CheckUnknown, &why);
    }
    let wanted = args.instance.as_deref();
    let chosen: Vec<&InstanceJson> = match wanted {
        None => instances.iter().collect(),
        Some(wanted) => named(&instances, wanted).into_iter().collect(),
    };
    if chosen.is_empty() {
        let known: Vec<_> = instances.iter().map(|instance| instance.name.as_str()).collect();
        let wanted = healthd_core::text::clean::one_line(wanted.unwrap_or_default(), 40);
        return say_error(Exit::CheckUnknown, &format!("`{wanted}` is not an instance here: {}", known.join(", ")));
    }
    let mut worst = Exit::Success;
    let paint = paint();
    let mut shown = Vec::new();
    for instance in chosen {
        let role = args.role.map_or(instance.default_role.as_str(), |role| role.name());
        let Some(verdict) = instance.verdicts.iter().find(|verdict| verdict.role == role) else {
            return say_error(Exit::CheckUnknown, &format!("the running healthd does not know the role {role}"));
        };
        worst = worse(worst, exit(verdict));
        if args.json {
            shown.push(InstanceJson { verdicts: vec![verdict.clone()], ..instance.clone() });
        } else {
            say(&table(instance, verdict, paint));
        }
    }
    if args.json {
        let json = serde_json::to_string_pretty(&shown).expect("wire types are plain values");
        say(&format!("{json}\n"));
    }
    worst
}

fn exit(verdict: &VerdictJson) -> Exit {
    match (verdict.known_state(), verdict.known_code()) {
        (Some(State::Up), _) => Exit::Success,
        (Some(State::Drain), _) => Exit::CheckDrain,
        // A missing verdict does not mean "down".
        (Some(State::Down), Some(ReasonCode::Starting)) | (None, _) => Exit::CheckUnknown,
        (Some(State::Down), _) => Exit::CheckDown,
    }
}

fn worse(one: Exit, other: Exit) -> Exit {
    let rank =
        |exit| [Exit::Success, Exit::CheckDrain, Exit::CheckUnknown, Exit::CheckDown].iter().position(|e| *e == exit);
    if rank(other) > rank(one) { other } else { one }
}

fn ask_daemon(args: &CheckArgs) -> Result<Vec<InstanceJson>, ClientError> {
    let max_lag = args.max_lag.map(|lag| format!("&max_lag={}", exact(lag))).unwrap_or_default();
    let role = args.role.map(|role| format!("&role={role}")).unwrap_or_default();
    client::get(socket(&args.source, QUERY), &format!("/instances?{max_lag}{role}"))
}

/// Why this process cannot probe by itself.
#[derive(Debug, thiserror::Error)]
enum DirectError {
    /// There is no configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no runtime.
    #[error("cannot probe: {0}")]
    Runtime(#[from] std::io::Error),
}

/// Probes each server once, in this process.
fn probe_directly(args: &CheckArgs) -> Result<Vec<InstanceJson>, DirectError> {
    let config = config::load(&args.source, &ListenArgs::default())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let instances = runtime.block_on(async {
        let mut instances = Vec::new();
        for instance in &config.instances {
            let started = Instant::now();
            let timeout = instance.timeout;
            let budget = Budget { started, timeout, patience: timeout, sections: timeout };
            let target = Arc::clone(&instance.target);
            let (answered, _) = tokio::sync::oneshot::channel();
            let probing = tokio::spawn(async move { probe(Link::default(), &target, budget, answered).await });
            let Probed { link, result } = Probed::of_task(probing.await);
            let health = as_health(instance, result, started);
            let names = Names { instance: instance.name.clone(), node: String::new(), peer: String::new() };
            let writer = WriterView::refused(names, Cause::DaemonNotRunning);
            let around = &Circumstances::default();
            let now = Instant::now();
            let view = View { config: instance, health: &health, around, now, writer: Some(&writer) };
            instances.push(view.describe(args.max_lag));
            link.quit(started + timeout).await;
        }
        instances
    });
    runtime.shutdown_background();
    Ok(instances)
}

fn as_health(instance: &config::InstanceConfig, result: Result<Answered, Failure>, started: Instant) -> Health {
    let at = Instant::now();
    match result {
        Ok(Answered { snapshot, at }) => Health {
            worst_lag: instance.policy.lag_of(&snapshot),
            server: snapshot.server,
            latest: Latest::Answered { snapshot: Arc::new(snapshot), at, took: at - started, read: started },
        },
        Err(failure) => Health {
            latest: Latest::Failed { failure, since: at, at, last_good: None },
            worst_lag: Lag::Unknown,
            server: None,
        },
    }
}
