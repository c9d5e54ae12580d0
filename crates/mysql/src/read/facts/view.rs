//! Which tables an account sees.

use healthd_core::check::Settings;
use healthd_core::facts::View;
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::Section;
use healthd_core::observed::server::{Flavor, Server, Version};

use super::grants::{self, GRANTS};
use crate::connection::session::Session;
use crate::decode::columns::is_on;

/// How the account sees the tables that the settings name. An error if it is unknown whether it sees all of them.
pub(super) async fn view(session: &mut Session, settings: &Settings) -> Result<Section<View>, Failure> {
    let grants = session.section(GRANTS, "").await?;
    let named = settings.schema.is_some() || settings.name.is_some();
    let may_be_patterns = grants.as_ref().is_ok_and(|rows| grants::has_patterns(rows));
    let (ignores_case, grants_are_plain) = if named || may_be_patterns {
        match session.section(names_are(session.server()), "").await? {
            Ok(rows) => (is_on(&rows, 0), is_on(&rows, 1)),
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
        let hides = !grants::shows_tables(&rows, schema.as_deref(), grants_are_plain);
        View { hides, grants: grants::number(&rows), ignores_case, grants_are_plain }
    }))
}

/// Reads whether names of tables are case-sensitive, and whether names in grants are not patterns.
fn names_are(server: Server) -> &'static str {
    const PARTIAL_REVOKES: Version = Version { major: 8, minor: 0, patch: 16 };
    match server.flavor {
        Flavor::MySql if server.version >= PARTIAL_REVOKES => {
            "SELECT @@global.lower_case_table_names > 0, @@global.partial_revokes"
        }
        Flavor::MySql | Flavor::MariaDb => "SELECT @@global.lower_case_table_names > 0, 0",
    }
}
