//! `pmp-check-mysql-pidfile`: whether the server's pid file exists and names its process.

use clap::Parser;
use healthd_core::check::Answer;
use healthd_core::checks;
use healthd_core::reading::outcome::Outcome;

use super::common::{CommonArgs, PmpApplet, notes};
use super::here::Here;
use crate::local::ExpectedOwner;
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-mysql-pidfile";
const EXAMPLES: &str = "  pmp-check-mysql-pidfile -S /run/mysqld/mysqld.sock -c 1";

/// Check the pid file of the server, on its own machine: WARNING if it is missing or names a process that is gone, with
/// -c and any text CRITICAL. -w is ignored.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    #[command(flatten)]
    common: CommonArgs,
}

impl PmpApplet for Arguments {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        let alert = if self.common.critical().is_some() { Outcome::Critical } else { Outcome::Warning };
        Here { applet: NAME, check: &checks::PIDFILE, owner: ExpectedOwner::default() }.ask(&self.common, alert)
    }
}
