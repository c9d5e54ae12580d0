//! `pmp-check-pt-table-checksum`: whether pt-table-checksum found rows that differ from the source.

use std::time::Duration;

use clap::Parser;
use healthd_core::check::{Answer, Settings, TableName};
use healthd_core::checks;
use healthd_core::facts::Checksums;
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_core::text::duration::short;

use super::common::{CommonArgs, PmpApplet, notes};
use super::relabeled::Relabeled;
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-pt-table-checksum";
const EXAMPLES: &str = "  pmp-check-pt-table-checksum -H db2 -T percona.checksums";

/// Check whether pt-table-checksum found differences on this replica: WARNING, with -c and any text CRITICAL.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// The table of pt-table-checksum
    #[arg(short = 'T', value_name = "DB.TABLE", default_value = "percona.checksums")]
    table: TableName,
    /// Also alert if the last comparison is older than this many days; 0 means never
    #[arg(short, value_name = "DAYS", default_value_t = 0)]
    interval: u32,
    #[command(flatten)]
    common: CommonArgs,
}

/// Alerts if the last comparison is too old, unless the answer is an alert already.
fn stale(answer: Answer, age: Option<Duration>, days: u32, alert: Outcome) -> Answer {
    let within = Duration::from_secs(86_400 * u64::from(days));
    match age.filter(|age| days > 0 && *age >= within && answer.outcome == Outcome::Ok) {
        Some(age) => {
            let text =
                format!("the last comparison of pt-table-checksum was {} ago, more than {days} days", short(age));
            Answer { outcome: alert, text, ..answer }
        }
        None => answer,
    }
}

impl PmpApplet for Arguments {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        // The age is judged here, by -i.
        let within = Some(Duration::MAX);
        let settings = Settings { table: Some(self.table.clone()), within, ..Settings::default() };
        let facts = self.common.facts(checks::REPLICA_CHECKSUM.needs, &settings)?;
        let any = "0".parse().ok();
        let (limits, alert) = match self.common.critical() {
            Some(_) => (Thresholds { warning: None, critical: any }, Outcome::Critical),
            None => (Thresholds { warning: any, critical: None }, Outcome::Warning),
        };
        let (check, ours) = (&checks::REPLICA_CHECKSUM, "different_chunks");
        let answer = Relabeled { check, ours, facts: &facts, settings: &settings, limits: &limits }.judge_as(ours);
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
