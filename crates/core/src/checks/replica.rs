use std::time::Duration;

use crate::check::{Cannot, Check, Finding, Input, Topic, metrics};
use crate::checks::read_only;
use crate::facts::{Channels, Fact as _, HeartbeatRow, HeartbeatRows, Need, ReceiverStatus, Receivers};
use crate::observed::channel::Channel;
use crate::reading::outcome::Outcome;
use crate::reading::{count, counted};
use crate::text::duration::short;

metrics! {
    REPLICA_LAG: "replica_lag", Seconds, "lag of the worst channel, without its configured delay";
    REPLICA_GTID_GAP: "replica_gtid_gap", None, "transactions received but not executed, if the channels use GTIDs";
    REPLICA_CHANNELS_RUNNING: "replica_channels_running", None, "channels whose two threads both run";
    REPLICA_READ_ONLY: "replica_read_only", None, "1: read-only, 0: accepts writes";
}

pub(super) const CHECK: Check = Check {
    name: "replica",
    topic: Topic::Replication,
    about: "a replica's threads, errors, lag, unreachable source, GTIDs and read_only",
    why: "One check for everything about a replica; `-v` prints a line for each channel.\n\n\
        CRITICAL: a thread that does not run, with its error. WARNING: a source whose heartbeat is overdue. The \
        server itself notices that only after `slave_net_timeout`, and until then reports a running thread and 0 s \
        of lag. Also WARNING: a replica that accepts writes, because it diverges (use `--writable` if it is one of \
        two masters). Replication filters are shown: do not fail over to a filtered replica.\n\n\
        With a short heartbeat period (`MASTER_HEARTBEAT_PERIOD=2`) an unreachable source is reported soon. MariaDB \
        and MySQL 5.x may not record when the last heartbeat came; then it takes two runs. `--heartbeat-table` names \
        a table of pt-heartbeat. The age of its newest heartbeat row is then the lag, even while the threads are \
        stopped, and through a chain of replicas. The row of the channel's source counts; if there is none, the \
        newest row of another server.\n\n\
        A heartbeat is overdue after one and a half heartbeat periods plus one second. The GTID gap is \
        `Retrieved_Gtid_Set` without `Executed_Gtid_Set`, on MariaDB `Gtid_IO_Pos` ahead of `gtid_slave_pos`.",
    formula: "`Seconds_Behind_Source` − `SQL_Delay`, or the age of the heartbeat row − `SQL_Delay`; the worst channel",
    metrics: METRICS,
    warning: "300",
    critical: "600",
    named: "",
    needs: &[
        Channels::NEED,
        Receivers::NEED,
        HeartbeatRows::NEED,
        Need::Before,
        Need::Variables(&["read_only", "super_read_only", "innodb_read_only", "server_id"]),
        Need::Status(&["Rpl_semi_sync_replica_status", "Rpl_semi_sync_slave_status"]),
    ],
    servers: "all; semi-sync if it is installed",
    modes: &[],
    measure: |input| {
        let channels = input.channels()?;
        if channels.is_empty() {
            let finding = Finding { value: None, ..Finding::new("this server is not a replica", Vec::new()) };
            return Ok(finding.at_least(input.settings.not_replica));
        }
        let replica = Replica::read(input, channels)?;
        Ok(replica.finding())
    },
};

/// A sentence, and its severity.
type Remark = (Outcome, String);

struct Replica<'a> {
    channels: Vec<(&'a Channel, &'a ReceiverStatus)>,
    /// The worst lag, and its channel; `None` if it is not known.
    lag: Option<(Duration, &'a Channel)>,
    read_only: bool,
    remarks: Vec<Remark>,
    details: Vec<String>,
}

impl<'a> Replica<'a> {
    fn read(input: &Input<'a>, channels: Vec<&'a Channel>) -> Result<Replica<'a>, Cannot> {
        let receivers = channels.iter().map(|channel| Ok((*channel, input.receiver(channel)?)));
        let channels = receivers.collect::<Result<Vec<_>, Cannot>>()?;
        let read_only = !read_only::switched_on(input)?.is_empty();
        let mut remarks = Vec::new();
        let lag = match input.find::<HeartbeatRows>() {
            Ok(None) => by_the_server(&channels),
            Ok(Some(rows)) => by_heartbeat_table(&channels, rows, input.variable("server_id")?, &mut remarks),
            Err(unread) => {
                remarks.push((unread.outcome(), unread.to_string()));
                by_the_server(&channels)
            }
        };
        for (channel, receiver) in &channels {
            if let Some(silent) = receiver.silent_for(input.unbroken()) {
                let due =
                    receiver.heartbeats.as_ref().ok().and_then(|heartbeats| heartbeats.period).unwrap_or_default();
                let words =
                    format!("a heartbeat is due every {}; the source hangs, or the network is down", short(due));
                let text = format!("source {} not heard for {} s: {words}", channel.source, silent.as_secs());
                remarks.push((Outcome::Warning, text));
            }
            if !receiver.filters.is_empty() {
                let filters = receiver.filters.join(", ");
                let text = format!("filtered: do not fail over to it ({}: {filters})", channel.label());
                remarks.push((Outcome::Ok, text));
            }
        }
        // The GRANT is the same for all channels.
        if let Some(why) = channels.iter().find_map(|(_, receiver)| receiver.heartbeats.as_ref().err()) {
            let unread = Cannot::Unread { what: "the source's heartbeats", why: why.clone() };
            remarks.push((unread.outcome(), unread.to_string()));
        }
        if !read_only && !input.settings.writable {
            let text = "accepts writes: set read_only, or use --writable if that is intended";
            remarks.push((Outcome::Warning, text.to_owned()));
        }
        let mut details: Vec<String> = channels.iter().map(|(channel, receiver)| detail(channel, receiver)).collect();
        let semi_sync = ["Rpl_semi_sync_replica_status", "Rpl_semi_sync_slave_status"];
        let semi_sync = input.status_values()?.text(semi_sync[0]).or(input.status_values()?.text(semi_sync[1]));
        let writes = if read_only { "read-only" } else { "accepts writes" };
        details.push(format!("{writes}, semi-sync {}", semi_sync.unwrap_or("not installed")));
        Ok(Replica { channels, lag, read_only, remarks, details })
    }

    fn finding(self) -> Finding {
        let broken: Vec<&Channel> =
            self.channels.iter().map(|(channel, _)| *channel).filter(|channel| channel.fault().is_some()).collect();
        let mut texts = Vec::new();
        if let Some(first) = broken.first() {
            let more = broken.len() - 1;
            let more = if more > 0 { format!(" ({more} more channels are broken)") } else { String::new() };
            texts.push(format!("{}{more}", first.describe()));
        }
        if let Some((lag, channel)) = self.lag {
            let lag = short(lag);
            texts.push(match self.channels.as_slice() {
                [_] => format!("{lag} behind {}{}", channel.source, channel.beside_its_delay()),
                all => format!("at most {lag} behind (channel {}), {} channels", channel.label(), all.len()),
            });
        }
        // Plain information comes last.
        let (notes, alerts): (Vec<&Remark>, Vec<&Remark>) =
            self.remarks.iter().partition(|(outcome, _)| *outcome == Outcome::Ok);
        texts.extend(alerts.into_iter().chain(notes).map(|(_, text)| text.clone()));
        // The error texts of servers end like sentences.
        let texts: Vec<&str> = texts.iter().map(|text| text.trim_end_matches('.')).collect();
        let least = if broken.is_empty() { Outcome::Ok } else { Outcome::Critical };
        let least = self.remarks.iter().map(|(outcome, _)| *outcome).fold(least, Outcome::worst);
        let value = self.lag.map(|(lag, _)| lag.as_secs_f64());
        let running = count(self.channels.len() - broken.len());
        let gaps: Vec<u64> = self.channels.iter().filter_map(|(_, receiver)| receiver.gap).collect();
        let gap = (!gaps.is_empty()).then(|| gaps.iter().copied().fold(0, u64::saturating_add));
        let lag = value.map(|lag| REPLICA_LAG.reading(lag).between(0.0, None));
        #[expect(clippy::cast_precision_loss, reason = "nobody counts 2^53 transactions one by one")]
        let gap = gap.map(|gap| REPLICA_GTID_GAP.reading(gap as f64).between(0.0, None));
        let running = REPLICA_CHANNELS_RUNNING.reading(running);
        let read_only = REPLICA_READ_ONLY.reading(f64::from(u8::from(self.read_only)));
        let others = [running.between(0.0, count(self.channels.len())), read_only.between(0.0, 1.0)];
        let readings = lag.into_iter().chain(gap).chain(others).collect();
        Finding { value, details: self.details, ..Finding::new(texts.join("; "), readings) }.at_least(least)
    }
}

/// The worst lag. `None` if a channel is broken: its lag is unknown, and the others do not stand for the replica.
fn by_the_server<'a>(channels: &[(&'a Channel, &'a ReceiverStatus)]) -> Option<(Duration, &'a Channel)> {
    if channels.iter().any(|(channel, _)| channel.fault().is_some()) {
        return None;
    }
    let late = channels.iter().filter_map(|(channel, _)| Some((channel.lateness()?, *channel)));
    late.max_by_key(|(late, _)| *late)
}

/// The worst age of the sources' heartbeat rows, without the configured delay.
fn by_heartbeat_table<'a>(
    channels: &[(&'a Channel, &'a ReceiverStatus)],
    rows: &[HeartbeatRow],
    own: f64,
    remarks: &mut Vec<Remark>,
) -> Option<(Duration, &'a Channel)> {
    let mut ages = Vec::new();
    for (channel, receiver) in channels {
        // In a chain of replicas, the head writes the table. Each of two masters also sees its own row, always new.
        let of_source = rows.iter().find(|row| Some(row.server_id) == receiver.source_id);
        let others = rows.iter().filter(|row| (f64::from(row.server_id) - own).abs() > 0.5);
        // With several sources, the row of another one proves nothing about this channel.
        let of_another = || others.min_by_key(|row| row.age).filter(|_| channels.len() == 1);
        let Some(row) = of_source.or_else(of_another) else {
            remarks.push((Outcome::Unknown, "the heartbeat table has no row from another server".to_owned()));
            continue;
        };
        match row.age() {
            None => {
                let server = row.server_id;
                let text = format!(
                    "the heartbeat row of server {server} is in the future: check --heartbeat-utc and the clocks"
                );
                remarks.push((Outcome::Unknown, text));
            }
            Some(age) => ages.push((age.saturating_sub(channel.delay), *channel)),
        }
    }
    ages.into_iter().max_by_key(|(age, _)| *age)
}

/// One line for a channel.
fn detail(channel: &Channel, receiver: &ReceiverStatus) -> String {
    let mut parts = vec![channel.describe()];
    parts.extend(receiver.gap.map(|gap| {
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 of them")]
        let transactions = counted(gap as f64, "transaction", "transactions");
        format!("{transactions} received but not executed")
    }));
    if let Ok(heartbeats) = &receiver.heartbeats {
        let period = heartbeats.period.map(|period| format!("a heartbeat every {}", short(period)));
        parts.push(period.unwrap_or_else(|| "no heartbeats".to_owned()));
        parts.extend(heartbeats.silent.map(|silent| format!("last heard {} ago", short(silent))));
    }
    if !receiver.filters.is_empty() {
        parts.push(format!("filters: {}", receiver.filters.join(", ")));
    }
    parts.join("; ")
}
