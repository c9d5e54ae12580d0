//! Shared code of the checks of the two replication threads.

use crate::check::{Cannot, Finding, Input, Metric};
use crate::observed::channel::Channel;
use crate::reading::count;
use crate::reading::outcome::Outcome;

/// CRITICAL if the thread does not run on one of the channels.
pub(super) fn found(
    input: &Input<'_>,
    thread: &str,
    running_channels: Metric,
    runs: fn(&Channel) -> bool,
) -> Result<Finding, Cannot> {
    let channels = input.channels()?;
    let (all, running) = (channels.len(), channels.iter().filter(|channel| runs(channel)).count());
    let stopped = channels.iter().find(|channel| !runs(channel));
    let (text, outcome) = match stopped {
        None if all == 0 => ("this server is not a replica".to_owned(), input.settings.not_replica),
        None => (
            format!("the {thread} runs on {}", if all == 1 { "the only channel" } else { "every channel" }),
            Outcome::Ok,
        ),
        Some(channel) => (channel.describe(), Outcome::Critical),
    };
    let mut readings = Vec::new();
    if all > 0 {
        readings.push(running_channels.reading(count(running)).between(0.0, count(all)));
    }
    let details = channels.iter().map(|channel| channel.describe()).collect();
    Ok(Finding { details, ..Finding::new(text, readings) }.at_least(outcome))
}
