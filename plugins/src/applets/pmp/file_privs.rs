//! `pmp-check-mysql-file-privs`: owner and group of the files in the data directory.

use clap::Parser;
use healthd_core::check::Answer;
use healthd_core::checks;
use healthd_core::reading::outcome::Outcome;
use healthd_core::text::clean::one_line;

use super::common::{CommonArgs, PmpApplet, notes};
use super::here::Here;
use crate::local::accounts::number_of;
use crate::local::{ExpectedGroup, ExpectedOwner};
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-mysql-file-privs";
const EXAMPLES: &str = "  pmp-check-mysql-file-privs -S /run/mysqld/mysqld.sock -u mysql -g mysql";

/// Check owner and group of the files in the data directory, on the server's own machine: WARNING if one differs, with
/// -c and any text CRITICAL. -w is ignored.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// Expected owner of the files, by name or number [default: the account of the server's process]
    #[arg(short = 'u', value_name = "USER")]
    owner: Option<String>,
    /// Expected group of the files, by name or number [default: the group of the server's process]
    #[arg(short = 'g', value_name = "GROUP")]
    group: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

impl PmpApplet for Arguments {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        let alert = if self.common.critical().is_some() { Outcome::Critical } else { Outcome::Warning };
        let owner = ExpectedOwner {
            user: number("-u", self.owner.as_deref(), "/etc/passwd")?,
            group: number("-g", self.group.as_deref(), "/etc/group")?.map_or(ExpectedGroup::Own, ExpectedGroup::Number),
        };
        Here { applet: NAME, check: &checks::DATADIR_OWNER, owner }.ask(&self.common, alert)
    }
}

/// The number of an account or a group; empty means none.
fn number(option: &str, name: Option<&str>, list: &str) -> Result<Option<u32>, Plugin> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
    let known = std::fs::read_to_string(list).unwrap_or_default();
    number_of(&known, name).map(Some).ok_or_else(|| {
        let name = one_line(name, 40);
        Plugin::usage(format!(
            "{option} `{name}` is not in {list} of this machine: write a name from that file, or a number"
        ))
    })
}
