use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::{Channels, Fact as _};
use crate::observed::channel::{Channel, Threads};
use crate::reading::count;
use crate::reading::outcome::Outcome;

metrics! {
    CHANNELS_RUNNING: "channels_running", None, "channels whose two threads both run";
}

pub(super) const CHECK: Check = Check {
    name: "replica-running",
    topic: Topic::Replication,
    about: "whether both threads of every channel run; a stopped one is a WARNING",
    why: "Both threads in one check, for those who want to be paged for errors only. A thread that an error stopped, \
        or that cannot reach its source, is CRITICAL; one that was stopped by hand is a WARNING. If any stop is an \
        outage, use `replica`, `replica-io-running` and `replica-sql-running`.",
    formula: "`Replica_IO_Running` and `Replica_SQL_Running` of each channel, with `Last_IO_Errno`, \
        `Last_SQL_Errno`",
    metrics: METRICS,
    warning: "",
    critical: "",
    named: "",
    needs: &[Channels::NEED],
    servers: "all",
    modes: &[],
    measure: |input| {
        let channels = input.channels()?;
        if channels.is_empty() {
            let finding = Finding { value: None, ..Finding::new("this server is not a replica", Vec::new()) };
            return Ok(finding.at_least(input.settings.not_replica));
        }
        let first = |state| channels.iter().find(|channel| channel.threads() == state);
        let all = if channels.len() == 1 { "the only channel" } else { "every channel" };
        let (text, least) = match (first(Threads::Failed), first(Threads::Stopped)) {
            (Some(failed), _) => (failed.describe(), Outcome::Critical),
            (None, Some(stopped)) => (stopped.describe(), Outcome::Warning),
            (None, None) => (format!("both threads run on {all}"), Outcome::Ok),
        };
        let running = channels.iter().filter(|channel| channel.threads() == Threads::Run).count();
        let reading = CHANNELS_RUNNING.reading(count(running)).between(0.0, count(channels.len()));
        let details = channels.iter().map(|channel: &&Channel| channel.describe()).collect();
        Ok(Finding { details, ..Finding::new(text, vec![reading]) }.at_least(least))
    },
};
