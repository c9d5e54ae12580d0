//! The name of a heartbeat table, as pt-heartbeat writes one.

use std::fmt;
use std::str::FromStr;

/// A table with a column `server_id`, and the time in `ts`: `database.table`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatTable {
    /// As SQL has it.
    quoted: String,
}

/// Why a text is not the name of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write database.table, with backticks around a part that has a dot in it")]
pub struct TableError;

impl fmt::Display for HeartbeatTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.quoted)
    }
}

impl FromStr for HeartbeatTable {
    type Err = TableError;

    fn from_str(text: &str) -> Result<HeartbeatTable, TableError> {
        let (schema, rest) = part(text).ok_or(TableError)?;
        let (table, rest) = rest.strip_prefix('.').and_then(part).ok_or(TableError)?;
        if rest.is_empty() { Ok(HeartbeatTable { quoted: format!("{schema}.{table}") }) } else { Err(TableError) }
    }
}

/// One name in backticks, and what follows it.
fn part(text: &str) -> Option<(String, &str)> {
    let (name, rest) = match text.strip_prefix('`') {
        // A backtick in a name is not worth the trouble.
        Some(quoted) => quoted.split_once('`')?,
        None => text.split_at(text.find('.').unwrap_or(text.len())),
    };
    let good = !name.is_empty() && !name.contains('`') && !name.chars().any(char::is_control);
    good.then(|| (format!("`{name}`"), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_two_names_and_neither_gets_out_of_its_quotes() {
        for (text, quoted) in [
            ("percona.heartbeat", "`percona`.`heartbeat`"),
            ("`my.db`.`heart beat`", "`my.db`.`heart beat`"),
            ("a.b; DROP TABLE c", "`a`.`b; DROP TABLE c`"),
        ] {
            assert_eq!(text.parse::<HeartbeatTable>().map(|table| table.to_string()), Ok(quoted.to_owned()), "{text}");
        }
        for text in ["", "heartbeat", "a.", ".b", "a.b.c", "`a`b.c", "`a.b", "a.`b", "a.b`", "a.`b`c", "``.b", "a.b\n"]
        {
            assert_eq!(text.parse::<HeartbeatTable>(), Err(TableError), "{text}");
        }
    }
}
