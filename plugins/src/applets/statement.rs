//! A statement of the user: its first row, and numbers in it.

use std::fmt;

use healthd_core::text::clean::{one_line, without_quoted};
use healthd_mysql::read::query::{Bounds, Ran};

use super::encoding::decode;

/// The longest part of a statement or of its result that a message shows.
pub(super) const SHOWN: usize = 200;
/// Only the first row is judged; 64 MiB is the largest row that servers send by default. A megabyte more is read, so
/// that the connection need not be dropped.
pub(super) const BOUNDS: Bounds = Bounds { rows: 1, row: 64 << 20, bytes: 1 << 20 };

/// The first row, with the names of its columns.
#[derive(Debug)]
pub(super) struct Row {
    /// The names of the columns.
    pub(super) columns: Vec<String>,
    /// The cells; NULL is `None`.
    pub(super) cells: Vec<Option<String>>,
}

/// Why there is no row; its text follows the statement.
#[derive(Debug)]
pub(super) enum NoRow {
    /// The result is empty.
    Empty,
    /// The statement has no result, as an UPDATE.
    NoResult,
    /// The row is larger than the limit.
    TooLarge,
    /// The server rejected the statement.
    Refused {
        /// The server's error number.
        code: u16,
        /// The server's error text.
        text: String,
    },
}

impl fmt::Display for NoRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoRow::Empty => f.write_str(" returned no row"),
            NoRow::TooLarge => f.write_str(" returned a row of more than 64 MiB, which is too large"),
            NoRow::NoResult => f.write_str(" is a statement without a result"),
            NoRow::Refused { code, text } => write!(f, ": error {code}: {}", one_line(&without_quoted(text), SHOWN)),
        }
    }
}

/// The first row.
pub(super) fn first(ran: Ran) -> Result<Row, NoRow> {
    match ran {
        Ran::Rows(rows) => match rows.rows.into_iter().next() {
            Some(cells) => Ok(Row { columns: rows.columns, cells }),
            None => Err(NoRow::Empty),
        },
        Ran::TooLarge => Err(NoRow::TooLarge),
        Ran::NoRows => Err(NoRow::NoResult),
        Ran::Refused { code, text } => Err(NoRow::Refused { code, text }),
    }
}

/// A cell for a message.
pub(super) fn shown(cell: Option<&str>) -> String {
    cell.map_or_else(|| "NULL".to_owned(), |text| format!("`{}`", one_line(text, SHOWN)))
}

/// Parses a number as servers write it, also after blanks: `-1`, `0.5`, `1e30`. `nan` and `inf` are not numbers here.
pub(super) fn numeric(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let digits = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    text.parse().ok().filter(|number: &f64| digits && number.is_finite())
}

/// The statement, decoded if it was encoded. An encoded one has no blank; `LIKE '%cac%'` must stay as it is.
pub(super) fn decoded(text: &str) -> String {
    let encoded = text.to_lowercase().contains("select%20") || text.contains("%20") && !text.contains(' ');
    if encoded { decode(text) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_servers_write() {
        for (text, value) in [("7", 7.0), (" 7", 7.0), ("+.5", 0.5), ("1.5e-7", 1.5e-7), ("-0", 0.0)] {
            assert_eq!(numeric(text), Some(value), "{text}");
        }
        for text in ["", "x", "nan", "inf", "-inf", "0x10", "7 ", "1,5", "2026-01-01", "1e999"] {
            assert_eq!(numeric(text), None, "{text}");
        }
    }
}
