//! Reading what checks need, on one connection: each statement once, and an error is the part's own.

mod error_log;
mod indexes;
mod tables;

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use healthd_core::check::HeartbeatTable;
use healthd_core::check::{Expression, Settings};
use healthd_core::facts::reception::RECEIVER_STOPS;
use healthd_core::facts::{Facts, LockWait, Need, Process, Reception, RedoLog, Values, View};
use healthd_core::observed::cluster::GroupMember;
use healthd_core::observed::failure::{Failure, Stage};
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::observed::server::{Flavor, Server};
use tokio::time::timeout_at;

use crate::connection::connect::LARGEST_ROW;
use crate::connection::limits::{GOODBYE, GUARD_LATER, Limits, guard};
use crate::connection::session::Session;
use crate::decode;
use crate::decode::columns::TextRow;
use crate::login::address::Address;
use crate::login::credentials::Credentials;
use crate::read::workers;
use crate::statements::{self, Heartbeats};

/// Connects, reads what is needed, and says goodbye.
///
/// # Errors
/// No connection, or one that broke. What a statement was refused for is in its own part of the facts.
pub async fn read(
    address: &Address,
    credentials: &Credentials,
    needs: &[Need],
    settings: &Settings,
    limits: Limits,
) -> Result<Facts, Failure> {
    let begun = Instant::now();
    let read_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let timeout = |stage, after| Failure::Timeout { stage, after };
    let opening = Session::brief(address, credentials, LARGEST_ROW);
    let mut session = match timeout_at((begun + limits.login).into(), opening).await {
        Ok(opened) => opened?,
        Err(_) => return Err(timeout(Stage::Connect, limits.login)),
    };
    let connected_in = begun.elapsed();
    let left = limits.total.saturating_sub(begun.elapsed());
    let facts = match timeout_at((begun + limits.total).into(), guarded(&mut session, needs, settings, left)).await {
        Ok(read) => read?,
        // Dropped, the session cuts its connection.
        Err(_) => return Err(timeout(Stage::Query, limits.total)),
    };
    session.quit(Instant::now() + GOODBYE).await;
    Ok(Facts { read_at, connected_in, ..facts })
}

/// Reads all of it. What may read many tables is given up by the server too: a client that is gone does not stop it, and the next run
/// would come on top.
async fn guarded(session: &mut Session, needs: &[Need], settings: &Settings, left: Duration) -> Result<Facts, Failure> {
    let long = |need: &Need| need.is_of_tables() || matches!(need, Need::Recent | Need::Checksums);
    if needs.iter().any(long)
        && let Some(limit) = guard(session.server(), left + GUARD_LATER)
    {
        session.section(&limit, "").await?.ok();
    }
    all(session, needs, settings).await
}

async fn all(session: &mut Session, needs: &[Need], settings: &Settings) -> Result<Facts, Failure> {
    let server = session.server();
    let process = if needs.iter().any(Need::is_of_process) { session.process() } else { None };
    let mut facts = Facts { process, ..Facts::default() };
    let is_of_tables = needs.iter().any(Need::is_of_tables);
    let view = if is_of_tables { tables::view(session, settings).await? } else { Ok(View::default()) };
    // Where it could not be read, some may be hidden.
    facts.view = view.as_ref().copied().unwrap_or(View { hides: true, ..View::default() });
    let mut status: BTreeSet<&str> = BTreeSet::new();
    let mut variables: BTreeSet<&str> = BTreeSet::new();
    for need in needs {
        match need {
            Need::Status(names) => status.extend(*names),
            Need::Variables(names) => variables.extend(*names),
            Need::Named => {
                for name in settings.expression.iter().flat_map(Expression::names) {
                    status.insert(name);
                    variables.insert(name);
                }
            }
            Need::Connection | Need::Before | Need::DayBefore => {}
            Need::Recent if facts.recent.is_none() => {
                let grant = statements::table_grant(&settings.log_table());
                let rows = session.section(&statements::recent(settings), grant).await?;
                facts.recent = Some(rows.and_then(|rows| decode::listed::recent(&rows)));
            }
            Need::Checksums if facts.checksums.is_none() => {
                let grant = statements::table_grant(&settings.checksum_table());
                let rows = session.section(&statements::checksums(settings), grant).await?;
                facts.checksums = Some(rows.and_then(|rows| decode::listed::checksums(&rows)));
            }
            Need::Channels if facts.channels.is_none() => {
                if needs.contains(&Need::Receptions) && !statements::keeps_times_of_heartbeats(server) {
                    status.extend(RECEIVER_STOPS);
                }
                let rows = session.section(statements::channels(server), statements::channels_grant(server)).await?;
                if needs.contains(&Need::Receptions) {
                    facts.receptions = Some(match &rows {
                        Ok(rows) => receptions(session, server, rows).await?,
                        Err(why) => Err(why.clone()),
                    });
                }
                let mut channels = rows.and_then(|rows| decode::channels(&rows));
                if let Ok(channels) = &mut channels {
                    workers::explain(session, channels).await?;
                }
                facts.channels = Some(channels);
            }
            Need::Beats if facts.beats.is_none() => {
                if let Some(HeartbeatTable { table, utc }) = &settings.heartbeat {
                    let grant = statements::table_grant(table);
                    let rows = session.section(&statements::beats(table, *utc), grant).await?;
                    facts.beats = Some(rows.and_then(|rows| decode::reception::beats(&rows)));
                }
            }
            // Asked for below, where one is configured.
            Need::Group => variables.extend(statements::may_have_groups(server).then_some(statements::GROUP_NAME)),
            Need::Processes if facts.processes.is_none() => facts.processes = Some(processes(session).await?),
            Need::Tables if facts.tables.is_none() => {
                tables::not_kept(session).await?;
                let statement = statements::tables::sizes(settings);
                facts.tables = Some(tables::seen(session, (&statement, settings), &view, decode::tables).await?);
            }
            Need::Transactions if facts.transactions.is_none() => {
                let rows = session.section(&statements::transactions(), statements::PROCESSES_GRANT).await?;
                facts.transactions = Some(rows.and_then(|rows| decode::transactions(&rows)));
            }
            Need::InnodbCounters if facts.innodb.is_none() => {
                let statement = statements::innodb_counters(server);
                let rows = session.section(&statement, statements::PROCESSES_GRANT).await?;
                let never = statements::innodb_never_counts(server);
                facts.innodb = Some(decode::innodb::counters(rows, never));
            }
            Need::LockWaits if facts.lock_waits.is_none() => {
                facts.lock_waits = Some(lock_waits(session, server).await?)
            }
            Need::NextValues if facts.next_values.is_none() => {
                tables::not_kept(session).await?;
                let (statement, decode) = (statements::tables::next_values(settings), decode::listed::next_values);
                facts.next_values = Some(tables::seen(session, (&statement, settings), &view, decode).await?);
            }
            Need::Keys if facts.keys.is_none() => {
                let statement = statements::tables::keys(settings);
                let statement = (statement.as_str(), settings);
                facts.keys = Some(tables::seen(session, statement, &view, decode::listed::keys).await?);
            }
            // Of newer servers that is all.
            Need::RedoLog => {
                status.extend(statements::REDO_STATUS);
                variables.extend(statements::REDO_FILES);
            }
            Need::ErrorLog if facts.error_log.is_none() => {
                facts.error_log = Some(error_log::read(session, settings.logged_within()).await?);
            }
            Need::UnusedIndexes if facts.index_use.is_none() => {
                facts.index_use = Some(indexes::used(session, settings, &view).await?);
            }
            Need::Accounts if facts.accounts.is_none() => {
                let statement = statements::accounts::accounts(server);
                let rows = session.section(statement, statements::accounts::ACCOUNTS_GRANT).await?;
                facts.accounts = Some(rows.and_then(|rows| decode::accounts::accounts(&rows, server)));
            }
            // Read already: another check wants it too.
            Need::Channels
            | Need::Receptions
            | Need::Beats
            | Need::Processes
            | Need::Tables
            | Need::Transactions
            | Need::InnodbCounters
            | Need::LockWaits
            | Need::NextValues
            | Need::Keys
            | Need::Recent
            | Need::Checksums
            | Need::UnusedIndexes
            | Need::Accounts
            | Need::ErrorLog => {}
            // Not the server's.
            Need::Backups | Need::PidFile | Need::Owners | Need::Held | Need::Memory | Need::ErrorFile => {}
        }
    }
    if !status.is_empty() {
        // Without it nobody can tell a restart from a rate.
        status.insert("Uptime");
    }
    (facts.status, facts.variables) = values(session, &status, &variables).await?;
    if needs.contains(&Need::Group) {
        facts.group = Some(group(session, facts.variables.as_ref()).await?);
    }
    if let (true, Some(status), Some(variables)) = (needs.contains(&Need::RedoLog), &facts.status, &facts.variables) {
        facts.redo_log = Some(redo_log(session, status, variables).await?);
    }
    Ok(facts)
}

/// What the channels of these rows have received.
async fn receptions(
    session: &mut Session,
    server: Server,
    channels: &[TextRow],
) -> Result<Section<Vec<Reception>>, Failure> {
    if channels.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let heartbeats = match statements::heartbeats_are_in(server) {
        Heartbeats::Columns => None,
        Heartbeats::Status => {
            let rows = session.section(&statements::heartbeat_status(), "").await?;
            Some(rows.and_then(|rows| decode::reception::heartbeat_status(&rows)))
        }
        Heartbeats::Tables { times } => {
            let statement = statements::heartbeat_tables(times);
            let rows = session.section(&statement, statements::PERFORMANCE_SCHEMA_GRANT).await?;
            Some(rows.and_then(|rows| decode::reception::heartbeat_tables(&rows)))
        }
    };
    let applied = match server.flavor {
        Flavor::MySql => Vec::new(),
        Flavor::MariaDb => match session.section(statements::APPLIED, "").await? {
            Ok(rows) => rows,
            Err(why) => return Ok(Err(why)),
        },
    };
    Ok(decode::reception::receptions(server.flavor, channels, applied.first(), heartbeats.as_ref()))
}

/// Status and system variables of these names, where both are wanted in one statement if the server can.
async fn values(
    session: &mut Session,
    status: &BTreeSet<&str>,
    variables: &BTreeSet<&str>,
) -> Result<(Option<Section<Values>>, Option<Section<Values>>), Failure> {
    if let (false, false, Some(statement)) =
        (status.is_empty(), variables.is_empty(), statements::status_and_variables(session.server(), status, variables))
    {
        let read = session.section(&statement, "").await?;
        let of = |kind: &str| {
            let rows = read.as_ref().map_err(Clone::clone)?;
            Ok(rows.iter().filter(|row| decode::columns::cell(row, 2) == Some(kind)).filter_map(pair).collect())
        };
        return Ok((Some(of(statements::OF_STATUS)), Some(of(statements::OF_VARIABLES))));
    }
    Ok((shown(session, "STATUS", status).await?, shown(session, "VARIABLES", variables).await?))
}

async fn shown(session: &mut Session, kind: &str, names: &BTreeSet<&str>) -> Result<Option<Section<Values>>, Failure> {
    if names.is_empty() {
        return Ok(None);
    }
    let rows = session.section(&statements::show(kind, names.iter().copied()), "").await?;
    Ok(Some(rows.map(|rows| rows.iter().filter_map(pair).collect())))
}

fn pair(row: &TextRow) -> Option<(&str, &str)> {
    Some((decode::columns::cell(row, 0)?, decode::columns::cell(row, 1).unwrap_or_default()))
}

/// The member of a group, by the variables that were read. A server without one is not asked: that takes a privilege.
async fn group(
    session: &mut Session,
    variables: Option<&Section<Values>>,
) -> Result<Section<Option<GroupMember>>, Failure> {
    match variables {
        Some(Err(why)) => return Ok(Err(why.clone())),
        Some(Ok(values)) if values.text(statements::GROUP_NAME).is_some_and(|name| !name.is_empty()) => {}
        _ => return Ok(Ok(None)),
    }
    let rows = session.section(statements::GROUP, statements::PERFORMANCE_SCHEMA_GRANT).await?;
    Ok(rows.and_then(|rows| if rows.is_empty() { Ok(None) } else { decode::group(&rows).map(Some) }))
}

/// The whole process list. Without the privilege for it a server shows the account's own connections and no error, which
/// would be a list of nobody.
async fn processes(session: &mut Session) -> Result<Section<Vec<Process>>, Failure> {
    if let Err(why) = granted(session, "PROCESS", statements::PROCESSES_GRANT).await? {
        return Ok(Err(why));
    }
    let own = session.id().to_string();
    let rows = session.section(statements::PROCESSES, statements::PROCESSES_GRANT).await?;
    Ok(rows.and_then(|rows| decode::processes(&rows, &own)))
}

/// Who waits for whom. MySQL without its performance schema lists nobody, and says no error: that is `None`.
async fn lock_waits(session: &mut Session, server: Server) -> Result<Section<Option<Vec<LockWait>>>, Failure> {
    let rows = session.section(&statements::lock_waits(server), statements::lock_waits_grant(server)).await?;
    let waits = rows.and_then(|rows| decode::listed::lock_waits(&rows));
    let is_none = match &waits {
        Ok(waits) => waits.is_empty(),
        // A privilege on what is switched off helps nobody.
        Err(why) => matches!(why, Unreadable::Denied { .. }),
    };
    if is_none && statements::locks_are_in_performance_schema(server) {
        let rows = session.section(statements::PERFORMANCE_SCHEMA, "").await?;
        if rows.is_ok_and(|rows| !decode::listed::is_on(&rows, 0)) {
            return Ok(Ok(None));
        }
    }
    Ok(waits.map(Some))
}

/// The redo log: from the status variables of newer servers, else from InnoDB's report.
async fn redo_log(
    session: &mut Session,
    status: &Section<Values>,
    variables: &Section<Values>,
) -> Result<Section<RedoLog>, Failure> {
    let (status, files) = match (status, variables) {
        (Ok(status), Ok(variables)) => (status, variables),
        (Err(why), _) | (_, Err(why)) => return Ok(Err(why.clone())),
    };
    if let Some(known) = decode::listed::redo_log(status) {
        return Ok(Ok(known));
    }
    let report = session.section(statements::ENGINE_STATUS, statements::PROCESSES_GRANT).await?;
    Ok(report.and_then(|report| decode::listed::redo_log_by_report(&report, files)))
}

/// Whether the account has a privilege on everything, where a server leaves out what it lacks the privilege for.
async fn granted(session: &mut Session, privilege: &str, grant: &'static str) -> Result<Section<()>, Failure> {
    let rows = session.section(statements::GRANTS, "").await?;
    Ok(rows.and_then(|rows| {
        if decode::grants::has_globally(&rows, privilege) {
            Ok(())
        } else {
            Err(Unreadable::Denied { grant: grant.into() })
        }
    }))
}
