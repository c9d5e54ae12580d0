//! What is known of the base tables. Those that an account may not see are left out without an error.

use healthd_core::check::Settings;
use healthd_core::failure::Failure;
use healthd_core::snapshot::{Section, Unreadable};

use crate::decode::{self, TextRow};
use crate::sections::section;
use crate::session::Session;
use crate::statements::{self, tables as of_tables};

/// Whether the account sees every table that is asked for.
pub(super) async fn are_all_seen(session: &mut Session, settings: &Settings) -> Result<Section<bool>, Failure> {
    const SELECT: &str = "SELECT";
    let grants = section(session, statements::GRANTS, "").await?;
    let of_schema = |rows: &[TextRow]| {
        let schema = settings.schema.as_deref();
        schema.is_some_and(|schema| decode::grants::has_on_schema(rows, SELECT, schema))
    };
    let of_all = |rows: &[TextRow]| {
        decode::grants::has_globally(rows, SELECT) && !decode::grants::is_partly_revoked(rows, SELECT)
    };
    Ok(grants.map(|rows| of_all(&rows) || of_schema(&rows)))
}

/// MySQL 8 answers with the sizes and next values of a day ago unless it is told not to.
pub(super) async fn not_kept(session: &mut Session) -> Result<(), Failure> {
    match of_tables::read_anew(session.server()) {
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
        (Ok(rows), Ok(false)) if rows.is_empty() => Err(Unreadable::Denied { grant: of_tables::GRANT }),
        (Ok(rows), Err(why)) if rows.is_empty() => Err(why.clone()),
        (read, _) => read,
    })
}
