//! The base tables. The server leaves out tables that an account may not see, without an error.

use healthd_core::check::Settings;
use healthd_core::facts::{Fact, KeyedTable, KeyedTables, Need, NextValue, NextValues, Table, Tables, View};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::observed::server::{Flavor, Server, Version};
use healthd_core::text::clean::one_line;

use super::entry::{Entry, Pending, Round};
use super::grants::SYSTEM;
use crate::decode::columns::{TextRow, cell, name, not_understood};
use crate::statements::text::{hexadecimal, quoted};

pub(super) const ENTRIES: &[&dyn Entry] = &[
    &Seen::<Tables> { statement: sizes, decode: decode_sizes, is_kept_by_server: true },
    &Seen::<NextValues> { statement: next_values, decode: decode_next_values, is_kept_by_server: true },
    &Seen::<KeyedTables> { statement: keys, decode: decode_keys, is_kept_by_server: false },
];

/// A fact about the tables that the account sees: the rows of one statement.
struct Seen<F: Fact> {
    statement: fn(&Settings) -> String,
    decode: fn(&[TextRow]) -> Section<F::Value>,
    /// MySQL 8 answers with values that are up to a day old unless it is told otherwise.
    is_kept_by_server: bool,
}

impl<T, F: Fact<Value = Vec<T>>> Entry for Seen<F> {
    fn need(&self) -> Need {
        F::NEED
    }

    fn read<'a>(&'a self, round: &'a mut Round<'_>) -> Pending<'a, ()> {
        Box::pin(async move {
            let view = round.view().await?;
            if let (true, Some(statement)) = (self.is_kept_by_server, read_anew(round.request.server)) {
                round.session.section(statement, "").await.map(drop)?;
            }
            let statement = (self.statement)(round.request.settings);
            let read = seen(round, &statement, &view, self.decode).await?;
            round.put::<F>(read);
            Ok(())
        })
    }
}

/// The rows of a statement about tables. An account that does not see all tables may get no rows at all.
pub(super) async fn seen<T>(
    round: &mut Round<'_>,
    statement: &str,
    view: &Section<View>,
    decode: fn(&[TextRow]) -> Section<Vec<T>>,
) -> Result<Section<Vec<T>>, Failure> {
    let rows = round.session.section(statement, "").await?;
    let settings = round.request.settings;
    let read = rows.and_then(|rows| decode(&rows));
    Ok(match (read, view) {
        // Whether a table that was requested by name is hidden or missing is unknown.
        (Ok(rows), Ok(view)) if rows.is_empty() && view.hides && settings.name.is_none() => {
            Err(Unreadable::Denied { grant: grant(settings, view.grants_are_plain).into() })
        }
        (Ok(rows), Err(why)) if rows.is_empty() => Err(why.clone()),
        (read, _) => read,
    })
}

/// The privilege for seeing every table that the settings name. A name in a grant is a pattern, unless names are
/// `plain`.
pub(super) fn grant(settings: &Settings, plain: bool) -> String {
    match settings.of_schema() {
        Some(schema) => {
            let name = one_line(schema, 64).replace('`', "``");
            let escaped = || name.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%");
            format!("GRANT SELECT ON `{}`.*", if plain { name.clone() } else { escaped() })
        }
        None => "GRANT SELECT ON *.*".to_owned(),
    }
}

pub(super) const BASE: &str = "('BASE TABLE', 'SYSTEM VERSIONED')";

/// The condition on the column of a schema: the one that the settings name, or all but the server's own schemas.
pub(super) fn of_schema(column: &str, settings: &Settings) -> String {
    match &settings.schema {
        Some(schema) => format!("{column} = _utf8 {}", hexadecimal(schema)),
        None => format!("{column} NOT IN ({})", quoted(SYSTEM.into_iter())),
    }
}

/// The same with a condition on the column of the table, if the settings name one by a plain name. A name with other
/// characters is found among all tables.
pub(super) fn of_tables(schema: &str, table: &str, settings: &Settings) -> String {
    let of_schema = of_schema(schema, settings);
    let is_plain = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_$-.".contains(c));
    let Some(name) = settings.name.as_deref().filter(is_plain) else { return of_schema };
    // It may be SCHEMA.TABLE, or a table with a dot in its name.
    let names = std::iter::once(name).chain(name.split_once('.').map(|(_, table)| table));
    let names: Vec<String> = names.map(|name| format!("_utf8 {}", hexadecimal(name))).collect();
    format!("{of_schema} AND {table} IN ({})", names.join(", "))
}

/// Makes MySQL 8 read the tables themselves. By default it keeps this data for a day.
fn read_anew(server: Server) -> Option<&'static str> {
    (server.flavor == Flavor::MySql && server.version >= Version { major: 8, minor: 0, patch: 0 })
        .then_some("SET SESSION information_schema_stats_expiry = 0")
}

/// Reads the sizes of base tables.
fn sizes(settings: &Settings) -> String {
    format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, DATA_LENGTH, DATA_FREE, INDEX_LENGTH, ENGINE FROM information_schema.TABLES \
         WHERE TABLE_TYPE IN {BASE} AND {}",
        of_tables("TABLE_SCHEMA", "TABLE_NAME", settings)
    )
}

/// The rows of [`sizes`]. A broken table has no sizes.
fn decode_sizes(rows: &[TextRow]) -> Section<Vec<Table>> {
    rows.iter()
        .map(|row| match (name(row, 0), name(row, 1)) {
            (Some(schema), Some(name)) => {
                let size = |at| cell(row, at).and_then(|size| size.parse().ok()).unwrap_or_default();
                Ok(Table {
                    schema,
                    name,
                    engine: cell(row, 5).unwrap_or_default().to_owned(),
                    data: size(2),
                    index: size(4),
                    free: size(3),
                })
            }
            _ => not_understood("TABLE_NAME"),
        })
        .collect()
}

/// Reads the `AUTO_INCREMENT` columns with their types.
fn next_values(settings: &Settings) -> String {
    format!(
        "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE, t.AUTO_INCREMENT \
         FROM information_schema.TABLES t JOIN information_schema.COLUMNS c \
         ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME \
         WHERE t.AUTO_INCREMENT IS NOT NULL AND c.EXTRA LIKE '%auto_increment%' AND {} AND {}",
        of_tables("t.TABLE_SCHEMA", "t.TABLE_NAME", settings),
        of_tables("c.TABLE_SCHEMA", "c.TABLE_NAME", settings)
    )
}

/// The rows of [`next_values`], without columns whose type has no largest whole number.
fn decode_next_values(rows: &[TextRow]) -> Section<Vec<NextValue>> {
    let column = |row: &TextRow| {
        let largest = largest(cell(row, 3)?);
        let (schema, table, column) = (name(row, 0)?, name(row, 1)?, name(row, 2)?);
        let next = cell(row, 4)?.parse().ok()?;
        Some(largest.map(|largest| NextValue { schema, table, column, next, largest }))
    };
    let read: Option<Vec<Option<NextValue>>> = rows.iter().map(column).collect();
    match read {
        Some(read) => Ok(read.into_iter().flatten().collect()),
        None => not_understood("AUTO_INCREMENT"),
    }
}

/// The largest value of a type such as `int(10) unsigned`; for floating-point types, the largest one below which every
/// whole number exists.
fn largest(kind: &str) -> Option<u64> {
    let kind = kind.to_ascii_lowercase();
    let bits = match kind.split(['(', ' ']).next()? {
        "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" => 32,
        "bigint" => 64,
        "float" => return Some(1 << 24),
        "double" => return Some(1 << 53),
        _ => return None,
    };
    let bits = if kind.contains("unsigned") { bits } else { bits - 1 };
    Some(u64::MAX >> (64 - bits))
}

/// Reads every base table, and 1 if it has a key that is unique and never NULL.
fn keys(settings: &Settings) -> String {
    format!(
        "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, MAX(k.TABLE_NAME IS NOT NULL) \
         FROM information_schema.TABLES t LEFT JOIN (SELECT TABLE_SCHEMA, TABLE_NAME FROM \
         information_schema.STATISTICS \
         WHERE NON_UNIQUE = 0 AND {} GROUP BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME HAVING SUM(NULLABLE = 'YES') = 0) k \
         ON k.TABLE_SCHEMA = t.TABLE_SCHEMA AND k.TABLE_NAME = t.TABLE_NAME WHERE t.TABLE_TYPE IN {BASE} AND {} \
         GROUP BY t.TABLE_SCHEMA, t.TABLE_NAME",
        of_tables("TABLE_SCHEMA", "TABLE_NAME", settings),
        of_tables("t.TABLE_SCHEMA", "t.TABLE_NAME", settings)
    )
}

/// The rows of [`keys`].
fn decode_keys(rows: &[TextRow]) -> Section<Vec<KeyedTable>> {
    let table =
        |row: &TextRow| Some(KeyedTable { schema: name(row, 0)?, table: name(row, 1)?, keyed: cell(row, 2)? == "1" });
    let read: Option<Vec<KeyedTable>> = rows.iter().map(table).collect();
    read.ok_or(Unreadable::NotUnderstood { what: "the keys of the tables" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_of_a_column_is_that_of_its_type() {
        for (kind, expected) in [
            ("tinyint(4)", Some(127)),
            ("tinyint unsigned", Some(255)),
            ("smallint(6)", Some(32_767)),
            ("mediumint(8) unsigned", Some(16_777_215)),
            ("int", Some(2_147_483_647)),
            ("int(10) unsigned zerofill", Some(4_294_967_295)),
            ("bigint(20)", Some(9_223_372_036_854_775_807)),
            ("BIGINT UNSIGNED", Some(u64::MAX)),
            ("double", Some(9_007_199_254_740_992)),
            ("varchar(3)", None),
            ("", None),
        ] {
            assert_eq!(largest(kind), expected, "{kind}");
        }
    }

    #[test]
    fn a_table_without_sizes_is_empty() {
        let cells = ["shop", "t"].map(|text| (String::new(), Some(text.to_owned())));
        let broken: TextRow = cells.into_iter().chain([(String::new(), None), (String::new(), None)]).collect();
        let tables = decode_sizes(&[broken]).expect("understood");
        assert_eq!((tables[0].data, tables[0].free), (0, 0));
    }
}
