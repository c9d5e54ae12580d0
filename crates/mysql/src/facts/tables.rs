//! What is known of the base tables. Those that an account may not see are left out without an error.

use healthd_core::check::{KeyedTable, NextValue, Settings, Table};
use healthd_core::failure::Failure;
use healthd_core::snapshot::{Section, Unreadable};

use crate::decode::{self, TextRow};
use crate::sections::section;
use crate::session::Session;
use crate::statements::{self, tables as statement};

/// Whether the account sees every table that is asked for.
pub(super) async fn are_all_seen(session: &mut Session, settings: &Settings) -> Result<Section<bool>, Failure> {
    const SELECT: &str = "SELECT";
    let grants = section(session, statements::GRANTS, "").await?;
    let of_schema = |rows: &[TextRow]| {
        let schema = settings.schema.as_deref();
        schema.is_some_and(|schema| decode::grants::has_on_schema(rows, SELECT, schema))
    };
    Ok(grants.map(|rows| decode::grants::has_globally(&rows, SELECT) || of_schema(&rows)))
}

/// The base tables with their sizes.
pub(super) async fn sizes(
    session: &mut Session,
    settings: &Settings,
    all_seen: &Section<bool>,
) -> Result<Section<Vec<Table>>, Failure> {
    not_kept(session).await?;
    seen(session, &statement::sizes(settings), all_seen, decode::tables).await
}

/// The `AUTO_INCREMENT` columns.
pub(super) async fn next_values(
    session: &mut Session,
    settings: &Settings,
    all_seen: &Section<bool>,
) -> Result<Section<Vec<NextValue>>, Failure> {
    not_kept(session).await?;
    seen(session, &statement::next_values(settings), all_seen, decode::listed::next_values).await
}

/// The base tables and their keys.
pub(super) async fn keys(
    session: &mut Session,
    settings: &Settings,
    all_seen: &Section<bool>,
) -> Result<Section<Vec<KeyedTable>>, Failure> {
    seen(session, &statement::keys(settings), all_seen, decode::listed::keys).await
}

/// MySQL 8 answers with the sizes and next values of a day ago unless it is told not to.
async fn not_kept(session: &mut Session) -> Result<(), Failure> {
    match statement::read_anew(session.server()) {
        Some(statement) => section(session, statement, "").await.map(drop),
        None => Ok(()),
    }
}

/// What is known of tables; none at all, to who does not see all of them, may be all of them.
pub(super) async fn seen<T>(
    session: &mut Session,
    statement: &str,
    all_seen: &Section<bool>,
    decode: fn(&[TextRow]) -> Section<Vec<T>>,
) -> Result<Section<Vec<T>>, Failure> {
    let rows = section(session, statement, "").await?;
    let read = rows.and_then(|rows| decode(&rows));
    Ok(match (read, all_seen) {
        (Ok(rows), Ok(false)) if rows.is_empty() => Err(Unreadable::Denied { grant: statement::GRANT }),
        (Ok(rows), Err(why)) if rows.is_empty() => Err(why.clone()),
        (read, _) => read,
    })
}
