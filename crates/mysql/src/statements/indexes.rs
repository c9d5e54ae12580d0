//! Statements about how indexes are used.

use healthd_core::check::Settings;
use healthd_core::facts::View;

use super::PERFORMANCE_SCHEMA_GRANT;
use super::tables::{self, of_tables};

/// Reads whether MariaDB keeps statistics of its own.
pub(crate) const USERSTAT: &str = "SELECT @@global.userstat";

/// What lets an account read the performance schema, and the tables that are hidden from it.
pub(crate) fn grant(settings: &Settings, View { hides, grants_are_plain, .. }: View) -> String {
    let grant = || tables::grant(settings, grants_are_plain);
    match settings.of_schema() {
        // This is for the performance schema too.
        None if hides => grant(),
        Some(_) if hides => format!("{PERFORMANCE_SCHEMA_GRANT}; {}", grant()),
        None | Some(_) => PERFORMANCE_SCHEMA_GRANT.to_owned(),
    }
}

/// Reads whether the performance schema counts the use of indexes: its instrument can be off by itself, and without a performance
/// schema there is none.
pub(crate) const INSTRUMENT: &str = "SELECT MAX(ENABLED) FROM performance_schema.setup_instruments \
    WHERE NAME = 'wait/io/table/sql/handler'";

/// Reads the indexes that the performance schema has seen no use of. A unique one has another use.
pub(crate) fn by_performance_schema(settings: &Settings) -> String {
    format!(
        "SELECT p.OBJECT_SCHEMA, p.OBJECT_NAME, p.INDEX_NAME \
         FROM performance_schema.table_io_waits_summary_by_index_usage p \
         JOIN information_schema.STATISTICS s ON s.TABLE_SCHEMA = p.OBJECT_SCHEMA AND s.TABLE_NAME = p.OBJECT_NAME \
         AND s.INDEX_NAME = p.INDEX_NAME AND s.SEQ_IN_INDEX = 1 AND s.NON_UNIQUE = 1 AND s.INDEX_TYPE = 'BTREE' \
         WHERE p.INDEX_NAME IS NOT NULL AND p.COUNT_STAR = 0 AND {} AND {} ORDER BY 1, 2, 3",
        of_tables("p.OBJECT_SCHEMA", "p.OBJECT_NAME", settings),
        of_tables("s.TABLE_SCHEMA", "s.TABLE_NAME", settings)
    )
}

/// Reads the indexes that MariaDB's statistics have seen no use of.
pub(crate) fn by_userstat(settings: &Settings) -> String {
    format!(
        "SELECT s.TABLE_SCHEMA, s.TABLE_NAME, s.INDEX_NAME FROM information_schema.STATISTICS s \
         LEFT JOIN information_schema.INDEX_STATISTICS u ON u.TABLE_SCHEMA = s.TABLE_SCHEMA AND u.TABLE_NAME = s.TABLE_NAME \
         AND u.INDEX_NAME = s.INDEX_NAME WHERE s.SEQ_IN_INDEX = 1 AND s.NON_UNIQUE = 1 AND s.INDEX_TYPE = 'BTREE' \
         AND u.INDEX_NAME IS NULL AND {} ORDER BY 1, 2, 3",
        of_tables("s.TABLE_SCHEMA", "s.TABLE_NAME", settings)
    )
}
