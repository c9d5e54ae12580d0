use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::{Fact as _, InnodbCounters, Need};
use crate::reading::{counted, number};

metrics! {
    DEADLOCKS_PER_MINUTE: "deadlocks_per_minute", None, "deadlocks, per minute";
    DEADLOCKS: "deadlocks", Counter, "deadlocks since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "deadlocks",
    topic: Topic::Innodb,
    about: "InnoDB deadlocks, per minute",
    why: "Each deadlock is a transaction that was rolled back and that its client must repeat. A few are normal. \
        Many mean that transactions lock the same rows in different orders. `innodb_print_all_deadlocks` writes them \
        to the error log.",
    formula: "growth of `Innodb_deadlocks` (MariaDB) or `lock_deadlocks` of `information_schema.innodb_metrics` \
        (MySQL) since the previous run, per minute",
    metrics: METRICS,
    warning: "12",
    critical: "60",
    named: "",
    needs: &[Need::Status(&["Uptime"]), InnodbCounters::NEED, Need::Before],
    servers: "MariaDB, MySQL 5.7 and later (5.6 has the counter but does not count)",
    modes: &[],
    measure: |input| {
        let all = input.innodb("Innodb_deadlocks")?;
        let rate = input.rate(&["Innodb_deadlocks"])?;
        let minute = rate.per_second() * 60.0;
        let deadlocks = counted(rate.delta, "deadlock", "deadlocks");
        let text = format!("{deadlocks} in {} s ({}/min)", number(rate.seconds), number(minute));
        Ok(Finding::new(text, vec![DEADLOCKS_PER_MINUTE.reading(minute).between(0.0, None), DEADLOCKS.reading(all)]))
    },
};
