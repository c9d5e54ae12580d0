//! Rows about the error log.

use std::time::Duration;

use healthd_core::facts::error_log::cleaned;
use healthd_core::facts::{ErrorLog, Logged};
use healthd_core::observed::section::{Section, Unreadable};

use super::columns::{TextRow, cell};

/// Reads [`crate::statements::error_log::table`]; `None` for an empty table.
pub(crate) fn table(rows: &[TextRow]) -> Section<Option<Logged>> {
    let read = |row: &TextRow| {
        let number = |at| cell(row, at)?.parse::<u64>().ok();
        let newest = match (cell(row, 4), cell(row, 6)) {
            // A clock that was set back.
            (Some(age), Some(text)) => {
                let age = u64::try_from(age.parse::<i64>().ok()?).unwrap_or_default();
                Some((Duration::from_secs(age), cleaned(text)))
            }
            _ => None,
        };
        let logged = Logged {
            place: "performance_schema.error_log".to_owned(),
            errors: number(1)?,
            warnings: number(2)?,
            crashes: number(3)?,
            newest,
            cut: cell(row, 5) == Some("1"),
        };
        Some((number(0)? > 0).then_some(logged))
    };
    rows.first().and_then(read).ok_or(Unreadable::NotUnderstood { what: "the counts of its rows" })
}

/// Reads [`crate::statements::error_log::AHEAD`].
pub(crate) fn ahead(rows: &[TextRow]) -> Section<ErrorLog> {
    let ahead = rows.first().and_then(|row| cell(row, 0)?.parse().ok());
    ahead.map(|ahead| ErrorLog::File { ahead }).ok_or(Unreadable::NotUnderstood { what: "the server's time zone" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[Option<&str>]) -> Vec<TextRow> {
        vec![cells.iter().map(|cell| (String::new(), cell.map(str::to_owned))).collect()]
    }

    #[test]
    fn counts_are_numbers_and_an_empty_table_is_none() {
        let cells = |all, age, newest| row(&[Some(all), Some("2"), Some("3"), Some("1"), age, Some("1"), newest]);
        let logged = table(&cells("90", Some("-1"), Some("Error 'x' on\nquery"))).expect("understood").expect("rows");
        assert_eq!((logged.errors, logged.warnings, logged.crashes, logged.cut), (2, 3, 1, true));
        assert_eq!(logged.newest, Some((Duration::ZERO, "Error '..' on query".to_owned())));
        assert_eq!(table(&cells("90", None, None)).expect("understood").expect("rows").newest, None);
        assert_eq!(table(&cells("0", None, None)), Ok(None));
        for rows in [Vec::new(), row(&[None; 7]), cells("x", None, None), cells("1", Some("x"), Some("y"))] {
            assert!(table(&rows).is_err(), "{rows:?}");
        }
        assert_eq!(ahead(&row(&[Some("-12600")])), Ok(ErrorLog::File { ahead: -12_600 }));
        assert!(ahead(&row(&[None])).is_err() && ahead(&[]).is_err());
    }
}
