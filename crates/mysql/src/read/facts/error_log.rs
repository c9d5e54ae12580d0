//! Where a server's errors are, and what is there.

use std::time::Duration;

use healthd_core::facts::ErrorLog;
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::Section;

use crate::connection::session::Session;
use crate::decode::error_log as decode;
use crate::decode::listed::is_on;
use crate::statements::{PERFORMANCE_SCHEMA, PERFORMANCE_SCHEMA_GRANT, error_log as statements};

/// The table of the errors. Where a server has none, or nothing has ever come into it, they are in a file.
pub(super) async fn read(session: &mut Session, within: Duration) -> Result<Section<ErrorLog>, Failure> {
    if statements::is_in_table(session.server()) {
        let rows = session.section(&statements::table(within), PERFORMANCE_SCHEMA_GRANT).await?;
        match rows.and_then(|rows| decode::table(&rows)) {
            Ok(None) => {}
            Ok(Some(logged)) => return Ok(Ok(ErrorLog::Table(logged))),
            // A privilege on what is switched off helps nobody; there it is in a file.
            Err(why) => {
                let rows = session.section(PERFORMANCE_SCHEMA, "").await?;
                if !rows.is_ok_and(|rows| !is_on(&rows, 0)) {
                    return Ok(Err(why));
                }
            }
        }
    }
    let rows = session.section(statements::AHEAD, "").await?;
    Ok(rows.and_then(|rows| decode::ahead(&rows)))
}
