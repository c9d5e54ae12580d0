//! Tables of the Percona Toolkit.

use healthd_core::check::Settings;
use healthd_core::facts::{Checksums, RecentRows};
use healthd_core::observed::section::{Section, Unreadable};

use super::entry::{Entry, Rows, Statement, table_grant};
use crate::decode::columns::{TextRow, cell, name, not_understood, seconds};
use crate::statements::text::hexadecimal;

pub(super) const ENTRIES: &[&dyn Entry] = &[
    &Rows::<RecentRows> {
        statement: |request| Some(Statement::new(recent(request.settings), table_grant(&request.settings.log_table()))),
        decode: |rows, _| decode_recent(rows),
        is_long: true,
    },
    &Rows::<Checksums> {
        statement: |request| {
            Some(Statement::new(checksums(request.settings), table_grant(&request.settings.checksum_table())))
        },
        decode: |rows, _| decode_checksums(rows),
        is_long: true,
    },
];

/// Counts the new rows of a table, with the age of the newest: all rows, or those of the server that `--name` gives.
fn recent(settings: &Settings) -> String {
    let (table, column, within) = (settings.log_table(), &settings.column, settings.rows_within().as_secs());
    let only = settings.name.as_deref().map(hexadecimal);
    let only = only.map_or_else(String::new, |name| format!(" WHERE server IN ({name}, @@hostname)"));
    // Two subqueries, each of which an index of the column answers.
    let also = only.replacen(" WHERE", " AND", 1);
    format!(
        "SELECT (SELECT COUNT(*) FROM {table} WHERE {column} >= NOW() - INTERVAL {within} SECOND{also}), \
         TIMESTAMPDIFF(SECOND, newest, NOW()), newest IS NOT NULL FROM (SELECT MAX({column}) AS newest FROM \
         {table}{only}) t"
    )
}

/// The row of [`recent`].
fn decode_recent(rows: &[TextRow]) -> Section<RecentRows> {
    let Some(row) = rows.first() else { return not_understood("the count of its rows") };
    let newest = seconds(row, 1);
    if newest.is_none() && cell(row, 2) == Some("1") {
        return not_understood("the time in its column");
    }
    let count = cell(row, 0).and_then(|count| count.parse().ok());
    count.map_or_else(|| not_understood("the count of its rows"), |count| Ok(RecentRows { count, newest }))
}

/// Reads the results of pt-table-checksum, in one row. The columns of its table:
/// <https://docs.percona.com/percona-toolkit/pt-table-checksum.html>.
fn checksums(settings: &Settings) -> String {
    let table = settings.checksum_table();
    let differs = "(this_cnt <> master_cnt OR this_crc <> master_crc OR (this_crc IS NULL) <> (master_crc IS NULL))";
    format!(
        "SELECT COUNT(*), COUNT(IF({differs}, 1, NULL)), COUNT(DISTINCT IF({differs}, CONCAT(db, '.', tbl), NULL)), \
         MIN(IF({differs}, CONCAT(db, '.', tbl), NULL)), TIMESTAMPDIFF(SECOND, MAX(ts), NOW()) FROM {table}"
    )
}

/// The row of [`checksums`].
fn decode_checksums(rows: &[TextRow]) -> Section<Checksums> {
    let read = |row: &TextRow| {
        let number = |at| cell(row, at)?.parse().ok();
        Some(Checksums {
            chunks: number(0)?,
            different: number(1)?,
            tables: number(2)?,
            example: name(row, 3).unwrap_or_default(),
            age: seconds(row, 4),
        })
    };
    rows.first().and_then(read).ok_or(Unreadable::NotUnderstood { what: "the counts of its chunks" })
}
