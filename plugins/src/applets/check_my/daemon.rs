//! `check_my health --daemon`: asks healthd instead of the server.

use healthd_core::alarms::{HealthRequest, InstanceChoice, judge};
use healthd_core::check::Answer;
use healthd_core::text::duration::exact;

use super::arguments::{Arguments, DaemonArgs, HEALTH};
use super::settings::specific_options;
use crate::applets::options::Defaults;
use crate::daemon::{self, Daemon};
use crate::output::Plugin;

/// Asks the healthd that the arguments name.
///
/// # Errors
/// An option does not apply to healthd, or two options exclude each other.
pub(super) fn ask(arguments: &Arguments, daemon: &Daemon) -> Result<Plugin, Plugin> {
    let check = arguments.check.as_deref().unwrap_or_default();
    if check != HEALTH {
        let check = healthd_core::text::clean::one_line(check, 40);
        return Err(Plugin::usage(format!("--daemon applies to {HEALTH} only: for {check} ask the server itself")));
    }
    if let Some(option) = not_applicable(arguments) {
        return Err(Plugin::usage(format!(
            "{option} does not apply to --daemon, which does not log in to a server: -P or --name choose an instance"
        )));
    }
    let instance = match (arguments.login.port, &arguments.name) {
        (Some(_), Some(_)) => return Err(Plugin::usage("-P and --name both choose the instance: use one of them")),
        (Some(port), None) => Some(InstanceChoice::Port(port)),
        (None, Some(name)) => Some(InstanceChoice::Name(name.clone())),
        (None, None) => None,
    };
    let DaemonArgs { role, max_lag, .. } = arguments.daemon;
    let asked = HealthRequest { instance, role, lag: arguments.thresholds.over(Defaults::default())? };
    // A first request for the writer role makes healthd read positions, so the role is sent only if it was requested.
    let role = role.map(|role| format!("role={role}"));
    let max_lag = max_lag.map(|lag| format!("max_lag={}", exact(lag)));
    let query: Vec<String> = role.into_iter().chain(max_lag).collect();
    let answer = match daemon::ask(daemon, &query.join("&"), arguments.timeout()) {
        Ok(instances) => judge(&instances, &asked),
        Err(error) => Answer::plain(error.outcome(), error.to_string()),
    };
    Ok(arguments.output.plugin(&answer))
}

/// The first option for a login or for another check.
fn not_applicable(arguments: &Arguments) -> Option<&'static str> {
    let login = &arguments.login;
    let of_checks = specific_options(arguments).into_iter().map(|of| (of.option, of.given));
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
