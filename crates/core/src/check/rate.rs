//! Rates and ratios from two runs.

use super::finding::Cannot;
use super::input::Input;
use crate::facts::innodb::InnodbCounters;

/// How far the start time of a server may move without a restart: the clocks of two runs differ a little, and `Uptime`
/// is in whole seconds.
const SAME_RUN: f64 = 5.0;

/// The growth of counters since the previous run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The growth.
    pub delta: f64,
    /// The time between the runs in seconds; never zero.
    pub seconds: f64,
    /// Whether the growth is since the server's start, because it restarted after the previous run.
    pub restarted: bool,
}

impl Rate {
    /// The growth per second.
    pub fn per_second(self) -> f64 {
        self.delta / self.seconds
    }
}

/// A share in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Since the server's start.
    pub lifetime: Option<f64>,
    /// Since the previous run, with the number of events.
    pub recent: Option<(f64, f64)>,
}

impl Input<'_> {
    /// A counter, from any of the places where it may have been read.
    fn counter(&self, name: &str) -> Result<f64, Cannot> {
        let missing = || Cannot::Missing { name: name.to_owned().into() };
        match (self.status_values()?.number(name), self.facts.value::<InnodbCounters>()) {
            (Some(number), _) => Ok(number),
            (None, None) => Err(missing()),
            (None, Some(_)) => self.innodb_counters()?.number(name).ok_or_else(missing),
        }
    }

    /// The growth of the sum of these counters since the previous run.
    ///
    /// A restart does not look like a peak: the counters then count from zero since the start. If a counter has fallen
    /// without a restart (`FLUSH STATUS`), or another server answers than before, there is no previous run.
    ///
    /// # Errors
    /// When a counter was not read, or there is no earlier run.
    pub fn rate(&self, names: &[&str]) -> Result<Rate, Cannot> {
        let now: f64 = names.iter().map(|name| self.counter(name)).sum::<Result<f64, Cannot>>()?;
        let uptime = self.status("Uptime")?;
        let before = self.before.ok_or(Cannot::FirstRun)?;
        let known = |name: &&str| before.status.number(name);
        let (Some(earlier), Some(was_up)) =
            (names.iter().map(known).sum::<Option<f64>>(), before.status.number("Uptime"))
        else {
            return Err(Cannot::FirstRun);
        };
        let age = before.age.as_secs_f64();
        if uptime + SAME_RUN < was_up || uptime + SAME_RUN < age {
            return Ok(Rate { delta: now, seconds: uptime.max(1.0), restarted: true });
        }
        let same_run = (uptime - was_up - age).abs() <= SAME_RUN.max(age * 0.01);
        let fallen = names.iter().any(|name| self.counter(name).ok() < known(name));
        if !same_run || fallen || age <= 0.0 {
            return Err(Cannot::FirstRun);
        }
        Ok(Rate { delta: now - earlier, seconds: age, restarted: false })
    }

    /// The share of the counter `part` in `whole`: of the events since the previous run, and of all since the server's
    /// start. `None` if there were no events at all.
    ///
    /// # Errors
    /// When a counter was not read.
    pub fn share(&self, part: &[&'static str], whole: &[&'static str]) -> Result<Share, Cannot> {
        let sum = |names: &[&'static str]| names.iter().map(|name| self.status(name)).sum::<Result<f64, Cannot>>();
        let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| 100.0 * part / whole);
        let lifetime = ratio(sum(part)?, sum(whole)?);
        let recent = match (self.rate(part), self.rate(whole)) {
            (Ok(part), Ok(whole)) => ratio(part.delta, whole.delta).map(|share| (share, whole.delta)),
            _ => None,
        };
        Ok(Share { lifetime, recent })
    }

    /// Whether the server has only just started, so that its ratios prove nothing yet.
    ///
    /// # Errors
    /// When the uptime was not read.
    pub fn is_cold(&self) -> Result<bool, Cannot> {
        Ok(self.status("Uptime")? < self.settings.warm_up.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::check::Settings;
    use crate::facts::{Before, Facts, StatusVariables, Values};

    fn status(uptime: u64, counter: u64) -> Values {
        [("Uptime", uptime.to_string()), ("Slow_queries", counter.to_string())].into_iter().collect()
    }

    #[test]
    fn a_rate_is_made_of_two_runs_of_one_server() {
        let rate = |delta: f64, seconds: f64| Ok(Rate { delta, seconds, restarted: false });
        let restart = |delta: f64, seconds: f64| Ok(Rate { delta, seconds, restarted: true });
        for (name, before, now, expected) in [
            ("the first run", None, (1_000, 50), Err(Cannot::FirstRun)),
            ("a minute later", Some((60, 1_000, 50)), (1_060, 80), rate(30.0, 60.0)),
            ("nothing happened", Some((60, 1_000, 50)), (1_060, 50), rate(0.0, 60.0)),
            ("a restart", Some((60, 1_000, 50)), (20, 7), restart(7.0, 20.0)),
            ("a restart after a long pause", Some((90_000, 1_000, 50)), (2_000, 70), restart(70.0, 2_000.0)),
            ("a restart this second", Some((60, 1_000, 50)), (0, 3), restart(3.0, 1.0)),
            ("FLUSH STATUS", Some((60, 1_000, 50)), (1_060, 4), Err(Cannot::FirstRun)),
            ("another server at the same address", Some((60, 1_000, 50)), (90_000, 99), Err(Cannot::FirstRun)),
            ("a clock that was set back", Some((0, 1_000, 50)), (1_000, 50), Err(Cannot::FirstRun)),
        ] {
            let before = before.map(|(age, uptime, counter)| Before {
                age: Duration::from_secs(age),
                status: status(uptime, counter),
            });
            let facts = Facts::default().with::<StatusVariables>(Ok(status(now.0, now.1)));
            let input = Input { facts: &facts, before: before.as_ref(), settings: &Settings::default() };
            assert_eq!(input.rate(&["Slow_queries"]), expected, "{name}");
        }
    }
}
