//! One check, or several in one connection: reads the facts, measures, judges.

use std::time::Instant;

use healthd_core::check::{Answer, Cannot, Check, Settings, judge, roll_up};
use healthd_core::facts::{Facts, Need};
use healthd_core::reading::range::Thresholds;
use healthd_core::text::clean::one_line;
use healthd_mysql::connection::limits::Limits;
use healthd_mysql::login::credentials::Secret;

use super::arguments::{Arguments, NAME};
use super::settings;
use crate::applets::options::Defaults;
use crate::asking::evaluation::{Evaluation, History};
use crate::asking::login::Login;
use crate::asking::run;
use crate::asking::state::Store;
use crate::local::host::is_here;
use crate::local::{self, ExpectedOwner, LocalRequest};
use crate::output::Plugin;

/// The checks of one run: one, or those of a roll-up.
struct Request<'a> {
    arguments: &'a Arguments,
    checks: &'a [&'static Check],
    needs: Vec<Need>,
    settings: Settings,
}

/// Asks one check, or several in one connection.
///
/// # Errors
/// The command line is invalid, or the server was not reached.
pub(super) fn ask(arguments: &Arguments, checks: &[&'static Check]) -> Result<Plugin, Plugin> {
    let begun = Instant::now();
    if checks.len() > 1 {
        refuse_options_of_one_check(arguments)?;
    }
    let defaults = |check: &Check| Defaults { warning: check.warning, critical: check.critical };
    let thresholds = checks.iter().map(|check| arguments.thresholds.over(defaults(check)));
    let thresholds = thresholds.collect::<Result<Vec<_>, _>>()?;
    let needs: Vec<Need> = checks.iter().flat_map(|check| check.needs).copied().collect();
    let settings = settings::settings(arguments, checks, &needs)?;
    let request = Request { arguments, checks, needs, settings };
    let login = request.login()?;
    let facts = request.facts(login.as_ref(), begun)?;
    let evaluation = match &login {
        Some(login) => Evaluation::new(&facts, &request.settings, &request.needs, login, &request.history(login)),
        None => Evaluation::without_server(&facts, &request.settings),
    };
    let mut answers = request.answers(&evaluation, thresholds);
    let answer = if checks.len() == 1 && answers.len() == 1 { answers.remove(0).1 } else { roll_up(answers.clone()) };
    let plugin = arguments.output.plugin(&evaluation.finish(answer));
    let plugin = match &login {
        Some(login) => plugin.of_server(&login.address),
        None => plugin,
    };
    // The answers that are left are the parts of a roll-up.
    Ok(plugin.of_parts(answers))
}

fn refuse_options_of_one_check(arguments: &Arguments) -> Result<(), Plugin> {
    if arguments.thresholds.is_given() {
        return Err(Plugin::usage("-w and -c do not apply to health: it judges each check by its own defaults"));
    }
    if arguments.name.is_some() {
        return Err(Plugin::usage("--name applies to health only with --daemon, where it names an instance"));
    }
    Ok(())
}

impl Request<'_> {
    /// The login; `None` if every need is on this machine, so no server is asked.
    fn login(&self) -> Result<Option<Login>, Plugin> {
        let arguments = self.arguments;
        if self.needs.iter().any(|need| !need.is_local()) {
            return Ok(Some(arguments.login.request().login()?));
        }
        match arguments.login.host.as_deref().filter(|host| !is_here(host)) {
            Some(host) => Err(Plugin::usage(format!(
                "{} reads files of this machine, not of {}: run it there, through NRPE or an agent",
                arguments.check.as_deref().unwrap_or_default(),
                one_line(host, 60)
            ))),
            None => Ok(None),
        }
    }

    /// The facts of the server and of this machine.
    fn facts(&self, login: Option<&Login>, begun: Instant) -> Result<Facts, Plugin> {
        let arguments = self.arguments;
        let mut facts = match login {
            Some(login) => {
                let limits = Limits::together(arguments.timeout());
                run::read(login, &self.needs, &self.settings, limits).map_err(|failure| {
                    let answer = run::failed(&failure, login, arguments.auth_state);
                    arguments.output.plugin(&answer).of_server(&login.address)
                })?
            }
            None => Facts::default(),
        };
        if self.needs.iter().any(Need::is_local) {
            let request = LocalRequest {
                applet: NAME,
                backups: self.settings.name.as_deref(),
                owner: ExpectedOwner::default(),
                logged_within: self.settings.logged_within(),
                server: login.map(|login| &login.address),
                password: arguments.login.password.as_ref().map(Secret::expose),
            };
            local::read(&mut facts, &self.needs, &request, begun, arguments.timeout());
        }
        Ok(facts)
    }

    fn history(&self, login: &Login) -> History {
        let arguments = self.arguments;
        let check = arguments.check.as_deref().unwrap_or_default();
        // Services with another selection have other counters.
        let (name, schema) = (self.settings.name.as_deref(), self.settings.schema.as_deref());
        let tag = format!("{}\n{}\n{}", arguments.tag, name.unwrap_or_default(), schema.unwrap_or_default());
        let store = Store::new(arguments.state_dir.as_deref(), &login.address.to_string(), check, &tag);
        History { store, lookback: None }
    }

    /// The answer of each check, without those of a roll-up that do not apply to this server.
    fn answers(&self, evaluation: &Evaluation<'_>, thresholds: Vec<Thresholds>) -> Vec<(&'static str, Answer)> {
        let answers = self.checks.iter().zip(thresholds).filter_map(|(check, thresholds)| {
            let found = evaluation.measure(check);
            let applies = self.checks.len() == 1 || !matches!(found, Err(Cannot::NotHere(_)));
            applies.then(|| (check.name, judge(found, &thresholds)))
        });
        answers.collect()
    }
}
