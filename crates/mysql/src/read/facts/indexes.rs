//! The use of indexes.

use healthd_core::check::Settings;
use healthd_core::facts::{IndexUse, UnusedIndex, UnusedIndexes, View};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::observed::server::Flavor;

use super::entry::{Entry, Round, Several, Variables};
use super::tables::{self, BASE, of_schema, of_tables, seen};
use crate::decode::columns::{TextRow, is_on, name};
use crate::statements::{PERFORMANCE_SCHEMA, PERFORMANCE_SCHEMA_GRANT};

pub(super) const ENTRIES: &[&dyn Entry] = &[&Several::<UnusedIndexes> {
    read: |round| Box::pin(used(round)),
    variables: Variables { status: &[], system: &[] },
    is_long: true,
}];

/// Which indexes are used; `None` if the server does not count that.
async fn used(round: &mut Round<'_>) -> Result<Section<Option<IndexUse>>, Failure> {
    let view = round.view().await?;
    let statement = match counted_by(round, view.as_ref().copied().unwrap_or_default()).await? {
        Ok(Some(statement)) => statement,
        Ok(None) => return Ok(Ok(None)),
        Err(why) => return Ok(Err(why)),
    };
    let unused = match seen(round, &statement, &view, unused_indexes).await? {
        Ok(unused) => unused,
        Err(why) => return Ok(Err(why)),
    };
    let settings = round.request.settings;
    let tables = match settings.schema.is_some() || settings.name.is_some() {
        true => round.session.section(&names(settings), "").await?.and_then(|rows| table_names(&rows)),
        false => Ok(Vec::new()),
    };
    Ok(tables.map(|tables| Some(IndexUse { unused, tables })))
}

/// The statement that reads the unused indexes from the statistics of this server.
async fn counted_by(round: &mut Round<'_>, view: View) -> Result<Section<Option<String>>, Failure> {
    let settings = round.request.settings;
    if round.request.server.flavor == Flavor::MariaDb {
        match round.session.section(USERSTAT, "").await? {
            Ok(rows) if is_on(&rows, 0) => return Ok(Ok(Some(by_userstat(settings)))),
            Ok(_) => {}
            Err(why) => return Ok(Err(why)),
        }
    }
    match round.session.section(INSTRUMENT, grant(settings, view)).await? {
        Ok(rows) => Ok(Ok(is_on(&rows, 0).then(|| by_performance_schema(settings)))),
        // A privilege on a feature that is switched off would not help.
        Err(why @ Unreadable::Denied { .. }) => {
            let rows = round.session.section(PERFORMANCE_SCHEMA, "").await?;
            Ok(rows.and_then(|rows| if is_on(&rows, 0) { Err(why) } else { Ok(None) }))
        }
        Err(why) => Ok(Err(why)),
    }
}

/// Reads whether MariaDB collects its own statistics.
const USERSTAT: &str = "SELECT @@global.userstat";

/// The privileges for the performance schema, and for the tables that are hidden from the account.
fn grant(settings: &Settings, View { hides, grants_are_plain, .. }: View) -> String {
    let grant = || tables::grant(settings, grants_are_plain);
    match settings.of_schema() {
        // This one also covers the performance schema.
        None if hides => grant(),
        Some(_) if hides => format!("{PERFORMANCE_SCHEMA_GRANT}; {}", grant()),
        None | Some(_) => PERFORMANCE_SCHEMA_GRANT.to_owned(),
    }
}

/// Reads whether the performance schema counts the use of indexes. Its instrument can be off, and without a performance
/// schema there is none.
const INSTRUMENT: &str = "SELECT MAX(ENABLED) FROM performance_schema.setup_instruments \
    WHERE NAME = 'wait/io/table/sql/handler'";

/// Reads the indexes without use in the performance schema. Unique ones have another purpose.
fn by_performance_schema(settings: &Settings) -> String {
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

/// Reads the indexes without use in MariaDB's statistics.
fn by_userstat(settings: &Settings) -> String {
    format!(
        "SELECT s.TABLE_SCHEMA, s.TABLE_NAME, s.INDEX_NAME FROM information_schema.STATISTICS s \
         LEFT JOIN information_schema.INDEX_STATISTICS u ON u.TABLE_SCHEMA = s.TABLE_SCHEMA AND u.TABLE_NAME = \
         s.TABLE_NAME \
         AND u.INDEX_NAME = s.INDEX_NAME WHERE s.SEQ_IN_INDEX = 1 AND s.NON_UNIQUE = 1 AND s.INDEX_TYPE = 'BTREE' \
         AND u.INDEX_NAME IS NULL AND {} ORDER BY 1, 2, 3",
        of_tables("s.TABLE_SCHEMA", "s.TABLE_NAME", settings)
    )
}

/// The rows of [`by_performance_schema`] and [`by_userstat`].
fn unused_indexes(rows: &[TextRow]) -> Section<Vec<UnusedIndex>> {
    let index = |row: &TextRow| Some(UnusedIndex { schema: name(row, 0)?, table: name(row, 1)?, name: name(row, 2)? });
    let read: Option<Vec<UnusedIndex>> = rows.iter().map(index).collect();
    read.ok_or(Unreadable::NotUnderstood { what: "the unused indexes" })
}

/// Reads the names of the base tables.
fn names(settings: &Settings) -> String {
    format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE IN {BASE} AND {}",
        of_schema("TABLE_SCHEMA", settings)
    )
}

/// The rows of [`names`].
fn table_names(rows: &[TextRow]) -> Section<Vec<(String, String)>> {
    let read: Option<Vec<_>> = rows.iter().map(|row| Some((name(row, 0)?, name(row, 1)?))).collect();
    read.ok_or(Unreadable::NotUnderstood { what: "the names of the tables" })
}
