//! Shared code of checks of a table that is given by name.

use crate::check::{Cannot, Input, TableName};
use crate::facts::{Fact, Unavailable};
use crate::observed::section::Unreadable;

/// `ER_BAD_DB_ERROR`.
const NO_SCHEMA: u16 = 1049;
/// `ER_BAD_FIELD_ERROR`.
const NO_COLUMN: u16 = 1054;
/// `ER_NO_SUCH_TABLE`.
const NO_TABLE: u16 = 1146;

/// What was read from the table. The error mentions `columns`, the columns that it needs.
///
/// # Errors
/// When it could not be read: there may be no such table, or one with other columns.
pub(super) fn get<'a, F: Fact>(input: &Input<'a>, table: &TableName, columns: &str) -> Result<&'a F::Value, Cannot> {
    match input.facts.get::<F>() {
        Some(Err(Unavailable::Unreadable(Unreadable::Refused { code: NO_SCHEMA | NO_TABLE }))) => {
            Err(Cannot::Usage(format!("there is no table {}: name it with --table", table.plain())))
        }
        Some(Err(Unavailable::Unreadable(Unreadable::Refused { code: NO_COLUMN }))) => {
            Err(Cannot::Usage(format!("table {} lacks a column: {columns}", table.plain())))
        }
        _ => input.get::<F>(),
    }
}
