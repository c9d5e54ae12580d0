//! `pmp-check-mysql-processlist`: connections that are stuck, and accounts near their limit.

use clap::{Parser, ValueEnum};
use healthd_core::check::{Answer, Input, Settings};
use healthd_core::checks;
use healthd_core::facts::Facts;
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_core::reading::{Reading, Unit};

use super::common::{CommonArgs, PmpApplet, notes};
use super::relabeled::Relabeled;
use crate::applets::options::Defaults;
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-mysql-processlist";
const EXAMPLES: &str = "  pmp-check-mysql-processlist -H db1 -w 16 -c 32
  pmp-check-mysql-processlist -H db1 -C max_user_conn -w 90 -c 95";

/// Check the process list for many connections in one bad state, or for an account near `max_user_connections`.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// The condition to alert on
    #[arg(short = 'C', value_name = "CHECK", default_value = "states_count")]
    check: Condition,
    #[command(flatten)]
    common: CommonArgs,
}

/// The condition to alert on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Condition {
    /// Connections in the same bad state: above 16 and 32
    StatesCount,
    /// Connections of one account, in percent of max_user_connections: above 90 and 95
    MaxUserConn,
}

impl Condition {
    fn defaults(self) -> Defaults {
        match self {
            Condition::StatesCount => Defaults { warning: "16", critical: "32" },
            Condition::MaxUserConn => Defaults { warning: "90", critical: "95" },
        }
    }
}

impl PmpApplet for Arguments {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        let needs = match self.check {
            Condition::StatesCount => checks::PROCESSLIST_STATES.needs,
            Condition::MaxUserConn => checks::USER_CONNECTIONS.needs,
        };
        let limits = self.common.limits(self.check.defaults())?;
        Ok(self.judge(&self.common.facts(needs, &Settings::default())?, &limits))
    }
}

impl Arguments {
    fn judge(&self, facts: &Facts, limits: &Thresholds) -> Answer {
        let settings = Settings::default();
        let input = Input { facts, before: None, settings: &settings };
        match self.check {
            Condition::StatesCount => {
                let (check, ours) = (&checks::PROCESSLIST_STATES, "stuck_connections");
                Relabeled { check, ours, facts, settings: &settings, limits }.judge_as("processes")
            }
            Condition::MaxUserConn if input.variable("max_user_connections") == Ok(0.0) => {
                Answer::plain(Outcome::Ok, "max_user_connections is 0: accounts have no limit")
            }
            Condition::MaxUserConn => {
                // Whole percent.
                let shown = |reading: Reading| {
                    Reading::new("max_user_conn", reading.value.floor(), Unit::None).between(0.0, 100.0)
                };
                let (check, ours) = (&checks::USER_CONNECTIONS, "user_connections");
                Relabeled { check, ours, facts, settings: &settings, limits }.judge_with(shown)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use healthd_core::facts::{Process, Processes, SystemVariables};

    use super::*;

    #[test]
    fn the_worst_state_counts_and_an_account_without_a_limit_is_fine() {
        let process = |user: &str, state: &str| Process {
            id: 1,
            user: user.to_owned(),
            command: "Query".to_owned(),
            time: Duration::ZERO,
            state: state.to_owned(),
        };
        let stuck = [
            process("unauthenticated user", "login"),
            process("app", "Locked"),
            process("app", "Waiting for table metadata lock"),
            process("app", "Waiting for table flush"),
            process("app", "Copying to tmp table on disk"),
            process("app", "Statistics"),
            process("app", "Sending data"),
        ];
        for (words, limit, outcome, perfdata) in [
            (&["-w", "3"][..], "0", Outcome::Ok, Some("processes=3;3;32;0")),
            (&["-w", "2"], "0", Outcome::Warning, Some("processes=3;2;32;0")),
            (&["-C", "max_user_conn"], "0", Outcome::Ok, None),
            (&["-C", "max_user_conn", "-w", "85"], "7", Outcome::Ok, Some("max_user_conn=85;85;95;0;100")),
            (&["-C", "max_user_conn"], "10", Outcome::Ok, Some("max_user_conn=60;90;95;0;100")),
            (&["-C", "max_user_conn", "-c", "50"], "10", Outcome::Critical, Some("max_user_conn=60;90;50;0;100")),
        ] {
            let arguments = Arguments::parse_from([NAME].iter().chain(words));
            let limits = arguments.common.limits(arguments.check.defaults()).expect("limits");
            let variables = [("max_user_connections", limit), ("max_connections", "100")].into_iter().collect();
            let facts = Facts::default().with::<Processes>(Ok(stuck.to_vec())).with::<SystemVariables>(Ok(variables));
            let answer = arguments.judge(&facts, &limits);
            let shown = answer.readings.first().and_then(Reading::perfdata);
            assert_eq!((answer.outcome, shown.as_deref()), (outcome, perfdata), "{words:?} {}", answer.text);
        }
    }
}
