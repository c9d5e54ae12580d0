//! Status and system variables.

use std::collections::BTreeSet;

use healthd_core::check::Expression;
use healthd_core::facts::{Need, StatusVariables, SystemVariables, Values};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::Section;

use super::entry::{Entry, Round, Variables};
use crate::connection::session::Session;
use crate::decode::columns::{TextRow, cell};
use crate::statements::text::show;
use crate::statements::values::{OF_STATUS, OF_VARIABLES, status_and_variables};

/// Reads the variables that checks and entries need, in one statement if the server can.
pub(super) async fn read(round: &mut Round<'_>, wanted: &[&dyn Entry]) -> Result<(), Failure> {
    let request = round.request;
    let (mut status, mut system) = (BTreeSet::new(), BTreeSet::new());
    for need in request.needs {
        match need {
            Need::Status(names) => status.extend(*names),
            Need::Variables(names) => system.extend(*names),
            Need::Named => {
                for name in request.settings.expression.iter().flat_map(Expression::names) {
                    status.insert(name);
                    system.insert(name);
                }
            }
            Need::Connection | Need::Before | Need::DayBefore | Need::Fact(_) => {}
        }
    }
    for entry in wanted {
        let Variables { status: of_status, system: of_system } = entry.variables(&request);
        status.extend(of_status);
        system.extend(of_system);
    }
    if !status.is_empty() {
        // Without the uptime, a restart would look like growth.
        status.insert("Uptime");
    }
    if let (false, false, Some(statement)) =
        (status.is_empty(), system.is_empty(), status_and_variables(request.server, &status, &system))
    {
        let read = round.session.section(&statement, "").await?;
        let of = |kind: &str| {
            let rows = read.as_ref().map_err(Clone::clone)?;
            Ok(rows.iter().filter(|row| cell(row, 2) == Some(kind)).filter_map(pair).collect())
        };
        round.put::<StatusVariables>(of(OF_STATUS));
        round.put::<SystemVariables>(of(OF_VARIABLES));
        return Ok(());
    }
    if !status.is_empty() {
        let read = shown(round.session, "STATUS", &status).await?;
        round.put::<StatusVariables>(read);
    }
    if !system.is_empty() {
        let read = shown(round.session, "VARIABLES", &system).await?;
        round.put::<SystemVariables>(read);
    }
    Ok(())
}

async fn shown(session: &mut Session, kind: &str, names: &BTreeSet<&str>) -> Result<Section<Values>, Failure> {
    let rows = session.section(&show(kind, names.iter().copied()), "").await?;
    Ok(rows.map(|rows| rows.iter().filter_map(pair).collect()))
}

fn pair(row: &TextRow) -> Option<(&str, &str)> {
    Some((cell(row, 0)?, cell(row, 1).unwrap_or_default()))
}
