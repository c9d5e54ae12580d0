//! `pmp-check-mysql-innodb`: idle blockers, waiters, old transactions.

use clap::{Parser, ValueEnum};
use healthd_core::check::{Answer, Check, Settings};
use healthd_core::checks;

use super::common::{CommonArgs, PmpApplet, notes};
use super::relabeled::Relabeled;
use crate::applets::options::Defaults;
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-mysql-innodb";
const EXAMPLES: &str = "  pmp-check-mysql-innodb -H db1 -C waiter_count -w 10 -c 25
  pmp-check-mysql-innodb -H db1 -C max_duration -w 60 -c 600";

/// Check for transactions that block each other, on servers of every version (MySQL 8 and later: from the performance
/// schema).
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// The condition to alert on
    #[arg(short = 'C', value_name = "CHECK", default_value = "idle_blocker_duration")]
    check: Condition,
    #[command(flatten)]
    common: CommonArgs,
}

/// The condition to alert on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Condition {
    /// How long an idle connection has blocked others, in seconds: above 60 and 600
    IdleBlockerDuration,
    /// How many transactions wait for a lock: above 10 and 25
    WaiterCount,
    /// How old the oldest transaction is, in seconds: above 60 and 600
    MaxDuration,
}

impl Condition {
    /// Our check and the label of its value.
    fn measured_by(self) -> (&'static Check, &'static str) {
        match self {
            Condition::IdleBlockerDuration => (&checks::IDLE_BLOCKER, "idle_blocker"),
            Condition::WaiterCount => (&checks::ROW_LOCKS, "row_lock_waiting"),
            Condition::MaxDuration => (&checks::OLDEST_TRANSACTION, "oldest_transaction"),
        }
    }

    fn defaults(self) -> Defaults {
        match self {
            Condition::IdleBlockerDuration | Condition::MaxDuration => Defaults { warning: "60", critical: "600" },
            Condition::WaiterCount => Defaults { warning: "10", critical: "25" },
        }
    }
}

impl PmpApplet for Arguments {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        let (check, label) = self.check.measured_by();
        let limits = self.common.limits(self.check.defaults())?;
        let settings = Settings::default();
        let facts = self.common.facts(check.needs, &settings)?;
        // The original plugin prints no value here, so no graph depends on a label of its own.
        let relabeled = Relabeled { check, ours: label, facts: &facts, settings: &settings, limits: &limits };
        Ok(relabeled.judge_as(label))
    }
}
