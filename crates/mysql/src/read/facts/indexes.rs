//! Which indexes nobody uses.

use healthd_core::check::Settings;
use healthd_core::facts::{IndexUse, View};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::observed::server::Flavor;

use super::tables::seen;
use crate::connection::session::Session;
use crate::decode::listed as decode;
use crate::statements::{self, indexes, tables as of_tables};

/// Which indexes are used; `None` where the server does not count it.
pub(super) async fn used(
    session: &mut Session,
    settings: &Settings,
    view: &Section<View>,
) -> Result<Section<Option<IndexUse>>, Failure> {
    let statement = match counted_by(session, settings, view).await? {
        Ok(Some(statement)) => statement,
        Ok(None) => return Ok(Ok(None)),
        Err(why) => return Ok(Err(why)),
    };
    let unused = match seen(session, (&statement, settings), view, decode::unused_indexes).await? {
        Ok(unused) => unused,
        Err(why) => return Ok(Err(why)),
    };
    let tables = match settings.schema.is_some() || settings.name.is_some() {
        true => session.section(&of_tables::names(settings), "").await?.and_then(|rows| decode::table_names(&rows)),
        false => Ok(Vec::new()),
    };
    Ok(tables.map(|tables| Some(IndexUse { unused, tables })))
}

/// The statement that reads what nothing has used, from where this server counts it.
async fn counted_by(
    session: &mut Session,
    settings: &Settings,
    view: &Section<View>,
) -> Result<Section<Option<String>>, Failure> {
    if session.server().flavor == Flavor::MariaDb {
        match session.section(indexes::USERSTAT, "").await? {
            Ok(rows) if decode::is_on(&rows, 0) => return Ok(Ok(Some(indexes::by_userstat(settings)))),
            Ok(_) => {}
            Err(why) => return Ok(Err(why)),
        }
    }
    let grant = indexes::grant(settings, view.as_ref().copied().unwrap_or_default());
    match session.section(indexes::INSTRUMENT, grant).await? {
        Ok(rows) => Ok(Ok(decode::is_on(&rows, 0).then(|| indexes::by_performance_schema(settings)))),
        // A privilege on what is switched off helps nobody.
        Err(why @ Unreadable::Denied { .. }) => {
            let rows = session.section(statements::PERFORMANCE_SCHEMA, "").await?;
            Ok(rows.and_then(|rows| if decode::is_on(&rows, 0) { Err(why) } else { Ok(None) }))
        }
        Err(why) => Ok(Err(why)),
    }
}
