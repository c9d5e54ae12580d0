//! `healthd config`.

use super::output::{Exit, say, say_error};
use crate::cli::{ConfigAction, ListenArgs};
use crate::config::{load, show};

/// Runs the command.
pub(crate) fn run(action: &ConfigAction) -> Exit {
    let (ConfigAction::Check(source) | ConfigAction::Show(source)) = action;
    match (load(source, &ListenArgs::default()), action) {
        (Err(error), _) => say_error(Exit::Usage, &error),
        (Ok(config), ConfigAction::Show(_)) => {
            say(&show(&config));
            Exit::Success
        }
        (Ok(config), ConfigAction::Check(_)) => {
            for warning in &config.warnings {
                say(&format!("warning: {warning}\n"));
            }
            let names = config.instances.iter().map(|instance| instance.name.as_str());
            let counters = config.logs.counters().map(|(_, counter)| counter.name.as_str());
            say(&format!("the configuration is valid: {}\n", names.chain(counters).collect::<Vec<_>>().join(", ")));
            Exit::Success
        }
    }
}
