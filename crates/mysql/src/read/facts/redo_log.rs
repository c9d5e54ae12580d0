//! InnoDB's redo log.

use healthd_core::facts::{RedoLog, StatusVariables, SystemVariables, Unavailable, Values};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::Section;

use super::entry::{Entry, Round, Several, Variables};
use super::processes::PROCESSES_GRANT;
use crate::decode::columns::{TextRow, cell, not_understood};

/// Needs variables.
pub(super) const ENTRIES: &[&dyn Entry] = &[&Several::<RedoLog> {
    read: |round| Box::pin(redo_log(round)),
    variables: Variables { status: &REDO_STATUS, system: &REDO_FILES },
    is_long: false,
}];

/// From the status variables of newer servers, else from InnoDB's report.
async fn redo_log(round: &mut Round<'_>) -> Result<Section<RedoLog>, Failure> {
    let (status, files) = match (round.facts.get::<StatusVariables>(), round.facts.get::<SystemVariables>()) {
        (Some(Ok(status)), Some(Ok(files))) => (status, files),
        (Some(Err(Unavailable::Unreadable(why))), _) | (_, Some(Err(Unavailable::Unreadable(why)))) => {
            return Ok(Err(why.clone()));
        }
        _ => return Ok(not_understood("the variables of the redo log")),
    };
    if let Some(known) = by_status(status) {
        return Ok(Ok(known));
    }
    let report = round.session.section("SHOW ENGINE INNODB STATUS", PROCESSES_GRANT).await?;
    Ok(report.and_then(|report| by_report(&report, files)))
}

/// The status variables with the checkpoint age and its limit: MariaDB's, and MySQL's since 8.0.30.
const REDO_STATUS: [&str; 4] = [
    "Innodb_checkpoint_age",
    "Innodb_checkpoint_max_age",
    "Innodb_redo_log_logical_size",
    "Innodb_redo_log_capacity_resized",
];

/// The size of the redo log's files, if it is fixed. MariaDB 10.5 and later has one file.
const REDO_FILES: [&str; 2] = ["innodb_log_file_size", "innodb_log_files_in_group"];

fn bytes(values: &Values, name: &str) -> Option<u64> {
    values.text(name)?.parse().ok()
}

/// Above this share of its capacity, in percent, InnoDB blocks all writes. MySQL since 8.0.30: 30 of 32 files, minus 5
/// % for what is being written (`log_files_governor.cc`).
const MYSQL_LETS: u64 = 89;

/// Servers with files of fixed size: nine tenths of nine tenths (`log_calc_max_ages`).
const OLD_SERVERS_LET: u64 = 81;

/// Reads [`REDO_STATUS`]; `None` if the server has none of it.
fn by_status(status: &Values) -> Option<RedoLog> {
    let pair = |age, capacity| Some(RedoLog { age: bytes(status, age)?, capacity: bytes(status, capacity)? });
    pair("Innodb_checkpoint_age", "Innodb_checkpoint_max_age")
        .or_else(|| {
            let log = pair("Innodb_redo_log_logical_size", "Innodb_redo_log_capacity_resized")?;
            Some(RedoLog { capacity: log.capacity / 100 * MYSQL_LETS, ..log })
        })
        .filter(|log| log.capacity > 0)
}

/// Reads the checkpoint age from InnoDB's report, and the size of the log from [`REDO_FILES`].
fn by_report(report: &[TextRow], files: &Values) -> Section<RedoLog> {
    let report = report.first().and_then(|row| cell(row, 2)).unwrap_or_default();
    let number = |label: &str| {
        let line = report.lines().find_map(|line| line.strip_prefix(label))?;
        line.trim().parse::<u64>().ok()
    };
    let size = bytes(files, "innodb_log_file_size");
    let count = bytes(files, "innodb_log_files_in_group").unwrap_or(1);
    match (number("Log sequence number"), number("Last checkpoint at"), size) {
        (Some(written), Some(checkpoint), Some(size)) if size > 0 => {
            let capacity = size.saturating_mul(count) / 100 * OLD_SERVERS_LET;
            Ok(RedoLog { age: written.saturating_sub(checkpoint), capacity })
        }
        _ => not_understood("the LOG section of InnoDB's report"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redo_log_is_what_the_status_says_or_the_report() {
        let status = |pairs: &[(&str, &str)]| pairs.iter().copied().collect::<Values>();
        let log = |age, capacity| Some(RedoLog { age, capacity });
        for (pairs, expected) in [
            (&[("Innodb_checkpoint_age", "356"), ("Innodb_checkpoint_max_age", "6077031")][..], log(356, 6_077_031)),
            (
                &[("Innodb_redo_log_logical_size", "512"), ("Innodb_redo_log_capacity_resized", "16777216")],
                log(512, 14_931_708),
            ),
            (&[("Innodb_checkpoint_age", "356")], None),
            (&[("Innodb_checkpoint_age", "356"), ("Innodb_checkpoint_max_age", "0")], None),
            (&[], None),
        ] {
            assert_eq!(by_status(&status(pairs)), expected, "{pairs:?}");
        }
        let report = |text: &str| [["InnoDB", "", text].map(|cell| (String::new(), Some(cell.to_owned()))).to_vec()];
        let files = status(&[("innodb_log_file_size", "8388608"), ("innodb_log_files_in_group", "2")]);
        let text = "---\nLOG\n---\nLog sequence number 1665409\nLast checkpoint at  1660000\n";
        assert_eq!(by_report(&report(text), &files).ok(), log(5_409, 13_589_532));
        assert!(by_report(&report("LOG\n"), &files).is_err());
        assert!(by_report(&report(text), &Values::default()).is_err());
    }
}
