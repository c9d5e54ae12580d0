//! The name of a table as given by a person. It becomes part of a statement, so it is parsed strictly.

use std::fmt;
use std::str::FromStr;

/// A name of a schema, table or column, without a character that could end its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier(String);

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Empty, over 64 characters, or with a backtick or control character.
    #[error("a name has 1 to 64 characters, and no backtick or control character")]
    Identifier,
    /// Not `schema.table`.
    #[error("expected schema.table; put backticks around a part that contains a dot")]
    Table,
}

impl Identifier {
    /// The column in which the tools of Percona Toolkit write the time of a row.
    pub fn ts() -> Identifier {
        Identifier("ts".to_owned())
    }

    /// The name as people write it, without quotes.
    pub fn plain(&self) -> &str {
        &self.0
    }
}

impl FromStr for Identifier {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Identifier, NameError> {
        let within = (1..=64).contains(&text.chars().count());
        if within && !text.contains(|c: char| c == '`' || c.is_control()) {
            Ok(Identifier(text.to_owned()))
        } else {
            Err(NameError::Identifier)
        }
    }
}

/// The name in backticks, for SQL.
impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// A table with its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    schema: Identifier,
    table: Identifier,
}

impl TableName {
    /// A table that is known here.
    fn known(schema: &str, table: &str) -> TableName {
        TableName { schema: Identifier(schema.to_owned()), table: Identifier(table.to_owned()) }
    }

    /// The default table of pt-deadlock-logger.
    pub fn deadlocks() -> TableName {
        TableName::known("percona", "deadlocks")
    }

    /// The default table of pt-table-checksum.
    pub fn checksums() -> TableName {
        TableName::known("percona", "checksums")
    }

    /// The name as people write it, without quotes.
    pub fn plain(&self) -> String {
        format!("{}.{}", self.schema.0, self.table.0)
    }
}

impl FromStr for TableName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<TableName, NameError> {
        let (schema, rest) = part(text).ok_or(NameError::Table)?;
        let (table, rest) = rest.strip_prefix('.').and_then(part).ok_or(NameError::Table)?;
        if rest.is_empty() {
            Ok(TableName { schema: schema.parse()?, table: table.parse()? })
        } else {
            Err(NameError::Table)
        }
    }
}

/// One name, perhaps in backticks, and what follows it.
fn part(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix('`') {
        Some(quoted) => quoted.split_once('`'),
        None => Some(text.split_at(text.find('.').unwrap_or(text.len()))),
    }
}

/// The name in backticks, for SQL.
impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_end_its_quotes_is_a_name() {
        for (text, expected) in [
            ("percona.deadlocks", Some("`percona`.`deadlocks`")),
            ("my-schema.a b", Some("`my-schema`.`a b`")),
            ("`my.db`.`heart beat`", Some("`my.db`.`heart beat`")),
            ("a.b; DROP TABLE c", Some("`a`.`b; DROP TABLE c`")),
            ("a.b.c", None),
            ("`a`b.c", None),
            ("`a.b", None),
            ("a.`b", None),
            ("a.`b`c", None),
            ("``.b", None),
            ("", None),
            ("deadlocks", None),
            ("percona.", None),
            (".deadlocks", None),
            ("a`.b", None),
            ("a.b`; DROP TABLE c; -- ", None),
            ("a.b\n", None),
        ] {
            let name = text.parse::<TableName>().ok().map(|name| name.to_string());
            assert_eq!(name.as_deref(), expected, "{text:?}");
        }
        assert!("x".repeat(65).parse::<Identifier>().is_err());
    }
}
