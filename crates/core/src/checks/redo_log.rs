use crate::check::{Cannot, Check, Finding, Topic, metrics};
use crate::facts::{Fact as _, Need, RedoLog};
use crate::reading::{approximate_bytes, bytes, number};

metrics! {
    REDO_LOG_USED: "redo_log_used", Percent, "the checkpoint age, in percent of the usable size";
    CHECKPOINT_AGE: "checkpoint_age", Bytes, "the checkpoint age";
    REDO_LOG_CAPACITY: "redo_log_capacity", Bytes, "the usable size";
    REDO_WRITTEN_PER_HOUR: "redo_written_per_hour", Bytes,
        "bytes written to it per hour, at the rate since the previous run";
}

pub(super) const CHECK: Check = Check {
    name: "redo-log",
    topic: Topic::Innodb,
    about: "how full InnoDB's redo log is: the checkpoint age",
    why: "Changes in the redo log are not yet in the data files. When the log is full, every write waits until pages \
        are flushed: the server seems to hang for seconds. Shortly before that, flushing slows down everything else \
        on the disk. Either the disk is too slow for the writes, or the log is too small: `innodb_redo_log_capacity` \
        (MySQL 8.0.30 and later), `innodb_log_file_size`. The log should have room for about an hour of writes: see \
        `redo_written_per_hour`.\n\n\
        The checkpoint age is the number of bytes since the last checkpoint. MariaDB has it as \
        `Innodb_checkpoint_age`, MySQL 8.0.30 and later as `Innodb_redo_log_logical_size`. For other servers it is \
        the log sequence number − the last checkpoint in `SHOW ENGINE INNODB STATUS`.\n\n\
        The usable size is what InnoDB fills before it blocks writes. On MariaDB it is `Innodb_checkpoint_max_age`, \
        on MySQL 8.0.30 and later 89 % of `Innodb_redo_log_capacity_resized`, elsewhere 81 % of the log files.",
    formula: "100 · checkpoint age / usable size of the redo log",
    metrics: METRICS,
    warning: "80",
    critical: "95",
    named: "",
    needs: &[RedoLog::NEED, Need::Status(&["Innodb_os_log_written"]), Need::Before],
    servers: "all with InnoDB",
    modes: &[],
    measure: |input| {
        let log = input.get::<RedoLog>()?;
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
                text = format!("{text}, {} written per hour", approximate_bytes(hourly));
                readings.push(REDO_WRITTEN_PER_HOUR.reading(hourly).between(0.0, None));
            }
            // The fill level is known without a rate.
            Err(Cannot::FirstRun | Cannot::Missing { .. }) => {}
            Err(why) => return Err(why),
        }
        Ok(Finding::new(text, readings))
    },
};
