//! Which indexes nobody uses.

use healthd_core::check::{Settings, UnusedIndex};
use healthd_core::failure::Failure;
use healthd_core::server::Flavor;
use healthd_core::snapshot::Section;

use super::tables::seen;
use crate::decode::listed as decode;
use crate::sections::section;
use crate::session::Session;
use crate::statements::{self, indexes};

/// The indexes that nothing has used; `None` where the server does not count it.
pub(super) async fn unused(
    session: &mut Session,
    settings: &Settings,
    all_seen: &Section<bool>,
) -> Result<Section<Option<Vec<UnusedIndex>>>, Failure> {
    if session.server().flavor == Flavor::MariaDb {
        match section(session, indexes::USERSTAT, "").await? {
            Ok(rows) if decode::is_on(&rows) => {
                return Ok(seen(session, &indexes::by_userstat(settings), all_seen, decode::unused_indexes)
                    .await?
                    .map(Some));
            }
            Ok(_) => {}
            Err(why) => return Ok(Err(why)),
        }
    }
    match section(session, indexes::INSTRUMENT, statements::PERFORMANCE_SCHEMA_GRANT).await? {
        Ok(rows) if decode::is_on(&rows) => {
            Ok(seen(session, &indexes::by_performance_schema(settings), all_seen, decode::unused_indexes)
                .await?
                .map(Some))
        }
        Ok(_) => Ok(Ok(None)),
        Err(why) => Ok(Err(why)),
    }
}
