use crate::check::{Cannot, Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::reading::{counted, number};

metrics! {
    ROW_LOCK_WAITING: "row_lock_waiting", None, "transactions that wait now";
    ROW_LOCK_WAITS_PER_SECOND: "row_lock_waits_per_second", None, "new waits, per second";
    ROW_LOCK_TIME_PER_SECOND: "row_lock_time_per_second", Seconds, "seconds that transactions waited, per second";
}

/// The check `row-locks`.
pub const CHECK: Check = Check {
    name: "row-locks",
    topic: Topic::Innodb,
    about: "transactions that are waiting for a row lock now",
    why: "Each is a client that waits because another transaction holds its row. The usual cause is a transaction \
        that idles while it holds locks: `SHOW ENGINE INNODB STATUS` and `sys.innodb_lock_waits` name it, and so \
        does [idle-blocker](idle-blocker.md).",
    formula: "status variable `Innodb_row_lock_current_waits`; also the growth of `Innodb_row_lock_waits` and \
        `Innodb_row_lock_time` since the previous run, per second",
    metrics: METRICS,
    warning: "10",
    critical: "25",
    named: "",
    needs: &[
        Need::Status(&["Innodb_row_lock_current_waits", "Innodb_row_lock_waits", "Innodb_row_lock_time"]),
        Need::Before,
    ],
    servers: "all with InnoDB",
    modes: &[],
    measure: |input| {
        let waiting = input.status("Innodb_row_lock_current_waits")?;
        let mut readings = vec![ROW_LOCK_WAITING.reading(waiting).between(0.0, None)];
        let mut text = format!("{} for a row", counted(waiting, "transaction waits", "transactions wait"));
        match (input.rate(&["Innodb_row_lock_waits"]), input.rate(&["Innodb_row_lock_time"])) {
            (Ok(waits), Ok(time)) => {
                text.push_str(", ");
                text.push_str(&number(waits.per_second()));
                text.push_str(" waits/s since the last run");
                // The server counts milliseconds.
                let time = time.per_second() / 1_000.0;
                readings.push(ROW_LOCK_WAITS_PER_SECOND.reading(waits.per_second()).between(0.0, None));
                readings.push(ROW_LOCK_TIME_PER_SECOND.reading(time).between(0.0, None));
            }
            // The number of waiting transactions needs no earlier run.
            (Err(Cannot::FirstRun), _) | (_, Err(Cannot::FirstRun)) => {}
            (Err(why), _) | (_, Err(why)) => return Err(why),
        }
        Ok(Finding::new(text, readings))
    },
};
