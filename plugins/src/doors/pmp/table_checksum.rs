//! `pmp-check-pt-table-checksum`: whether pt-table-checksum has found other rows here than on the source.

use clap::Parser;
use healthd_core::check::{Answer, Settings, TableName};
use healthd_core::checks;
use healthd_core::range::Thresholds;

use super::common::{Common, Door, judged, notes};
use crate::output::Plugin;

pub(in crate::doors) const NAME: &str = "pmp-check-pt-table-checksum";
const EXAMPLES: &str = "  pmp-check-pt-table-checksum -H db2 -T percona.checksums";

/// Checks whether pt-table-checksum has found differences on this replica: WARNING, with -c and any text CRITICAL.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::doors) struct Arguments {
    /// The table into which pt-table-checksum writes
    #[arg(short = 'T', value_name = "DB.TABLE", default_value = "percona.checksums")]
    table: TableName,
    #[command(flatten)]
    common: Common,
}

impl Door for Arguments {
    fn common(&self) -> &Common {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        let settings = Settings { table: Some(self.table.clone()), ..Settings::default() };
        let facts = self.common.facts(checks::REPLICA_CHECKSUM.needs, &settings)?;
        let any = "0".parse().ok();
        let limits = match self.common.critical() {
            Some(_) => Thresholds { warning: None, critical: any },
            None => Thresholds { warning: any, critical: None },
        };
        let labels = ("different_chunks", "different_chunks");
        Ok(judged(&checks::REPLICA_CHECKSUM, &facts, &settings, &limits, labels))
    }
}
