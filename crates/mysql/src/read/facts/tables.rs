//! What is known of the base tables. Those that an account may not see are left out without an error.

use healthd_core::check::Settings;
use healthd_core::facts::View;
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::{Section, Unreadable};

use crate::connection::session::Session;
use crate::decode;
use crate::decode::columns::TextRow;
use crate::statements::{self, tables as of_tables};

/// How the account sees the tables that are asked for; an error where it is not known whether it sees all of them.
pub(super) async fn view(session: &mut Session, settings: &Settings) -> Result<Section<View>, Failure> {
    let grants = session.section(statements::GRANTS, "").await?;
    let named = settings.schema.is_some() || settings.name.is_some();
    let may_be_patterns = grants.as_ref().is_ok_and(|rows| decode::grants::has_patterns(rows));
    let (ignores_case, grants_are_plain) = if named || may_be_patterns {
        match session.section(of_tables::names_are(session.server()), "").await? {
            Ok(rows) => (decode::listed::is_on(&rows, 0), decode::listed::is_on(&rows, 1)),
            Err(why) => return Ok(Err(why)),
        }
    } else {
        (false, false)
    };
    Ok(grants.map(|rows| {
        let schema = settings.of_schema().map(|schema| match ignores_case {
            true => schema.to_lowercase(),
            false => schema.to_owned(),
        });
        let hides = !decode::grants::shows_tables(&rows, schema.as_deref(), grants_are_plain);
        View { hides, grants: decode::grants::number(&rows), ignores_case, grants_are_plain }
    }))
}

/// MySQL 8 answers with the sizes and next values of a day ago unless it is told not to.
pub(super) async fn not_kept(session: &mut Session) -> Result<(), Failure> {
    match of_tables::read_anew(session.server()) {
        Some(statement) => session.section(statement, "").await.map(drop),
        None => Ok(()),
    }
}

/// What is known of tables; none at all, to who does not see all of them, may be all of them.
pub(super) async fn seen<T>(
    session: &mut Session,
    (statement, settings): (&str, &Settings),
    view: &Section<View>,
    decode: fn(&[TextRow]) -> Section<Vec<T>>,
) -> Result<Section<Vec<T>>, Failure> {
    let rows = session.section(statement, "").await?;
    let read = rows.and_then(|rows| decode(&rows));
    Ok(match (read, view) {
        // Of one that is asked for by name nobody knows whether it is hidden, or not there.
        (Ok(rows), Ok(view)) if rows.is_empty() && view.hides && settings.name.is_none() => {
            Err(Unreadable::Denied { grant: of_tables::grant(settings, view.grants_are_plain).into() })
        }
        (Ok(rows), Err(why)) if rows.is_empty() => Err(why.clone()),
        (read, _) => read,
    })
}
