//! `pmp-check-mysql-innodb`: idle blockers, waiters, old transactions.

use clap::{Parser, ValueEnum};
use healthd_core::check::{Answer, Check, Settings};
use healthd_core::checks;

use super::common::{Common, PmpApplet, notes};
use super::judged::judged;
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-mysql-innodb";
const EXAMPLES: &str = "  pmp-check-mysql-innodb -H db1 -C waiter_count -w 10 -c 25
  pmp-check-mysql-innodb -H db1 -C max_duration -w 60 -c 600";

/// Checks what transactions do to each other, on servers of every version: MySQL 8 and later in its performance schema.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// What to alert on
    #[arg(short = 'C', value_name = "CHECK", default_value = "idle_blocker_duration")]
    check: Asked,
    #[command(flatten)]
    common: Common,
}

/// What is alerted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Asked {
    /// For how long an idle connection has kept others waiting, in seconds: above 60 and 600
    IdleBlockerDuration,
    /// How many transactions wait for a lock: above 10 and 25
    WaiterCount,
    /// How old the oldest transaction is, in seconds: above 60 and 600
    MaxDuration,
}

impl Asked {
    /// Our check, its value, and the original plugin's defaults.
    fn of(self) -> (&'static Check, &'static str, (&'static str, &'static str)) {
        match self {
            Asked::IdleBlockerDuration => (&checks::IDLE_BLOCKER, "idle_blocker", ("60", "600")),
            Asked::WaiterCount => (&checks::ROW_LOCKS, "row_lock_waiting", ("10", "25")),
            Asked::MaxDuration => (&checks::OLDEST_TRANSACTION, "oldest_transaction", ("60", "600")),
        }
    }
}

impl PmpApplet for Arguments {
    fn common(&self) -> &Common {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        let (check, label, defaults) = self.check.of();
        let limits = self.common.limits(defaults)?;
        let settings = Settings::default();
        let facts = self.common.facts(check.needs, &settings)?;
        // The original plugin shows no value here, so no graph is keyed by its label.
        Ok(judged(check, &facts, &settings, &limits, (label, label)))
    }
}
