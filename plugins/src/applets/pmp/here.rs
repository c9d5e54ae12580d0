//! The applets that look at the machine of the server, which is asked where its things are. The original plugins look for the processes called
//! mysqld.

use std::time::Instant;

use healthd_core::check::{Answer, Check, Input, Settings, judge};
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_mysql::login::credentials::Secret;

use super::common::Common;
use crate::local::{self, Owner, Scope};
use crate::output::Plugin;

/// One of the applets that look at this machine.
pub(super) struct Here {
    /// Its name.
    pub(super) applet: &'static str,
    /// The check behind it.
    pub(super) check: &'static Check,
    /// Whose the files should be.
    pub(super) owner: Owner,
}

impl Here {
    /// Asks the server where its things are, and looks at them. `alert` is the outcome where the check finds something wrong.
    ///
    /// # Errors
    /// The server was not reached: then nobody knows where they are.
    pub(super) fn ask(self, common: &Common, alert: Outcome) -> Result<Answer, Plugin> {
        let Here { applet, check, owner } = self;
        let (begun, settings) = (Instant::now(), Settings::default());
        let login = common.login()?;
        let mut facts = common.facts_of(&login, check.needs, &settings)?;
        let scope = Scope {
            applet,
            name: None,
            owner,
            server: Some(&login.address),
            logged_within: settings.logged_within(),
            password: common.password.as_ref().map(Secret::expose),
        };
        local::read(&mut facts, check.needs, &scope, begun, common.timeout);
        let range = [check.warning, check.critical].into_iter().find_map(|range| range.parse().ok());
        let limits = match alert {
            Outcome::Critical => Thresholds { warning: None, critical: range },
            _ => Thresholds { warning: range, critical: None },
        };
        Ok(judge((check.measure)(&Input { facts: &facts, before: None, settings: &settings }), &limits))
    }
}
