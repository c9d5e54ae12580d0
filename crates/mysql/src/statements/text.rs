//! Parts of statements.

/// Reads only these names of `VARIABLES` or `STATUS`: the whole list has 500 rows.
pub(crate) fn show<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> String {
    format!("SHOW GLOBAL {kind} WHERE Variable_name IN ({})", quoted(names))
}

/// Names as literals of a list. They contain no quotes.
pub(crate) fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}

/// A text as a literal that none of its characters can end.
pub(crate) fn hexadecimal(text: &str) -> String {
    let digits = text.bytes().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
    format!("x'{digits}'")
}
