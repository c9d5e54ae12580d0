use crate::check::{Cannot, Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::reading::{approximate_bytes, bytes, number};

metrics! {
    REDO_LOG_USED: "redo_log_used", Percent, "the checkpoint's age in percent of the room";
    CHECKPOINT_AGE: "checkpoint_age", Bytes, "the checkpoint's age";
    REDO_LOG_CAPACITY: "redo_log_capacity", Bytes, "the room";
    REDO_WRITTEN_PER_HOUR: "redo_written_per_hour", Bytes,
        "what is written to it in an hour, at the pace since the previous run";
}

pub(super) const CHECK: Check = Check {
    name: "redo-log",
    topic: Topic::Innodb,
    about: "how full InnoDB's redo log is: the checkpoint's age",
    why: "What is in the redo log is not in the data files yet. When it is full every write waits until pages are flushed, which looks \
        like a server that hangs for seconds; shortly before, flushing takes the disk away from everybody. Either the disk is too slow \
        for the writes, or the log is too small: `innodb_redo_log_capacity` (MySQL 8.0.30 and later), `innodb_log_file_size`. It \
        should have room for about an hour of writes: see `redo_written_per_hour`.",
    formula: "100 · `Innodb_checkpoint_age` / `Innodb_checkpoint_max_age` (MariaDB), `Innodb_redo_log_logical_size` / \
        `Innodb_redo_log_capacity_resized` (MySQL 8.0.30 and later); else log sequence number less last checkpoint of \
        `SHOW ENGINE INNODB STATUS` / size of the log files; of a size, the part after which InnoDB lets nobody write (89 %, of fixed \
        files 81 %)",
    metrics: METRICS,
    warning: "80",
    critical: "95",
    named: "",
    needs: &[Need::RedoLog, Need::Status(&["Innodb_os_log_written"]), Need::Before],
    servers: "all with InnoDB",
    modes: &[],
    measure: |input| {
        let log = input.redo_log()?;
        #[expect(clippy::cast_precision_loss, reason = "no log has 2^53 bytes")]
        let (age, capacity) = (log.age as f64, log.capacity as f64);
        let used = 100.0 * age / capacity.max(1.0);
        let mut readings = vec![
            REDO_LOG_USED.reading(used).between(0.0, None),
            CHECKPOINT_AGE.reading(age).between(0.0, capacity),
            REDO_LOG_CAPACITY.reading(capacity).between(0.0, None),
        ];
        let mut text =
            format!("{} % of the redo log is in use ({} of {})", number(used), bytes(log.age), bytes(log.capacity));
        match input.rate(&["Innodb_os_log_written"]) {
            Ok(rate) => {
                let hourly = rate.per_second() * 3_600.0;
                text = format!("{text}, {} are written in an hour", approximate_bytes(hourly));
                readings.push(REDO_WRITTEN_PER_HOUR.reading(hourly).between(0.0, None));
            }
            // How full it is, is known without.
            Err(Cannot::FirstRun | Cannot::Missing { .. }) => {}
            Err(why) => return Err(why),
        }
        Ok(Finding::new(text, readings))
    },
};
