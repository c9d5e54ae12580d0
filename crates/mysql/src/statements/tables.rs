//! Statements about tables. A schema that is asked for stands in them: a server opens every table that it tells of.

use healthd_core::check::Settings;
use healthd_core::observed::server::{Flavor, Server, Version};
use healthd_core::text::clean::one_line;

use super::{hexadecimal, quoted};

/// What lets an account see every table that is asked for; a name is a pattern in a grant, unless those are `plain`.
pub(crate) fn grant(settings: &Settings, plain: bool) -> String {
    match settings.of_schema() {
        Some(schema) => {
            let name = one_line(schema, 64).replace('`', "``");
            let escaped = || name.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%");
            format!("GRANT SELECT ON `{}`.*", if plain { name.clone() } else { escaped() })
        }
        None => "GRANT SELECT ON *.*".to_owned(),
    }
}

/// Reads whether the names of tables are the same in whatever case, and whether those in grants are no patterns.
pub(crate) fn names_are(server: Server) -> &'static str {
    const PARTIAL_REVOKES: Version = Version { major: 8, minor: 0, patch: 16 };
    match server.flavor {
        Flavor::MySql if server.version >= PARTIAL_REVOKES => {
            "SELECT @@global.lower_case_table_names > 0, @@global.partial_revokes"
        }
        Flavor::MySql | Flavor::MariaDb => "SELECT @@global.lower_case_table_names > 0, 0",
    }
}

/// Reads the names of the base tables.
pub(crate) fn names(settings: &Settings) -> String {
    format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE IN {BASE} AND {}",
        of_schema("TABLE_SCHEMA", settings)
    )
}

/// The server's own schemas, of whose tables nobody is told.
pub(crate) const SYSTEM: [&str; 4] = ["mysql", "sys", "information_schema", "performance_schema"];

const BASE: &str = "('BASE TABLE', 'SYSTEM VERSIONED')";

/// The condition on the column of a schema: the one that is asked for; the server's own are not the business of who asks.
fn of_schema(column: &str, settings: &Settings) -> String {
    match &settings.schema {
        Some(schema) => format!("{column} = _utf8 {}", hexadecimal(schema)),
        None => format!("{column} NOT IN ({})", quoted(SYSTEM.into_iter())),
    }
}

/// The same, and where a table is asked for by a plain name the condition on its column: one with other characters is picked among all.
pub(super) fn of_tables(schema: &str, table: &str, settings: &Settings) -> String {
    let of_schema = of_schema(schema, settings);
    let is_plain = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_$-.".contains(c));
    let Some(name) = settings.name.as_deref().filter(is_plain) else { return of_schema };
    // It may be SCHEMA.TABLE, or a table with a dot in its name.
    let names = std::iter::once(name).chain(name.split_once('.').map(|(_, table)| table));
    let names: Vec<String> = names.map(|name| format!("_utf8 {}", hexadecimal(name))).collect();
    format!("{of_schema} AND {table} IN ({})", names.join(", "))
}

/// Reads the sizes of base tables.
pub(crate) fn sizes(settings: &Settings) -> String {
    format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, DATA_LENGTH, DATA_FREE, INDEX_LENGTH, ENGINE FROM information_schema.TABLES \
         WHERE TABLE_TYPE IN {BASE} AND {}",
        of_tables("TABLE_SCHEMA", "TABLE_NAME", settings)
    )
}

/// Makes MySQL 8 look at the tables themselves: it keeps what it knows of them for a day.
pub(crate) fn read_anew(server: Server) -> Option<&'static str> {
    (server.flavor == Flavor::MySql && server.version >= Version { major: 8, minor: 0, patch: 0 })
        .then_some("SET SESSION information_schema_stats_expiry = 0")
}

/// Reads the `AUTO_INCREMENT` columns with their types.
pub(crate) fn next_values(settings: &Settings) -> String {
    format!(
        "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE, t.AUTO_INCREMENT \
         FROM information_schema.TABLES t JOIN information_schema.COLUMNS c \
         ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME \
         WHERE t.AUTO_INCREMENT IS NOT NULL AND c.EXTRA LIKE '%auto_increment%' AND {} AND {}",
        of_tables("t.TABLE_SCHEMA", "t.TABLE_NAME", settings),
        of_tables("c.TABLE_SCHEMA", "c.TABLE_NAME", settings)
    )
}

/// Reads every base table, and 1 where it has a key that is unique and never NULL.
pub(crate) fn keys(settings: &Settings) -> String {
    format!(
        "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, MAX(k.TABLE_NAME IS NOT NULL) \
         FROM information_schema.TABLES t LEFT JOIN (SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.STATISTICS \
         WHERE NON_UNIQUE = 0 AND {} GROUP BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME HAVING SUM(NULLABLE = 'YES') = 0) k \
         ON k.TABLE_SCHEMA = t.TABLE_SCHEMA AND k.TABLE_NAME = t.TABLE_NAME WHERE t.TABLE_TYPE IN {BASE} AND {} \
         GROUP BY t.TABLE_SCHEMA, t.TABLE_NAME",
        of_tables("TABLE_SCHEMA", "TABLE_NAME", settings),
        of_tables("t.TABLE_SCHEMA", "t.TABLE_NAME", settings)
    )
}
