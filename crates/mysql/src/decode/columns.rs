//! The columns of rows: found by name or place, and understood as numbers, switches and positions.

use std::time::Duration;

use healthd_core::check::picked::shown_name;
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::position::gtids::{Gtids, Notation};
use healthd_core::position::origin::Uuid;

pub(crate) use crate::connection::row::TextRow;

/// The cell at a position of a row; `None` for NULL and for a missing cell.
pub(crate) fn cell(row: &TextRow, at: usize) -> Option<&str> {
    row.get(at)?.1.as_deref()
}

pub(crate) fn not_understood<T>(what: &'static str) -> Section<T> {
    Err(Unreadable::NotUnderstood { what })
}

/// A column by its MySQL 8 name or its older one.
pub(crate) fn column<'a>(row: &'a TextRow, new: &str, old: &str) -> Option<&'a str> {
    let found = row.iter().find(|(name, _)| name == new || name == old)?;
    found.1.as_deref()
}

/// The value of a `Variable_name`, `Value` list.
pub(crate) fn variable<'a>(rows: &'a [TextRow], name: &str) -> Option<&'a str> {
    let row = rows.iter().find(|row| row.first().is_some_and(|(_, text)| text.as_deref() == Some(name)))?;
    row.get(1)?.1.as_deref()
}

/// The source's id; 0 until the channel has reached it.
pub(crate) fn server_id(row: &TextRow) -> Section<Option<u32>> {
    id(row, "Source_Server_Id", "Master_Server_Id").map(|id| (id != 0).then_some(id))
}

pub(crate) fn text<'a>(row: &'a TextRow, new: &'static str, old: &str) -> Section<&'a str> {
    column(row, new, old).map_or_else(|| not_understood(new), Ok)
}

pub(crate) fn number(row: &TextRow, new: &'static str, old: &str) -> Section<u64> {
    text(row, new, old)?.parse().or_else(|_| not_understood(new))
}

pub(crate) fn id(row: &TextRow, new: &'static str, old: &str) -> Section<u32> {
    text(row, new, old)?.parse().or_else(|_| not_understood(new))
}

pub(crate) fn switch(row: &TextRow, new: &'static str, old: &str) -> Section<bool> {
    match text(row, new, old)? {
        "1" | "ON" => Ok(true),
        "0" | "OFF" => Ok(false),
        _ => not_understood(new),
    }
}

pub(crate) fn gtids(notation: Notation, row: &TextRow, new: &'static str, old: &str) -> Section<Gtids> {
    Gtids::parse(notation, text(row, new, old)?).or_else(|_| not_understood(new))
}

/// `None` if there is no such column, or it is empty.
pub(crate) fn uuid(row: &TextRow, new: &'static str, old: &str) -> Section<Option<Uuid>> {
    match column(row, new, old).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => Uuid::parse(text).map_or_else(|| not_understood(new), |uuid| Ok(Some(uuid))),
    }
}

/// The filters of a channel that are set. Each has its own column.
pub(crate) fn filters(row: &TextRow) -> impl Iterator<Item = (&str, &str)> {
    let columns = row.iter().filter(|(name, _)| name.starts_with("Replicate_"));
    let columns = columns.filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)));
    columns.filter(|(_, value)| !value.is_empty())
}

/// Whether a switch of a row, such as [`crate::statements::PERFORMANCE_SCHEMA`], is on.
pub(crate) fn is_on(rows: &[TextRow], at: usize) -> bool {
    matches!(rows.first().and_then(|row| cell(row, at)), Some("1" | "ON" | "YES"))
}

/// The name of a schema, a table or an account, for display.
pub(crate) fn name(row: &TextRow, at: usize) -> Option<String> {
    cell(row, at).map(shown_name)
}

/// Whole seconds; 0 if negative, because a clock was set back.
pub(crate) fn seconds(row: &TextRow, at: usize) -> Option<Duration> {
    let seconds = cell(row, at)?.parse::<i64>().ok()?;
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}
