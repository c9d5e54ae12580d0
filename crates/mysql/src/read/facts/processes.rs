//! The process list.

use std::time::Duration;

use healthd_core::facts::{Process, Processes};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::Section;
use healthd_core::text::clean::one_line;

use super::entry::{Entry, Round, Several, Variables};
use super::grants::granted;
use crate::decode::columns::{TextRow, column, not_understood};

pub(super) const ENTRIES: &[&dyn Entry] = &[&Several::<Processes> {
    read: |round| Box::pin(processes(round)),
    variables: Variables { status: &[], system: &[] },
    is_long: false,
}];

/// The privilege for seeing the connections of other accounts.
pub(super) const PROCESSES_GRANT: &str = "GRANT PROCESS ON *.*";

/// The whole process list. Without the privilege, a server shows only the account's own connections, and no error.
async fn processes(round: &mut Round<'_>) -> Result<Section<Vec<Process>>, Failure> {
    if let Err(why) = granted(round.session, "PROCESS", PROCESSES_GRANT).await? {
        return Ok(Err(why));
    }
    let own = round.session.id().to_string();
    let rows = round.session.section("SHOW PROCESSLIST", PROCESSES_GRANT).await?;
    Ok(rows.and_then(|rows| decode(&rows, &own)))
}

/// The rows without that of the own connection.
fn decode(rows: &[TextRow], own: &str) -> Section<Vec<Process>> {
    let of_others = rows.iter().filter(|row| column(row, "Id", "ID") != Some(own));
    of_others
        .map(|row| {
            let Some(id) = column(row, "Id", "ID").and_then(|id| id.parse().ok()) else {
                return not_understood("Id");
            };
            let text = |name| one_line(column(row, name, name).unwrap_or_default(), 100);
            // NULL for an idle thread, negative if the clock was set back.
            let time = column(row, "Time", "Time").and_then(|time| time.parse::<i64>().ok()).unwrap_or_default();
            let time = Duration::from_secs(u64::try_from(time).unwrap_or_default());
            Ok(Process { id, user: text("User"), command: text("Command"), time, state: text("State") })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_list_is_without_the_own_connection() {
        let line = |id: &str, time: &str| -> TextRow {
            let columns = [("Id", id), ("User", "app"), ("Command", "Query"), ("Time", time)];
            columns.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).to_vec()
        };
        let rows = decode(&[line("7", "75"), line("8", "0"), line("9", "-1")], "8").expect("understood");
        let read: Vec<(u64, u64)> = rows.iter().map(|process| (process.id, process.time.as_secs())).collect();
        assert_eq!(read, [(7, 75), (9, 0)]);
    }
}
