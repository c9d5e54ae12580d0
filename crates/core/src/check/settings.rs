//! How a check is asked.

use std::time::Duration;

use super::expression::Expression;
use super::finding::Cannot;
use super::reception::HeartbeatTable;
use super::table_name::{Identifier, TableName};
use crate::clean::one_line;
use crate::outcome::Outcome;

/// Which time a ratio is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Basis {
    /// Since the run before; the whole time since the server's start as long as there was none.
    #[default]
    Recent,
    /// Since the server's start.
    Lifetime,
}

/// How a check is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which time ratios are about.
    pub basis: Basis,
    /// Only this replication channel.
    pub channel: Option<String>,
    /// What a server is that replicates from nobody, or is in no cluster.
    pub not_replica: Outcome,
    /// A replica may take writes, as each of two masters does.
    pub writable: bool,
    /// The heartbeat table that gives the lag.
    pub heartbeat: Option<HeartbeatTable>,
    /// Only this object; what it is depends on the check.
    pub name: Option<String>,
    /// Only tables of this schema.
    pub schema: Option<String>,
    /// Whether a status variable counts as its growth per second since the run before.
    pub rate: bool,
    /// What is asked of variables.
    pub expression: Option<Expression>,
    /// The table that is read, instead of the usual one.
    pub table: Option<TableName>,
    /// Its column with the time of each row.
    pub column: Identifier,
    /// How new a row or a line must be to count, unless as each check has it.
    pub within: Option<Duration>,
    /// How much RAM the server's machine has, in bytes, where it cannot be seen.
    pub ram: Option<u64>,
    /// Statements of this account do not count.
    pub except_user: Option<String>,
    /// For how long after its start a server's ratios are not alerted on.
    pub warm_up: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            basis: Basis::Recent,
            channel: None,
            not_replica: Outcome::Warning,
            writable: false,
            heartbeat: None,
            name: None,
            schema: None,
            rate: false,
            expression: None,
            table: None,
            column: Identifier::ts(),
            within: None,
            ram: None,
            except_user: None,
            warm_up: Duration::from_secs(600),
        }
    }
}

impl Settings {
    /// The table of events that is read.
    pub fn log_table(&self) -> TableName {
        self.table.clone().unwrap_or_else(TableName::deadlocks)
    }

    /// The table of pt-table-checksum.
    pub fn checksum_table(&self) -> TableName {
        self.table.clone().unwrap_or_else(TableName::checksums)
    }

    /// How new a row of a table of events must be.
    pub fn rows_within(&self) -> Duration {
        self.within.unwrap_or(Duration::from_secs(60))
    }

    /// How new a line of an error log must be.
    pub fn logged_within(&self) -> Duration {
        self.within.unwrap_or(Duration::from_secs(600))
    }

    /// What was picked by `name` and `schema`: that there is nothing is no answer to who named something, perhaps with a mistake.
    ///
    /// # Errors
    /// Something was asked for, and nothing found.
    pub fn picked<T>(&self, found: Vec<T>, what: &str) -> Result<Vec<T>, Cannot> {
        let asked = match (&self.schema, &self.name) {
            (None, None) => return Ok(found),
            (Some(schema), None) => format!("in schema {schema}"),
            (None, Some(name)) => format!("of {name}"),
            (Some(schema), Some(name)) => format!("of {name} in schema {schema}"),
        };
        match found.is_empty() {
            true => Err(Cannot::Usage(format!("there is no {what} {asked} that this account may see"))),
            false => Ok(found),
        }
    }

    /// Whether this table is asked for: all are without `name` and `schema`; a name may be `schema.table`.
    pub fn wants_table(&self, schema: &str, table: &str) -> bool {
        let called = |name: &str| name == table || name.split_once('.').is_some_and(|name| name == (schema, table));
        self.wants_schema(schema) && self.name.as_deref().map(shown_name).as_deref().is_none_or(called)
    }

    /// Whether a schema is asked for.
    pub fn wants_schema(&self, schema: &str) -> bool {
        self.schema.as_deref().map(shown_name).is_none_or(|wanted| wanted == schema)
    }
}

/// A name as it is read from a server, which may have anything in it: what is asked for must be cleaned alike to be found.
pub fn shown_name(name: &str) -> String {
    one_line(name, 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_by_the_name_that_it_has_whatever_is_in_it() {
        for (schema, name, expected) in [
            (Some("pipe|d"), None, true),
            (Some("pipe|d"), Some("two  blanks"), true),
            (None, Some("pipe|d.two  blanks"), true),
            (Some("other"), None, false),
            (None, Some("two"), false),
        ] {
            let text = |text: Option<&str>| text.map(str::to_owned);
            let settings = Settings { schema: text(schema), name: text(name), ..Settings::default() };
            let found = settings.wants_table(&shown_name("pipe|d"), &shown_name("two  blanks"));
            assert_eq!(found, expected, "{schema:?} {name:?}");
        }
    }
}
