//! The answer of `GET /api/series`: rows, as JSON or CSV, for Grafana's Infinity data source and spreadsheets.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use healthd_core::samples::labels::Labels;
use serde_json::{Map, Value};

use super::calendar::rfc3339;

/// One count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The begin of the step, in seconds of Unix time.
    pub(crate) at: i64,
    /// The counter.
    pub(crate) counter: String,
    /// The labels that the count is of.
    pub(crate) labels: Labels,
    /// The count; `None` if nothing of the step was collected.
    pub(crate) value: Option<u64>,
}

/// The columns besides the labels: a label of such a name would hide them.
const FIXED: [&str; 3] = ["time", "counter", "value"];

fn column(label: &str) -> String {
    if FIXED.contains(&label) { format!("label_{label}") } else { label.to_owned() }
}

/// A list of flat objects: `{"time":"2026-12-01T02:17:00Z","counter":"mail_sent","status":"sent","value":3}`.
pub(crate) fn json(rows: &[Row]) -> Vec<u8> {
    let object = |row: &Row| {
        let mut object = Map::new();
        object.insert("time".to_owned(), Value::String(rfc3339(row.at)));
        object.insert("counter".to_owned(), Value::String(row.counter.clone()));
        for (name, value) in row.labels.iter() {
            object.insert(column(name), Value::String(value.to_owned()));
        }
        object.insert("value".to_owned(), row.value.map_or(Value::Null, Value::from));
        Value::Object(object)
    };
    let mut text = serde_json::to_vec(&rows.iter().map(object).collect::<Vec<_>>()).expect("plain values");
    text.push(b'\n');
    text
}

/// A table with a line of names (RFC 4180). A count that is not known is an empty field.
pub(crate) fn csv(rows: &[Row]) -> String {
    let names: BTreeSet<&str> = rows.iter().flat_map(|row| row.labels.iter().map(|(name, _)| name)).collect();
    let mut text = String::from("time,counter");
    for name in &names {
        write!(text, ",{}", quoted(&column(name))).expect("a String takes it");
    }
    text.push_str(",value\r\n");
    for row in rows {
        write!(text, "{},{}", rfc3339(row.at), quoted(&row.counter)).expect("a String takes it");
        for name in &names {
            write!(text, ",{}", quoted(row.labels.get(name).unwrap_or_default())).expect("a String takes it");
        }
        let value = row.value.map(|value| value.to_string()).unwrap_or_default();
        write!(text, ",{value}\r\n").expect("a String takes it");
    }
    text
}

fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |at, labels: &[(&str, &str)], value| Row {
            at,
            counter: "mail_sent".to_owned(),
            labels: labels.iter().copied().collect(),
            value,
        };
        vec![
            row(1_796_095_020, &[("status", "sent"), ("value", "a,\"b\"")], Some(3)),
            row(1_796_095_080, &[("status", "deferred")], None),
        ]
    }

    #[test]
    fn rows_are_flat_and_a_count_that_is_not_known_is_null() {
        let json: Value = serde_json::from_slice(&json(&rows())).expect("JSON");
        assert_eq!(
            json,
            serde_json::json!([
                {"time": "2026-12-01T03:17:00Z", "counter": "mail_sent", "status": "sent",
                 "label_value": "a,\"b\"", "value": 3},
                {"time": "2026-12-01T03:18:00Z", "counter": "mail_sent", "status": "deferred", "value": null},
            ])
        );
    }

    #[test]
    fn a_table_has_every_label_as_a_column() {
        assert_eq!(
            csv(&rows()),
            "time,counter,status,label_value,value\r\n\
             2026-12-01T03:17:00Z,mail_sent,sent,\"a,\"\"b\"\"\",3\r\n\
             2026-12-01T03:18:00Z,mail_sent,deferred,,\r\n"
        );
        assert_eq!(csv(&[]), "time,counter,value\r\n");
    }
}
