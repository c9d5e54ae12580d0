//! `pmp-check-mysql-deleted-files`: deleted files that the server still has open.

use std::path::PathBuf;

use clap::Parser;
use healthd_core::check::Answer;
use healthd_core::checks;
use healthd_core::reading::outcome::Outcome;

use super::common::{CommonArgs, PmpApplet, notes};
use super::here::Here;
use crate::local::ExpectedOwner;
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-mysql-deleted-files";
const EXAMPLES: &str = "  pmp-check-mysql-deleted-files -S /run/mysqld/mysqld.sock";

/// Check for deleted files that the server still has open, on its own machine: CRITICAL, with -w and any text WARNING.
/// -c is ignored.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// Not needed: the server reports the directories of its temporary files
    #[arg(short = 't', value_name = "DIR", hide = true)]
    _temporary: Option<PathBuf>,
    #[command(flatten)]
    common: CommonArgs,
}

impl PmpApplet for Arguments {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        let alert = if self.common.warning().is_some() { Outcome::Warning } else { Outcome::Critical };
        Here { applet: NAME, check: &checks::DELETED_FILES, owner: ExpectedOwner::default() }.ask(&self.common, alert)
    }
}
