//! `check_my`: every check under one name.

mod arguments;
mod checked;
mod daemon;
mod list;
mod settings;
mod sql;

use std::ffi::OsString;

use clap::CommandFactory as _;
use healthd_core::check::Check;
use healthd_core::checks;
use healthd_core::render::manual;
use healthd_core::text::clean::one_line;

use super::options;
use crate::output::Plugin;
use arguments::Arguments;
pub(super) use arguments::{HEALTH, NAME, SQL};

pub(super) fn command() -> clap::Command {
    Arguments::command()
}

pub(super) fn run(arguments: Vec<OsString>) -> Plugin {
    if let Some(check) = check_to_explain(&arguments) {
        return Plugin::information(manual::help(check));
    }
    let arguments = match options::parse::<Arguments>(arguments) {
        Ok(arguments) => arguments,
        Err(plugin) => return plugin,
    };
    if arguments.list {
        return Plugin::information(list::list());
    }
    let name = arguments.check.as_deref().unwrap_or_default();
    let answered = answer(&arguments, name).unwrap_or_else(|plugin| plugin);
    let tag = arguments.tag.as_str();
    let service = format!("{NAME} {name}{}{tag}", if tag.is_empty() { "" } else { " " });
    arguments.output.of(answered).of_check(name, service)
}

/// The check of `check_my CHECK --help`.
fn check_to_explain(arguments: &[OsString]) -> Option<&'static Check> {
    let words: Vec<&str> = arguments.iter().skip(1).filter_map(|word| word.to_str()).collect();
    let asked = words.iter().any(|word| ["-h", "--help"].contains(word));
    words.first().filter(|_| asked).and_then(|name| checks::find(name))
}

fn answer(arguments: &Arguments, name: &str) -> Result<Plugin, Plugin> {
    if let (true, Some(option)) = (name != SQL, arguments.sql.given()) {
        let name = one_line(name, 40);
        return Err(Plugin::usage(format!("{option} does not apply to {name}, only to check_my {SQL}")));
    }
    if let Some(option) = arguments.daemon.without_daemon() {
        return Err(Plugin::usage(format!("{option} needs --daemon")));
    }
    match (checks::find(name), &arguments.daemon.daemon) {
        (_, Some(daemon)) => daemon::ask(arguments, daemon),
        (Some(check), None) => checked::ask(arguments, &[check]),
        (None, None) if name == HEALTH => checked::ask(arguments, checks::STANDARD),
        (None, None) if name == SQL => sql::ask(arguments),
        (None, None) => Err(Plugin::usage(list::unknown(name))),
    }
}
