//! `pmp-check-pt-table-checksum`: whether pt-table-checksum has found other rows here than on the source.

use std::time::Duration;

use clap::Parser;
use healthd_core::check::{Answer, Settings, TableName};
use healthd_core::checks;
use healthd_core::facts::Checksums;
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_core::text::duration::short;

use super::common::{Common, PmpApplet, notes};
use super::judged::judged;
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-pt-table-checksum";
const EXAMPLES: &str = "  pmp-check-pt-table-checksum -H db2 -T percona.checksums";

/// Checks whether pt-table-checksum has found differences on this replica: WARNING, with -c and any text CRITICAL.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// The table into which pt-table-checksum writes
    #[arg(short = 'T', value_name = "DB.TABLE", default_value = "percona.checksums")]
    table: TableName,
    /// Alert too when the last chunk was compared longer ago than so many days; 0 for never
    #[arg(short, value_name = "DAYS", default_value_t = 0)]
    interval: u32,
    #[command(flatten)]
    common: Common,
}

/// What was found is alerted on, and with this that nothing was lately.
fn stale(answer: Answer, age: Option<Duration>, days: u32, alert: Outcome) -> Answer {
    let within = Duration::from_secs(86_400 * u64::from(days));
    match age.filter(|age| days > 0 && *age >= within && answer.outcome == Outcome::Ok) {
        Some(age) => {
            let text =
                format!("pt-table-checksum last compared anything {} ago, which is not within {days} days", short(age));
            Answer { outcome: alert, text, ..answer }
        }
        None => answer,
    }
}

impl PmpApplet for Arguments {
    fn common(&self) -> &Common {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        // How old it may be is judged here, by the original plugin's option.
        let within = Some(Duration::MAX);
        let settings = Settings { table: Some(self.table.clone()), within, ..Settings::default() };
        let facts = self.common.facts(checks::REPLICA_CHECKSUM.needs, &settings)?;
        let any = "0".parse().ok();
        let (limits, alert) = match self.common.critical() {
            Some(_) => (Thresholds { warning: None, critical: any }, Outcome::Critical),
            None => (Thresholds { warning: any, critical: None }, Outcome::Warning),
        };
        let labels = ("different_chunks", "different_chunks");
        let answer = judged(&checks::REPLICA_CHECKSUM, &facts, &settings, &limits, labels);
        let age = facts.value::<Checksums>().and_then(|found| found.age);
        Ok(stale(answer, age, self.interval, alert))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compared_long_ago_is_alerted_on_where_asked_for() {
        let day = 86_400;
        for (outcome, age, days, expected) in [
            (Outcome::Ok, Some(3 * day), 0, Outcome::Ok),
            (Outcome::Ok, Some(3 * day), 4, Outcome::Ok),
            (Outcome::Ok, Some(3 * day), 3, Outcome::Critical),
            (Outcome::Ok, None, 3, Outcome::Ok),
            (Outcome::Warning, Some(3 * day), 3, Outcome::Warning),
            (Outcome::Unknown, Some(3 * day), 3, Outcome::Unknown),
        ] {
            let answer = Answer::plain(outcome, "");
            let answer = stale(answer, age.map(Duration::from_secs), days, Outcome::Critical);
            assert_eq!(answer.outcome, expected, "{age:?} {days}");
        }
    }
}
