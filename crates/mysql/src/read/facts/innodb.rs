//! What InnoDB reports: transactions, lock waits, and counters that only some servers have as status variables.

use std::time::Duration;

use healthd_core::facts::{InnodbCounters, LockWait, LockWaits, Still, Transaction, Transactions};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::observed::server::{Flavor, Server, Version};

use super::entry::{Entry, Round, Rows, Several, Statement, Variables};
use super::processes::PROCESSES_GRANT;
use crate::decode::columns::{TextRow, cell, is_on, name, seconds};
use crate::statements::PERFORMANCE_SCHEMA;
use crate::statements::text::{quoted, show};

pub(super) const ENTRIES: &[&dyn Entry] = &[
    &Rows::<Transactions> {
        statement: |_| Some(Statement::new(transactions(), PROCESSES_GRANT)),
        decode: |rows, _| decode_transactions(rows),
        is_long: false,
    },
    &Several::<InnodbCounters> {
        read: |round| Box::pin(read_counters(round)),
        variables: Variables { status: &[], system: &[] },
        is_long: false,
    },
    &Several::<LockWaits> {
        read: |round| Box::pin(read_lock_waits(round)),
        variables: Variables { status: &[], system: &[] },
        is_long: false,
    },
];

/// The time now in the form in which InnoDB writes times of transactions: in the time zone of the machine, not of the
/// session.
const MACHINE_NOW: &str = "CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')";

/// Reads the open transactions of InnoDB.
fn transactions() -> String {
    format!(
        "SELECT trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, trx_started, {MACHINE_NOW}), trx_state = 'LOCK WAIT' \
         FROM information_schema.innodb_trx"
    )
}

/// The rows of [`transactions`].
fn decode_transactions(rows: &[TextRow]) -> Section<Vec<Transaction>> {
    let transaction = |row: &TextRow| {
        let number = |at: usize| row.get(at)?.1.as_deref()?.parse::<i64>().ok();
        Some(Transaction {
            thread: u64::try_from(number(0)?).unwrap_or_default(),
            // A clock was set back.
            age: Duration::from_secs(u64::try_from(number(1)?).unwrap_or_default()),
            waits: number(2)? == 1,
        })
    };
    let read: Option<Vec<Transaction>> = rows.iter().map(transaction).collect();
    read.ok_or(Unreadable::NotUnderstood { what: "innodb_trx" })
}

/// Which transactions wait for which. MySQL without its performance schema lists nothing and gives no error: that is
/// `None`.
async fn read_lock_waits(round: &mut Round<'_>) -> Result<Section<Option<Vec<LockWait>>>, Failure> {
    let server = round.request.server;
    let rows = round.session.section(&lock_waits(server), lock_waits_grant(server)).await?;
    let waits = rows.and_then(|rows| decode_lock_waits(&rows));
    let is_none = match &waits {
        Ok(waits) => waits.is_empty(),
        // A privilege on a feature that is switched off would not help.
        Err(why) => matches!(why, Unreadable::Denied { .. }),
    };
    if is_none && locks_are_in_performance_schema(server) {
        let rows = round.session.section(PERFORMANCE_SCHEMA, "").await?;
        if rows.is_ok_and(|rows| !is_on(&rows, 0)) {
            return Ok(Ok(None));
        }
    }
    Ok(waits.map(Some))
}

/// Whether the performance schema lists the lock waits. InnoDB's own tables of them no longer exist then.
fn locks_are_in_performance_schema(server: Server) -> bool {
    server.flavor == Flavor::MySql && server.version >= Version { major: 8, minor: 0, patch: 1 }
}

/// The privileges for reading the lock waits. MySQL 8 reports only one missing privilege at a time.
fn lock_waits_grant(server: Server) -> &'static str {
    match locks_are_in_performance_schema(server) {
        true => "GRANT PROCESS ON *.*; GRANT SELECT ON performance_schema.*",
        false => PROCESSES_GRANT,
    }
}

/// Reads which transaction waits for a row lock, and which one holds it.
fn lock_waits(server: Server) -> String {
    let (blocker, waits) = if locks_are_in_performance_schema(server) {
        (
            "p.PROCESSLIST_USER, p.PROCESSLIST_COMMAND, p.PROCESSLIST_TIME",
            "performance_schema.data_lock_waits w \
             JOIN information_schema.innodb_trx r ON r.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID \
             JOIN information_schema.innodb_trx b ON b.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID \
             LEFT JOIN performance_schema.threads p ON p.PROCESSLIST_ID = b.trx_mysql_thread_id",
        )
    } else {
        (
            "p.USER, p.COMMAND, p.TIME",
            "information_schema.innodb_lock_waits w \
             JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id \
             JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id \
             LEFT JOIN information_schema.processlist p ON p.ID = b.trx_mysql_thread_id",
        )
    };
    format!(
        "SELECT r.trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, r.trx_wait_started, {MACHINE_NOW}), \
         b.trx_mysql_thread_id, \
         {blocker} FROM {waits}"
    )
}

/// The rows of [`lock_waits`].
fn decode_lock_waits(rows: &[TextRow]) -> Section<Vec<LockWait>> {
    let wait = |row: &TextRow| {
        let sleeps = cell(row, 4) == Some("Sleep");
        Some(LockWait {
            waiting: cell(row, 0)?.parse().ok()?,
            waited: seconds(row, 1).unwrap_or_default(),
            blocker: cell(row, 2)?.parse().ok()?,
            user: name(row, 3).unwrap_or_default(),
            idle: seconds(row, 5).filter(|_| sleeps),
        })
    };
    let read: Option<Vec<LockWait>> = rows.iter().map(wait).collect();
    read.ok_or(Unreadable::NotUnderstood { what: "the lock waits" })
}

/// The counters, and which of them are switched off.
async fn read_counters(round: &mut Round<'_>) -> Result<Section<InnodbCounters>, Failure> {
    let server = round.request.server;
    let rows = round.session.section(&innodb_counters(server), PROCESSES_GRANT).await?;
    Ok(Ok(counters(rows, innodb_never_counts(server))))
}

/// Counters of InnoDB that only some servers have as status variables: MariaDB's name, and MySQL's.
const INNODB_COUNTERS: [(&str, &str); 2] =
    [("Innodb_history_list_length", "trx_rseg_history_len"), ("Innodb_deadlocks", "lock_deadlocks")];

/// Reads them: the name, the value, and on MySQL whether the counter is switched on.
fn innodb_counters(server: Server) -> String {
    match server.flavor {
        Flavor::MariaDb => show("STATUS", INNODB_COUNTERS.iter().map(|(name, _)| *name)),
        Flavor::MySql => {
            let names = quoted(INNODB_COUNTERS.iter().map(|(_, name)| *name));
            format!("SELECT NAME, `COUNT`, STATUS FROM information_schema.innodb_metrics WHERE NAME IN ({names})")
        }
    }
}

/// MySQL 5.6 reports this counter as enabled, and leaves it at 0 whatever happens.
fn innodb_never_counts(server: Server) -> Option<&'static str> {
    const COUNTS: Version = Version { major: 5, minor: 7, patch: 0 };
    (server.flavor == Flavor::MySql && server.version < COUNTS).then_some("lock_deadlocks")
}

/// The rows of [`innodb_counters`]. `never` is MySQL's name of a counter whose value cannot be trusted.
fn counters(read: Section<Vec<TextRow>>, never: Option<&str>) -> InnodbCounters {
    let of_never = INNODB_COUNTERS.iter().filter(|(_, theirs)| never == Some(theirs));
    let mut still: Vec<_> = of_never.map(|(ours, _)| (*ours, Still::NeverCounts)).collect();
    let rows = match read {
        Ok(rows) => rows,
        Err(why) => return InnodbCounters { counted: Err(why), still },
    };
    let mut counted = Vec::new();
    for row in &rows {
        let known = |(ours, theirs): &&(&'static str, &'static str)| {
            cell(row, 0).is_some_and(|name| name.eq_ignore_ascii_case(ours) || name == *theirs)
        };
        let Some((ours, theirs)) = INNODB_COUNTERS.iter().find(known) else { continue };
        match cell(row, 2) {
            _ if never == Some(theirs) => {}
            // MariaDB has no third column, and always counts.
            None | Some("enabled") => counted.push((*ours, cell(row, 1).unwrap_or_default())),
            Some(_) => still.push((*ours, Still::SwitchedOff(theirs))),
        }
    }
    InnodbCounters { counted: Ok(counted.into_iter().collect()), still }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_stands_still_has_no_number() {
        let row = |cells: &[&str]| -> TextRow {
            cells.iter().map(|cell| (String::new(), Some((*cell).to_owned()))).collect()
        };
        let off = Still::SwitchedOff("lock_deadlocks");
        for (rows, never, deadlocks, still) in [
            (vec![row(&["Innodb_deadlocks", "3"])], None, Some(3.0), None),
            (vec![row(&["lock_deadlocks", "3", "enabled"])], None, Some(3.0), None),
            (vec![row(&["lock_deadlocks", "3", "disabled"])], None, None, Some(off)),
            (vec![row(&["lock_deadlocks", "0", "enabled"])], Some("lock_deadlocks"), None, Some(Still::NeverCounts)),
            (vec![row(&["other", "3", "enabled"])], None, None, None),
            (vec![], None, None, None),
        ] {
            let counters = counters(Ok(rows.clone()), never);
            let counted = counters.counted.as_ref().expect("they were read");
            let found = (counted.number("Innodb_deadlocks"), counters.still("Innodb_deadlocks"));
            assert_eq!(found, (deadlocks, still), "{rows:?}");
        }
        // A privilege on a counter that is switched off would not help.
        let denied = Unreadable::Denied { grant: "GRANT PROCESS ON *.*".into() };
        let counters = counters(Err(denied.clone()), Some("lock_deadlocks"));
        assert_eq!(counters.still("Innodb_deadlocks"), Some(Still::NeverCounts));
        assert_eq!(counters.counted, Err(denied));
    }

    #[test]
    fn only_a_blocker_that_sleeps_is_idle() {
        let row = |values: &[Option<&str>]| -> TextRow {
            values.iter().map(|value| (String::new(), value.map(str::to_owned))).collect()
        };
        let wait = |command, time| row(&[Some("9"), Some("4"), Some("8"), Some("app"), command, time]);
        for (command, time, idle) in [
            (Some("Sleep"), Some("61"), Some(61)),
            (Some("Query"), Some("61"), None),
            // XA PREPAREd, and its connection is gone.
            (None, None, None),
            (Some("Sleep"), Some("-1"), Some(0)),
        ] {
            let waits = decode_lock_waits(&[wait(command, time)]).expect("understood");
            assert_eq!(waits[0].idle.map(|idle| idle.as_secs()), idle, "{command:?} {time:?}");
        }
        assert!(decode_lock_waits(&[row(&[None, None])]).is_err(), "a row of something else");
    }
}
