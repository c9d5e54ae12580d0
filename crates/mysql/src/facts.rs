//! Reading what checks need, on one connection: each statement once, and an error is the part's own.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use healthd_core::check::{Facts, Need, Process, Table, Values};
use healthd_core::failure::{Failure, Stage};
use healthd_core::server::Server;
use healthd_core::snapshot::{Section, Unreadable};
use tokio::time::timeout_at;

use crate::address::Address;
use crate::credentials::Credentials;
use crate::decode::{self, TextRow};
use crate::sections::section;
use crate::session::Session;
use crate::statements;

/// How long a goodbye may take: in time or not, the connection is cut.
pub(crate) const GOODBYE: Duration = Duration::from_millis(200);

/// The times of one run, both from its beginning.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For connect and login.
    pub login: Duration,
    /// For all of it.
    pub total: Duration,
}

impl Limits {
    /// For a statement of a person's own: 59 s, since Nagios gives up at 60, of which connect and login may take 9.
    pub fn of_statement(total: Option<Duration>) -> Limits {
        let total = total.unwrap_or(Duration::from_secs(59));
        Limits { login: total.min(Duration::from_secs(9)), total }
    }

    /// One limit for everything.
    pub fn together(total: Duration) -> Limits {
        Limits { login: total, total }
    }
}

/// Connects, reads what is needed, and says goodbye.
///
/// # Errors
/// No connection, or one that broke. What a statement was refused for is in its own part of the facts.
pub async fn read(
    address: &Address,
    credentials: &Credentials,
    needs: &[Need],
    limits: Limits,
) -> Result<Facts, Failure> {
    let begun = Instant::now();
    let timeout = |stage, after| Failure::Timeout { stage, after };
    let opening = Session::brief(address, credentials);
    let mut session = match timeout_at((begun + limits.login).into(), opening).await {
        Ok(opened) => opened?,
        Err(_) => return Err(timeout(Stage::Connect, limits.login)),
    };
    let connected_in = begun.elapsed();
    let facts = match timeout_at((begun + limits.total).into(), all(&mut session, needs)).await {
        Ok(read) => read?,
        // Dropped, the session cuts its connection.
        Err(_) => return Err(timeout(Stage::Query, limits.total)),
    };
    session.quit(Instant::now() + GOODBYE).await;
    Ok(Facts { connected_in, ..facts })
}

async fn all(session: &mut Session, needs: &[Need]) -> Result<Facts, Failure> {
    let server = session.server();
    let mut facts = Facts::default();
    let mut status: BTreeSet<&'static str> = BTreeSet::new();
    let mut variables: BTreeSet<&'static str> = BTreeSet::new();
    for need in needs {
        match need {
            Need::Status(names) => status.extend(*names),
            Need::Variables(names) => variables.extend(*names),
            Need::Connection
            | Need::Before
            | Need::Channels
            | Need::Group
            | Need::Processes
            | Need::Tables
            | Need::Transactions
            | Need::InnodbCounters => {}
            // Not the server's.
            Need::Backups | Need::PidFile | Need::Owners | Need::Held => {}
        }
    }
    if !status.is_empty() {
        // Without it nobody can tell a restart from a rate.
        status.insert("Uptime");
        facts.status = Some(values(session, &statements::show("STATUS", status.into_iter()), "").await?);
    }
    if !variables.is_empty() {
        facts.variables = Some(values(session, &statements::show("VARIABLES", variables.into_iter()), "").await?);
    }
    if needs.contains(&Need::Channels) {
        let grant = statements::channels_grant(server);
        let rows = section(session, statements::channels(server), grant).await?;
        facts.channels = Some(rows.and_then(|rows| decode::channels(&rows)));
    }
    if needs.contains(&Need::Group) {
        facts.group = Some(group(session, server).await?);
    }
    if needs.contains(&Need::Processes) {
        facts.processes = Some(processes(session).await?);
    }
    if needs.contains(&Need::Tables) {
        facts.tables = Some(tables(session).await?);
    }
    if needs.contains(&Need::Transactions) {
        let rows = section(session, statements::TRANSACTIONS, statements::PROCESSES_GRANT).await?;
        facts.transactions = Some(rows.and_then(|rows| decode::transactions(&rows)));
    }
    if needs.contains(&Need::InnodbCounters) {
        facts.innodb = Some(values(session, &statements::innodb_counters(server), statements::PROCESSES_GRANT).await?);
    }
    Ok(facts)
}

/// Names and values, as `SHOW` has them.
async fn values(session: &mut Session, statement: &str, grant: &'static str) -> Result<Section<Values>, Failure> {
    Ok(section(session, statement, grant).await?.map(|rows| rows.iter().filter_map(pair).collect()))
}

fn pair(row: &TextRow) -> Option<(&str, &str)> {
    let text = |at: usize| row.get(at).and_then(|(_, text)| text.as_deref());
    Some((text(0)?, text(1).unwrap_or_default()))
}

async fn group(
    session: &mut Session,
    server: Server,
) -> Result<Section<Option<healthd_core::snapshot::GroupMember>>, Failure> {
    if !statements::may_have_groups(server) {
        return Ok(Ok(None));
    }
    let rows = section(session, statements::GROUP, statements::GROUP_GRANT).await?;
    Ok(rows.and_then(|rows| if rows.is_empty() { Ok(None) } else { decode::group(&rows).map(Some) }))
}

/// The whole process list. Without the privilege for it a server shows the account's own connections and no error, which
/// would be a list of nobody.
async fn processes(session: &mut Session) -> Result<Section<Vec<Process>>, Failure> {
    if let Err(why) = granted(session, "PROCESS", statements::PROCESSES_GRANT).await? {
        return Ok(Err(why));
    }
    let own = session.id().to_string();
    let rows = section(session, statements::PROCESSES, statements::PROCESSES_GRANT).await?;
    Ok(rows.and_then(|rows| decode::processes(&rows, &own)))
}

/// The base tables. Those that an account may not read are left out without an error, and none at all may be all of them.
async fn tables(session: &mut Session) -> Result<Section<Vec<Table>>, Failure> {
    let rows = section(session, statements::TABLES, "").await?;
    match rows.and_then(|rows| decode::tables(&rows)) {
        Ok(tables) if tables.is_empty() => {
            Ok(granted(session, "SELECT", statements::TABLES_GRANT).await?.map(|()| tables))
        }
        read => Ok(read),
    }
}

/// Whether the account has a privilege on everything, where a server leaves out what it lacks the privilege for.
async fn granted(session: &mut Session, privilege: &str, grant: &'static str) -> Result<Section<()>, Failure> {
    let rows = section(session, statements::GRANTS, "").await?;
    Ok(rows.and_then(
        |rows| {
            if decode::has_globally(&rows, privilege) { Ok(()) } else { Err(Unreadable::Denied { grant }) }
        },
    ))
}
