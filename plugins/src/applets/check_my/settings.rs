//! The settings of checks, from the options of `check_my`.

use std::time::Duration;

use healthd_core::check::{Basis, Check, Expression, HeartbeatTable, Settings, TableName};
use healthd_core::facts::{
    Channels, Checksums, ErrorLog, Fact as _, HeartbeatRows, KeyedTables, Memory, Need, NextValues, Receivers,
    RecentRows, Tables, UnusedIndexes,
};
use healthd_core::reading::outcome::Outcome;
use healthd_core::text::clean::one_line;

use super::arguments::Arguments;
use crate::output::Plugin;

/// Servers have no dates before that.
const LONGEST_WITHIN: Duration = Duration::from_secs(36_500 * 86_400);

/// An option that applies to some checks only. To ignore it would answer another question than the one asked.
pub(super) struct SpecificOption {
    /// Its name.
    pub(super) option: &'static str,
    /// Whether it is on the command line.
    pub(super) given: bool,
    /// It applies to checks with one of these needs.
    used_for: &'static [Need],
}

/// All options that apply to some checks only.
pub(super) fn specific_options(arguments: &Arguments) -> [SpecificOption; 9] {
    const OF_TABLES: &[Need] = &[Tables::NEED, NextValues::NEED, KeyedTables::NEED, UnusedIndexes::NEED];
    let of = |option, given, used_for| SpecificOption { option, given, used_for };
    [
        of("--schema", arguments.schema.is_some(), OF_TABLES),
        of("--table", arguments.table.is_some(), &[RecentRows::NEED, Checksums::NEED]),
        of("--column", arguments.column.is_some(), &[RecentRows::NEED]),
        of("--within", arguments.within.is_some(), &[RecentRows::NEED, ErrorLog::NEED, Checksums::NEED]),
        of("--ram", arguments.ram.is_some(), &[Memory::NEED]),
        of("--rate", arguments.rate, &[Need::Named]),
        of("--writable", arguments.writable, &[Receivers::NEED]),
        of("--channel", arguments.channel.is_some(), &[Channels::NEED]),
        of("--heartbeat-table", arguments.heartbeat_table.is_some(), &[HeartbeatRows::NEED]),
    ]
}

/// The settings of these checks.
///
/// # Errors
/// An option is invalid, or does not apply to them.
pub(super) fn settings(arguments: &Arguments, checks: &[&Check], needs: &[Need]) -> Result<Settings, Plugin> {
    let single = matches!(checks, [_]);
    let unused = |of: &&SpecificOption| of.given && !needs.iter().any(|need| of.used_for.contains(need));
    let unnamed = arguments.name.is_some() && checks.iter().all(|check| check.named.is_empty());
    let option = specific_options(arguments).iter().find(unused).map(|unused| unused.option);
    if let Some(option) = option.or(unnamed.then_some("--name")) {
        let check = one_line(arguments.check.as_deref().unwrap_or_default(), 40);
        return Err(Plugin::usage(format!(
            "{option} does not apply to {check}; check_my {check} --help describes the check"
        )));
    }
    for (what, text) in [("schema", &arguments.schema), ("name", &arguments.name)] {
        if text.as_deref() == Some("") {
            return Err(Plugin::usage(format!("the {what} is empty")));
        }
    }
    if arguments.within.is_some_and(|within| within.subsec_nanos() > 0 || within > LONGEST_WITHIN || within.is_zero()) {
        return Err(Plugin::usage("--within takes whole seconds, 100 years at most"));
    }
    let name = arguments.name.clone();
    let expression = match &name {
        Some(text) if needs.contains(&Need::Named) => Some(text.parse::<Expression>()),
        None if needs.contains(&Need::Named) => {
            return Err(Plugin::usage(
                "no variable: add --name, for example --name Threads_connected/max_connections%",
            ));
        }
        _ => None,
    };
    let heartbeat_of = |table: &TableName| HeartbeatTable { table: table.clone(), utc: arguments.heartbeat_utc };
    let expression = expression.transpose().map_err(|error| Plugin::usage(format!("--name: {error}")))?;
    let defaults = Settings::default();
    Ok(Settings {
        basis: if arguments.lifetime { Basis::Lifetime } else { Basis::Recent },
        channel: arguments.channel.clone(),
        // A server that is checked as a whole need not be a replica.
        not_replica: arguments.not_replica.unwrap_or(if single { Outcome::Warning } else { Outcome::Ok }),
        writable: arguments.writable,
        heartbeat: arguments.heartbeat_table.as_ref().map(heartbeat_of),
        name,
        schema: arguments.schema.clone(),
        rate: arguments.rate,
        expression,
        table: arguments.table.clone(),
        column: arguments.column.clone().unwrap_or(defaults.column),
        within: arguments.within,
        ram: arguments.ram,
        warm_up: arguments.warm_up,
        except_user: None,
    })
}
