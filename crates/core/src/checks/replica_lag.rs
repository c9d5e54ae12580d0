use std::time::Duration;

use crate::check::{Cannot, Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::{Channels, Fact as _};
use crate::observed::channel::Channel;
use crate::reading::Unit;
use crate::reading::outcome::Outcome;
use crate::text::duration::short;

metrics! {
    REPLICA_LAG: "replica_lag", Seconds, "lag of the worst channel, without its configured delay";
}

pub(super) const CHECK: Check = Check {
    name: "replica-lag",
    topic: Topic::Replication,
    about: "how far a replica is behind its sources; the worst channel counts",
    why: "Reads from a lagging replica return stale data, and a failover to it has to wait or loses transactions. A \
        broken channel has no lag, which is CRITICAL and never counts as 0. A configured delay is subtracted: a \
        replica that is an hour behind on purpose is not late.",
    formula: "`Seconds_Behind_Source` − `SQL_Delay` of each channel; the worst one",
    metrics: METRICS,
    warning: "300",
    critical: "600",
    named: "",
    needs: &[Channels::NEED],
    servers: "all",
    modes: &[Mode {
        names: &["slave-lag", "replication-slave-lag"],
        warning: "10",
        critical: "20",
        labels: &[Label::new(REPLICA_LAG, "slave_lag", Unit::None, 0)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let channels = input.channels()?;
        if channels.is_empty() {
            let finding = Finding { value: None, ..Finding::new("this server is not a replica", Vec::new()) };
            return Ok(finding.at_least(input.settings.not_replica));
        }
        worst(&channels)
    },
};

fn worst(channels: &[&Channel]) -> Result<Finding, Cannot> {
    let details = channels.iter().map(|channel| channel.describe());
    let broken: Vec<&&Channel> = channels.iter().filter(|channel| channel.fault().is_some()).collect();
    let latest = channels.iter().filter_map(|channel| channel.lateness()).max();
    let readings = latest.map(|lag| REPLICA_LAG.reading(lag.as_secs_f64()).between(0.0, None));
    let finding = match (broken.first(), latest) {
        (Some(channel), _) => {
            Finding { value: None, ..Finding::new(channel.describe(), Vec::new()).at_least(Outcome::Critical) }
        }
        (None, latest) => {
            let lag = short(latest.unwrap_or_default());
            let slowest = channels.iter().find(|channel| channel.lateness() == latest);
            let of = slowest.map_or("", |channel| channel.label());
            let text = match channels {
                [one] => format!("{lag} behind {}{}", one.source, one.beside_its_delay()),
                _ => format!("at most {lag} behind (channel {of}), {} channels", channels.len()),
            };
            Finding::new(text, readings.into_iter().collect())
        }
    };
    Ok(Finding { details: details.collect(), ..finding })
}
