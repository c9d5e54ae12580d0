use crate::check::{Cannot, Check, Finding, Metric, Topic};
use crate::facts::Need;
use crate::reading::{Reading, Unit, counted, number};

/// See its texts.
pub const CHECK: Check = Check {
    name: "row-locks",
    topic: Topic::Innodb,
    about: "transactions that wait for a row lock at this moment",
    why: "Each is a client that hangs because another transaction has its row. One that sleeps while it holds locks is the usual cause: \
        `SHOW ENGINE INNODB STATUS` and `sys.innodb_lock_waits` name it.",
    formula: "status variable `Innodb_row_lock_current_waits`; beside it the growth of `Innodb_row_lock_waits` and of \
        `Innodb_row_lock_time` since the previous run, per second",
    metrics: &[
        Metric { label: "row_lock_waiting", unit: Unit::None, about: "transactions that wait now" },
        Metric { label: "row_lock_waits_per_second", unit: Unit::None, about: "waits that began, per second" },
        Metric { label: "row_lock_time_per_second", unit: Unit::Seconds, about: "seconds waited by all, per second" },
    ],
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
        let mut readings = vec![Reading::new("row_lock_waiting", waiting, Unit::None).between(0.0, None)];
        let mut text = format!("{} for a row", counted(waiting, "transaction waits", "transactions wait"));
        match (input.rate(&["Innodb_row_lock_waits"]), input.rate(&["Innodb_row_lock_time"])) {
            (Ok(waits), Ok(time)) => {
                text.push_str(", ");
                text.push_str(&number(waits.per_second()));
                text.push_str(" waits/s since the last run");
                // The server counts milliseconds.
                let time = time.per_second() / 1_000.0;
                readings
                    .push(Reading::new("row_lock_waits_per_second", waits.per_second(), Unit::None).between(0.0, None));
                readings.push(Reading::new("row_lock_time_per_second", time, Unit::Seconds).between(0.0, None));
            }
            // What waits now is known without an earlier run.
            (Err(Cannot::FirstRun), _) | (_, Err(Cannot::FirstRun)) => {}
            (Err(why), _) | (_, Err(why)) => return Err(why),
        }
        Ok(Finding::new(text, readings))
    },
};
