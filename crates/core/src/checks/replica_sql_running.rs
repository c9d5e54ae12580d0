use std::time::Duration;

use crate::check::{Check, Mode, Topic, metrics};
use crate::checks::replica_threads::found;
use crate::facts::{Channels, Fact as _};
use crate::observed::channel::Applier;

metrics! {
    CHANNELS_APPLIER_RUNNING: "channels_applier_running", None, "channels whose applier runs";
}

pub(super) const CHECK: Check = Check {
    name: "replica-sql-running",
    topic: Topic::Replication,
    about: "whether the applier thread (SQL thread) of every channel runs",
    why: "The thread stops at the first statement or row that it cannot apply, and from then on the data here get \
        older every second. The error that stopped it is shown; skipping the error blindly makes the servers \
        differ.",
    formula: "`Replica_SQL_Running` of each channel (`Slave_SQL_Running` on MariaDB)",
    metrics: METRICS,
    warning: "",
    critical: "",
    named: "",
    needs: &[Channels::NEED],
    servers: "all",
    modes: &[Mode {
        names: &["slave-sql-running", "replication-slave-sql-running"],
        warning: "",
        critical: "",
        // The original plugin shows no values.
        labels: &[],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| found(input, "applier", CHANNELS_APPLIER_RUNNING, |channel| channel.applier == Applier::Running),
};
