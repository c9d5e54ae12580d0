//! `pmp-check-mysql-replication-delay`: how many seconds a replica is behind, as it reports itself or by a heartbeat
//! table.

use clap::Parser;
use healthd_core::check::HeartbeatTable;
use healthd_core::check::{Answer, Cannot, Input, Settings, TableName};
use healthd_core::facts::{Channels, Fact as _, Facts, HeartbeatRow, HeartbeatRows, Need, Receivers};
use healthd_core::observed::channel::{Applier, Channel, Receiver};
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_core::reading::{Reading, Unit, number};

use super::common::{CommonArgs, PmpApplet, notes};
use super::replication_running::Which;
use crate::applets::options::{Defaults, InvalidValue};
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-mysql-replication-delay";
const EXAMPLES: &str = "  pmp-check-mysql-replication-delay -H db2 -w 300 -c 600
  pmp-check-mysql-replication-delay -H db2 -T percona.heartbeat -s MASTER";

/// Check how many seconds a replica is behind: CRITICAL above 600, WARNING above 300. The worst channel counts; an
/// unknown lag is UNKNOWN. A server without a replication source is OK, with -m CRITICAL.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// Take the delay from the age of the rows that pt-heartbeat writes to this table
    #[arg(short = 'T', value_name = "DB.TABLE")]
    table: Option<TableName>,
    /// Use the rows of the server with this id, or MASTER for the channel's source [default: the oldest row]
    #[arg(short = 's', value_name = "SERVERID", value_parser = writer)]
    writer: Option<Writer>,
    /// Read the times of the table as UTC (pt-heartbeat --utc)
    #[arg(short = 'u')]
    utc: bool,
    /// Expect a delayed replica: a shorter delay is CRITICAL, a stopped applier with a running receiver OK
    #[arg(short, value_name = "SECONDS")]
    min: Option<u32>,
    /// With -m: report a stopped applier as UNKNOWN
    #[arg(long)]
    ensure_sbm: bool,
    /// Report a server without a replication source as UNKNOWN
    #[arg(long)]
    unconfigured: bool,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    common: CommonArgs,
}

/// The server whose heartbeat rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// The channel's source.
    Source,
    /// The server with this id.
    Id(u32),
}

/// Parses `-s`. As in the original plugin, 0 means every server.
fn writer(text: &str) -> Result<Writer, InvalidValue> {
    match text {
        "MASTER" => Ok(Writer::Source),
        text => text.parse().map(Writer::Id).map_err(|_| InvalidValue("a server_id or MASTER")),
    }
}

impl PmpApplet for Arguments {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        let limits = self.common.limits(Defaults { warning: "300", critical: "600" })?;
        let heartbeat = self.table.clone().map(|table| HeartbeatTable { table, utc: self.utc });
        let needs: &[Need] = match (&heartbeat, self.writer) {
            (None, _) => &[Channels::NEED],
            (Some(_), Some(Writer::Source)) => &[Channels::NEED, Receivers::NEED, HeartbeatRows::NEED],
            // The account may lack the privilege to read channels.
            (Some(_), _) => &[HeartbeatRows::NEED],
        };
        let facts = self.common.facts(needs, &Settings { heartbeat, ..Settings::default() })?;
        Ok(self.judge(&facts, &limits).unwrap_or_else(|cannot| Answer::plain(cannot.outcome(), cannot.to_string())))
    }
}

impl Arguments {
    fn judge(&self, facts: &Facts, limits: &Thresholds) -> Result<Answer, Cannot> {
        let settings = Settings { channel: self.which.name(), ..Settings::default() };
        let input = Input { facts, before: None, settings: &settings };
        match input.find::<HeartbeatRows>()? {
            Some(rows) => self.by_heartbeat_table(rows, &input, limits),
            None => Ok(self.by_channels(&input.channels()?, limits)),
        }
    }

    fn by_channels(&self, channels: &[&Channel], limits: &Thresholds) -> Answer {
        let details: Vec<String> = channels.iter().map(|channel| channel.describe()).collect();
        // MySQL shows a lag as long as the applier is busy, even if the receiver has stopped.
        let unknown: Vec<&&Channel> = channels.iter().filter(|channel| channel.fault().is_some()).collect();
        let answer = match channels.iter().filter_map(|channel| channel.lag).max() {
            None if channels.is_empty() => {
                // For the original plugin the lag is 0 seconds, which is too little for a delayed replica.
                let outcome = match (self.unconfigured, self.min) {
                    (true, _) => Outcome::Unknown,
                    (false, None | Some(0)) => Outcome::Ok,
                    (false, Some(_)) => Outcome::Critical,
                };
                Answer::plain(outcome, "this server is not a replica")
            }
            lag => match (unknown.iter().find(|channel| !self.is_held_back(channel)), unknown.first(), lag) {
                (Some(broken), ..) => Answer::plain(Outcome::Unknown, broken.describe()),
                (None, Some(held), _) => {
                    Answer::plain(Outcome::Ok, format!("delayed replica, applier stopped: {}", held.describe()))
                }
                (None, None, lag) => self.delay(lag.unwrap_or_default().as_secs_f64(), limits),
            },
        };
        Answer { details, ..answer }
    }

    /// Whether a tool such as pt-slave-delay has stopped the applier, and that is meant.
    fn is_held_back(&self, channel: &Channel) -> bool {
        let stopped = channel.applier == Applier::Stopped && channel.applier_error.is_none();
        self.min.is_some() && !self.ensure_sbm && stopped && channel.receiver == Receiver::Running
    }

    fn by_heartbeat_table(
        &self,
        rows: &[HeartbeatRow],
        input: &Input<'_>,
        limits: &Thresholds,
    ) -> Result<Answer, Cannot> {
        let ids: Option<Vec<u32>> = match self.writer {
            None | Some(Writer::Id(0)) => None,
            Some(Writer::Id(id)) => Some(vec![id]),
            Some(Writer::Source) => {
                let channels = input.channels()?;
                let ids = channels.iter().map(|channel| Ok(input.receiver(channel)?.source_id));
                Some(ids.collect::<Result<Vec<_>, Cannot>>()?.into_iter().flatten().collect())
            }
        };
        let wanted = |row: &&HeartbeatRow| ids.as_ref().is_none_or(|ids| ids.contains(&row.server_id));
        let oldest = rows.iter().filter(wanted).max_by_key(|row| row.age);
        Ok(match oldest.map(|row| (row.age(), row.server_id)) {
            None => Answer::plain(Outcome::Unknown, "the heartbeat table has no such row"),
            Some((None, id)) => Answer::plain(
                Outcome::Unknown,
                format!("the heartbeat of server {id} is in the future: add or remove -u"),
            ),
            Some((Some(age), _)) => self.delay(age.as_secs_f64(), limits),
        })
    }

    fn delay(&self, delay: f64, limits: &Thresholds) -> Answer {
        // The original plugin prints integers.
        let delay = delay.round();
        let early = self.min.is_some_and(|min| delay < f64::from(min));
        let reading = Reading { thresholds: limits.clone(), ..Reading::new("replication_delay", delay, Unit::None) };
        let text = format!("{} seconds of replication delay", number(delay));
        let (outcome, text) = match early {
            true => (Outcome::Critical, format!("{text}: the replica should be delayed by more")),
            false => (limits.judge(delay), text),
        };
        Answer { readings: vec![reading.between(0.0, None)], ..Answer::plain(outcome, text) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use healthd_core::observed::channel::ThreadError;

    use super::*;

    fn channel(name: &str, lag: Option<u64>, receiver: Receiver, error: u32) -> Channel {
        Channel {
            name: name.to_owned(),
            source: "db1:3306".to_owned(),
            receiver,
            applier: if lag.is_some() { Applier::Running } else { Applier::Stopped },
            lag: lag.map(Duration::from_secs),
            delay: Duration::ZERO,
            receiver_error: None,
            applier_error: (error > 0).then(|| ThreadError { code: error, text: "text".to_owned() }),
        }
    }

    fn answer(words: &[&str], facts: &Facts) -> (Outcome, String, Option<String>) {
        let arguments = Arguments::parse_from([NAME].iter().chain(words));
        let limits = arguments.common.limits(Defaults { warning: "300", critical: "600" }).expect("limits");
        let answer = arguments.judge(facts, &limits);
        let answer = answer.unwrap_or_else(|cannot| Answer::plain(cannot.outcome(), cannot.to_string()));
        (answer.outcome, answer.text, answer.readings.first().and_then(Reading::perfdata))
    }

    #[test]
    fn the_worst_channel_is_judged_and_one_without_a_lag_is_unknown() {
        use Outcome::{Critical, Ok as Fine, Unknown, Warning};
        use Receiver::{Running, Stopped};
        let lag = |seconds| channel("", Some(seconds), Running, 0);
        let none = |receiver, error| channel("dc2", None, receiver, error);
        for (words, channels, outcome, text, perfdata) in [
            (&[][..], vec![], Fine, "this server is not a replica", None),
            (&["--unconfigured"], vec![], Unknown, "this server is not a replica", None),
            (&["-m", "60"], vec![], Critical, "this server is not a replica", None),
            (&["-m", "0"], vec![], Fine, "this server is not a replica", None),
            (&["-m", "60", "--unconfigured"], vec![], Unknown, "this server is not a replica", None),
            (&[], vec![lag(300)], Fine, "300 seconds of", Some("replication_delay=300;300;600;0")),
            (&[], vec![lag(0), lag(301)], Warning, "301 seconds of", Some("replication_delay=301;300;600;0")),
            (&["-c", "9"], vec![lag(10)], Critical, "10 seconds of", Some("replication_delay=10;300;9;0")),
            (&[], vec![lag(0), none(Running, 0)], Unknown, "channel dc2", None),
            (
                &["--channel", "default"],
                vec![lag(0), none(Running, 0)],
                Fine,
                "0 seconds",
                Some("replication_delay=0;300;600;0"),
            ),
            (
                &["-m", "60"],
                vec![lag(59)],
                Critical,
                "59 seconds of replication delay: the",
                Some("replication_delay=59;300;600;0"),
            ),
            (&["-m", "60"], vec![lag(60)], Fine, "60 seconds", Some("replication_delay=60;300;600;0")),
            (&["-m", "60"], vec![none(Running, 0)], Fine, "delayed replica, applier stopped", None),
            (&["-m", "60", "--ensure-sbm"], vec![none(Running, 0)], Unknown, "channel dc2", None),
            (&["-m", "60"], vec![none(Running, 1062)], Unknown, "channel dc2", None),
            (&["-m", "60"], vec![none(Stopped, 0)], Unknown, "channel dc2", None),
            (&[], vec![channel("dc2", Some(1), Stopped, 0)], Unknown, "channel dc2", None),
        ] {
            let facts = Facts::default().with::<Channels>(Ok(channels));
            let found = answer(words, &facts);
            assert_eq!((found.0, found.2.as_deref()), (outcome, perfdata), "{words:?}: {}", found.1);
            assert!(found.1.starts_with(text), "{words:?}: {}", found.1);
        }
    }

    #[test]
    fn a_heartbeat_table_gives_the_age_of_its_oldest_row_or_of_the_one_that_is_asked_for() {
        let row = |server_id, seconds: i64| HeartbeatRow { server_id, age: seconds * 1_000 };
        let old = || vec![row(1, 700), row(2, 3)];
        for (words, rows, outcome, text) in [
            (&[][..], old(), Outcome::Critical, "700 seconds"),
            (&["-s", "0"], old(), Outcome::Critical, "700 seconds"),
            (&["-s", "2"], old(), Outcome::Ok, "3 seconds"),
            (&["-s", "3"], old(), Outcome::Unknown, "the heartbeat table has no such row"),
            (&[], vec![], Outcome::Unknown, "the heartbeat table has no such row"),
            (&["-u"], vec![row(1, -7_200)], Outcome::Unknown, "the heartbeat of server 1 is in the future"),
        ] {
            let words = [&["-T", "percona.heartbeat"], words].concat();
            let facts = Facts::default().with::<HeartbeatRows>(Ok(rows));
            let found = answer(&words, &facts);
            assert_eq!(found.0, outcome, "{words:?}: {}", found.1);
            assert!(found.1.starts_with(text), "{words:?}: {}", found.1);
        }
        for words in [&["-T", "heartbeat"][..], &["-T", "a.b", "-s", "x"], &["-m", "x"]] {
            assert!(Arguments::try_parse_from([NAME].iter().chain(words)).is_err(), "{words:?}");
        }
    }
}
