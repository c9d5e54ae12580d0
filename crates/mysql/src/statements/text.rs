//! Parts of statements.

/// Reads `VARIABLES` or the `STATUS` of these names only: a whole list is 500 rows.
pub(crate) fn show<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> String {
    format!("SHOW GLOBAL {kind} WHERE Variable_name IN ({})", quoted(names))
}

/// Names as literals of a list. They have no quotes in them.
pub(crate) fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}

/// A text as a literal that no character of it can end.
pub(crate) fn hexadecimal(text: &str) -> String {
    let digits = text.bytes().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
    format!("x'{digits}'")
}
