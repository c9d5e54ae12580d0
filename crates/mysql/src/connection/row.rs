//! A row of the text protocol.

use mysql_async::{Row, Value};

/// The columns of a row, each with its name; NULL is `None`.
pub(crate) type TextRow = Vec<(String, Option<String>)>;

/// A row of the driver.
pub(crate) fn text_row(row: Row) -> TextRow {
    let names: Vec<String> = row.columns_ref().iter().map(|column| column.name_str().into_owned()).collect();
    names.into_iter().zip(row.unwrap().into_iter().map(text)).collect()
}

/// A value in the form of the text protocol.
pub(crate) fn text(value: Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        other => Some(other.as_sql(true)),
    }
}
