//! `check_my health --daemon`: healthd is asked instead of the server.

use std::time::Duration;

use clap::Args;
use healthd_core::alarms::{Asked, Wanted, judge};
use healthd_core::check::Answer;
use healthd_core::text::duration::exact;
use healthd_core::verdict::role::Role;

use super::asked::given;
use super::{Arguments, HEALTH};
use crate::applets::options;
use crate::daemon::{self, Daemon};
use crate::output::Plugin;

/// The options of `--daemon`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Asking healthd")]
pub(super) struct DaemonArgs {
    /// health: ask the healthd of this machine, or the one at this URL or socket, instead of the server
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "")]
    pub(super) daemon: Option<Daemon>,
    /// Only this role decides: any, reader, writer or galera; down is CRITICAL
    #[arg(long, value_name = "ROLE")]
    role: Option<Role>,
    /// The lag that the reader role allows, instead of the daemon's own limit
    #[arg(long, value_name = "TIME", value_parser = options::time)]
    max_lag: Option<Duration>,
}

impl DaemonArgs {
    /// The first option that means nothing because no daemon is asked.
    pub(super) fn without_daemon(&self) -> Option<&'static str> {
        let others = self.role.map(|_| "--role").or(self.max_lag.map(|_| "--max-lag"));
        others.filter(|_| self.daemon.is_none())
    }
}

/// Asks the daemon that the arguments name.
///
/// # Errors
/// They make no sense together.
pub(super) fn ask(arguments: &Arguments, daemon: &Daemon) -> Result<Plugin, Plugin> {
    let check = arguments.check.as_deref().unwrap_or_default();
    if check != HEALTH {
        let check = healthd_core::text::clean::one_line(check, 40);
        return Err(Plugin::usage(format!("--daemon answers {HEALTH} alone: for {check} ask the server itself")));
    }
    if let Some(option) = meaningless(arguments) {
        return Err(Plugin::usage(format!(
            "{option} means nothing to --daemon, which logs in nowhere: -P or --name choose an instance"
        )));
    }
    let instance = match (arguments.login.port, &arguments.name) {
        (Some(_), Some(_)) => return Err(Plugin::usage("-P and --name both choose the instance: give one of them")),
        (Some(port), None) => Some(Wanted::Port(port)),
        (None, Some(name)) => Some(Wanted::Name(name.clone())),
        (None, None) => None,
    };
    let DaemonArgs { role, max_lag, .. } = arguments.daemon;
    let asked = Asked { instance, role, lag: arguments.judging.over(("", ""))? };
    // The writer role reads positions from the first question on: only who means it may be the first.
    let role = role.map(|role| format!("role={role}"));
    let max_lag = max_lag.map(|lag| format!("max_lag={}", exact(lag)));
    let query: Vec<String> = role.into_iter().chain(max_lag).collect();
    let answer = match daemon::ask(daemon, &query.join("&"), arguments.timeout()) {
        Ok(instances) => judge(&instances, &asked),
        Err(silence) => Answer::plain(silence.outcome(), silence.to_string()),
    };
    Ok(arguments.shown.plugin(&answer))
}

/// The first option that is about a login, or about another check.
fn meaningless(arguments: &Arguments) -> Option<&'static str> {
    let login = &arguments.login;
    let of_checks = given(arguments).into_iter().map(|of| (of.option, of.given));
    let given = [
        ("-H", login.host.is_some()),
        ("-S", login.socket.is_some()),
        ("-u", login.user.is_some()),
        ("-p", login.password.is_some()),
        ("--defaults-file", login.defaults_file.is_some()),
        ("--defaults-group", !login.groups.is_empty()),
        ("--not-replica", arguments.not_replica.is_some()),
        ("--lifetime", arguments.lifetime),
        ("--state-dir", arguments.state_dir.is_some()),
    ];
    given.into_iter().chain(of_checks).find_map(|(option, given)| given.then_some(option))
}
