use std::time::Duration;

use crate::check::{Check, Mode, Topic, metrics};
use crate::checks::replica_threads::found;
use crate::facts::{Channels, Fact as _};
use crate::observed::channel::Receiver;

metrics! {
    CHANNELS_RECEIVER_RUNNING: "channels_receiver_running", None, "channels whose receiver runs";
}

pub(super) const CHECK: Check = Check {
    name: "replica-io-running",
    topic: Topic::Replication,
    about: "whether the receiver thread (IO thread) of every channel runs",
    why: "A replica that does not receive falls behind without a visible lag: `Seconds_Behind_Source` is NULL. A \
        thread that is still trying to connect does not count as running. The last error of the channel is shown.",
    formula: "`Replica_IO_Running` of each channel (`Slave_IO_Running` on MariaDB)",
    metrics: METRICS,
    warning: "",
    critical: "",
    named: "",
    needs: &[Channels::NEED],
    servers: "all",
    modes: &[Mode {
        names: &["slave-io-running", "replication-slave-io-running"],
        warning: "",
        critical: "",
        // The original plugin shows no values.
        labels: &[],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(input, "receiver", CHANNELS_RECEIVER_RUNNING, |channel| channel.receiver == Receiver::Running)
    },
};
