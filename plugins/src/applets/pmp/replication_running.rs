//! `pmp-check-mysql-replication-running`: whether both threads of every channel run.

use clap::{Args, Parser};
use healthd_core::check::{Answer, Input, Settings};
use healthd_core::facts::{Channels, Fact as _, Facts};
use healthd_core::observed::channel::{Applier, Channel, Receiver, Threads};
use healthd_core::reading::outcome::Outcome;

use super::common::{CommonArgs, PmpApplet, notes};
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-mysql-replication-running";
const EXAMPLES: &str = "  pmp-check-mysql-replication-running -H db2
  pmp-check-mysql-replication-running -H db2 --master-conn dc2 -w 1";

/// Check whether replication runs: a thread that stopped with an error is CRITICAL, one that stopped without an error
/// is WARNING, with -c and any text CRITICAL. A server without a replication source is OK, with -w and any text
/// WARNING.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// Accept a stopped applier with a running receiver: pt-slave-delay stops it
    // The original plugin ignores the word after it, so existing command lines may have one.
    #[arg(short, value_name = "IGNORED", num_args = 0..=1)]
    delayed: Option<Option<String>>,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    common: CommonArgs,
}

/// The channels to check.
#[derive(Debug, Clone, Args)]
pub(super) struct Which {
    /// Check only this connection of MariaDB
    #[arg(long, value_name = "NAME")]
    master_conn: Option<String>,
    /// Check only this channel of MySQL
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
}

impl Which {
    /// The name of the channel; `None` for all.
    pub(super) fn name(&self) -> Option<String> {
        let named = self.master_conn.clone().filter(|name| !name.is_empty());
        named.or_else(|| self.channel.clone()).filter(|name| !name.is_empty())
    }
}

impl PmpApplet for Arguments {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        Ok(self.judge(&self.common.facts(&[Channels::NEED], &Settings::default())?))
    }
}

impl Arguments {
    fn judge(&self, facts: &Facts) -> Answer {
        let settings = Settings { channel: self.which.name(), ..Settings::default() };
        let input = Input { facts, before: None, settings: &settings };
        match input.channels() {
            Ok(channels) => self.worst(&channels),
            Err(cannot) => Answer::plain(cannot.outcome(), cannot.to_string()),
        }
    }

    fn worst(&self, channels: &[&Channel]) -> Answer {
        let details = channels.iter().map(|channel| channel.describe()).collect();
        // The first of the worst: CRITICAL before WARNING before OK.
        let worst = channels.iter().map(|channel| (self.outcome(channel), channel));
        let worst = worst.reduce(|worst, next| if worst.0.worst(next.0) == worst.0 { worst } else { next });
        let answer = match worst {
            None => {
                let outcome = if self.common.warning().is_some() { Outcome::Warning } else { Outcome::Ok };
                Answer::plain(outcome, "this server is not a replica")
            }
            Some((Outcome::Ok, channel)) if channel.threads() != Threads::Run => {
                Answer::plain(Outcome::Ok, format!("delayed replica: {}", channel.describe()))
            }
            Some((Outcome::Ok, _)) => {
                let all = if channels.len() == 1 { "the only channel" } else { "every channel" };
                Answer::plain(Outcome::Ok, format!("both threads run on {all}"))
            }
            Some((outcome, channel)) => Answer::plain(outcome, channel.describe()),
        };
        Answer { details, ..answer }
    }

    fn outcome(&self, channel: &Channel) -> Outcome {
        let delayed = channel.receiver == Receiver::Running && channel.applier == Applier::Stopped;
        match channel.threads() {
            Threads::Run => Outcome::Ok,
            Threads::Failed => Outcome::Critical,
            Threads::Stopped if delayed && self.delayed.is_some() => Outcome::Ok,
            Threads::Stopped if self.common.critical().is_some() => Outcome::Critical,
            Threads::Stopped => Outcome::Warning,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use healthd_core::observed::channel::ThreadError;

    use super::*;

    fn channel(name: &str, receiver: Receiver, applier: Applier, errors: (u32, u32)) -> Channel {
        let error = |code| (code > 0).then(|| ThreadError { code, text: "text".to_owned() });
        let lag = (receiver == Receiver::Running && applier == Applier::Running).then_some(Duration::ZERO);
        Channel {
            name: name.to_owned(),
            source: "db1:3306".to_owned(),
            receiver,
            applier,
            lag,
            delay: Duration::ZERO,
            receiver_error: error(errors.0),
            applier_error: error(errors.1),
        }
    }

    fn answer(words: &[&str], channels: Vec<Channel>) -> (Outcome, String) {
        let arguments = Arguments::parse_from([NAME].iter().chain(words));
        let answer = arguments.judge(&Facts::default().with::<Channels>(Ok(channels)));
        (answer.outcome, answer.text)
    }

    #[test]
    fn an_error_is_critical_and_a_stop_a_warning_unless_the_command_line_says_otherwise() {
        use Outcome::{Critical, Ok, Warning};
        let runs = || channel("", Receiver::Running, Applier::Running, (0, 0));
        let stopped = || channel("dc2", Receiver::Running, Applier::Stopped, (0, 0));
        let no_receiver = || channel("", Receiver::Stopped, Applier::Running, (0, 0));
        let failed = || channel("dc2", Receiver::Running, Applier::Stopped, (0, 1062));
        let unreached = || channel("", Receiver::Connecting, Applier::Running, (2003, 0));
        for (words, channels, outcome, text) in [
            (&[][..], vec![], Ok, "this server is not a replica"),
            (&["-w", "1"], vec![], Warning, "this server is not a replica"),
            (&["-w", ""], vec![], Ok, "this server is not a replica"),
            (&[], vec![runs()], Ok, "both threads run on the only channel"),
            (&["-w", "1", "-c", "1"], vec![runs(), runs()], Ok, "both threads run on every channel"),
            (&[], vec![runs(), stopped()], Warning, "channel dc2 from db1:3306: receiver running, applier stopped"),
            (&["-c", "1"], vec![stopped()], Critical, "channel dc2 from db1:3306: receiver running, applier stopped"),
            (&["-d"], vec![stopped()], Ok, "delayed replica: channel dc2 from db1:3306: receiver running"),
            (&["-d", "-c", "1"], vec![stopped(), runs()], Ok, "delayed replica: channel dc2"),
            (&["-d", "1"], vec![no_receiver()], Warning, "channel default from db1:3306: receiver stopped"),
            (
                &["-d"],
                vec![stopped(), failed()],
                Critical,
                "channel dc2 from db1:3306: receiver running, applier stopped",
            ),
            (&[], vec![unreached(), stopped()], Critical, "channel default from db1:3306: receiver connecting"),
            (&["--channel", "dc2"], vec![unreached(), stopped()], Warning, "channel dc2"),
            (&["--master-conn", "dc2"], vec![unreached(), stopped()], Warning, "channel dc2"),
            (&["--master-conn", "dc3"], vec![stopped()], Outcome::Unknown, "there is no channel dc3; there are: dc2"),
        ] {
            let found = answer(words, channels);
            assert_eq!(found.0, outcome, "{words:?}: {}", found.1);
            assert!(found.1.starts_with(text), "{words:?}: {}", found.1);
        }
        assert!(answer(&[], vec![failed()]).1.ends_with("error 1062: text"));
    }
}
