//! Applets that read files and processes of the server's machine. The server reports where they are; the original
//! plugins look for processes called mysqld.

use std::time::Instant;

use healthd_core::check::{Answer, Check, Input, Settings, judge};
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_mysql::login::credentials::Secret;

use super::common::CommonArgs;
use crate::local::{self, ExpectedOwner, LocalRequest};
use crate::output::Plugin;

/// A check of the server's machine.
pub(super) struct Here {
    /// The name of the applet.
    pub(super) applet: &'static str,
    /// The check.
    pub(super) check: &'static Check,
    /// The expected owner of the files.
    pub(super) owner: ExpectedOwner,
}

impl Here {
    /// Asks the server where its files are, and reads them. `alert` is the outcome of a fault.
    ///
    /// # Errors
    /// The command line is invalid, or the server was not reached.
    pub(super) fn ask(self, common: &CommonArgs, alert: Outcome) -> Result<Answer, Plugin> {
        let Here { applet, check, owner } = self;
        let (begun, settings) = (Instant::now(), Settings::default());
        let login = common.login()?;
        let mut facts = common.facts_of(&login, check.needs, &settings)?;
        let request = LocalRequest {
            applet,
            backups: None,
            owner,
            server: Some(&login.address),
            logged_within: settings.logged_within(),
            password: common.password.as_ref().map(Secret::expose),
        };
        local::read(&mut facts, check.needs, &request, begun, common.timeout);
        let range = [check.warning, check.critical].into_iter().find_map(|range| range.parse().ok());
        let limits = match alert {
            Outcome::Critical => Thresholds { warning: None, critical: range },
            _ => Thresholds { warning: range, critical: None },
        };
        Ok(judge((check.measure)(&Input { facts: &facts, before: None, settings: &settings }), &limits))
    }
}
