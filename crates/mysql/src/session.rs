//! One connection that probes one server.

use std::time::{Duration, Instant};

use healthd_core::failure::{Failure, Stage};
use healthd_core::server::Server;
use healthd_core::snapshot::{Section, Snapshot, Unreadable, WriteSwitches};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Error, Row};
use tokio::task::JoinError;

use crate::address::Address;
use crate::connect::connect;
use crate::credentials::Credentials;
use crate::decode::{self, TextRow};
use crate::error::{OnOldConnection, failure, on_old_connection};
use crate::idle::IdleWatch;
use crate::statements::{self, Abilities};

/// How long what a server can do is taken for granted: plugins are loaded at run time.
const REDISCOVER: Duration = Duration::from_secs(60);

/// A server to probe, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub address: Address,
    /// The port that has connections left when the usual one has none (`extra_port`, `admin_port`).
    pub extra_port: Option<u16>,
    /// How to log in.
    pub credentials: Credentials,
    /// The real query of the `any` gate.
    pub query: String,
    /// A query that returns the age of the newest heartbeat in seconds.
    pub heartbeat_query: Option<String>,
}

/// An open connection with what was learnt about its server.
pub struct Session {
    conn: Conn,
    watch: Option<IdleWatch>,
    server: Server,
    abilities: Abilities,
    discovered: Instant,
}

/// How a probe ended.
pub struct Probed {
    /// The connection, when it can be used again.
    pub session: Option<Session>,
    /// What was read.
    pub result: Result<Snapshot, Failure>,
}

impl Probed {
    /// What a probe's own task came to: the driver panics on some things that a server can send.
    pub fn of_task(ended: Result<Probed, JoinError>) -> Probed {
        ended.unwrap_or_else(|error| {
            let panic = error.try_into_panic().ok();
            let text = panic.as_ref().and_then(|panic| {
                panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied())
            });
            let plugin = text.is_some_and(|text| text.contains("authentication plugin"));
            Probed { session: None, result: Err(if plugin { Failure::AuthPlugin } else { Failure::Broken }) }
        })
    }
}

/// Why reading stopped.
enum Stop {
    /// The connection is of no use any more.
    Lost(Failure),
    /// The server refuses the real query; the connection is good.
    Refused(Failure),
}

/// The times of one probe.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// When the probe began.
    pub started: Instant,
    /// After what time a server without an answer is down.
    pub timeout: Duration,
    /// How long a new connection may take in all.
    pub patience: Duration,
}

/// Probes once: on the given connection, and if that turns out to be gone, or there is none, on a new one.
///
/// A query on an old connection ends with the timeout. A new connection has the whole patience: to a hung server a
/// waiting login costs nothing and succeeds the moment it continues, while abandoned logins pile up as aborted
/// connects, which block the host in the end (error 1129). The caller says `timeout` in time by itself.
pub async fn probe(old: Option<Session>, target: &Target, budget: Budget) -> Probed {
    let Budget { started, timeout, patience } = budget;
    if let Some(mut session) = old {
        match tokio::time::timeout_at((started + timeout).into(), session.read(target)).await {
            Ok(Ok(snapshot)) => return Probed { session: Some(session), result: Ok(snapshot) },
            Ok(Err(Stop::Refused(failure))) => return Probed { session: Some(session), result: Err(failure) },
            Ok(Err(Stop::Lost(_))) => session.abandon(),
            Err(_) => {
                session.abandon();
                return Probed { session: None, result: Err(Failure::Timeout { stage: Stage::Query, after: timeout }) };
            }
        }
    }
    match tokio::time::timeout_at((started + patience).into(), open_and_read(target)).await {
        Ok(probed) => probed,
        Err(_) => Probed { session: None, result: Err(Failure::Timeout { stage: Stage::Connect, after: patience }) },
    }
}

async fn open_and_read(target: &Target) -> Probed {
    let opened = match (Session::open(&target.address, target).await, target.extra_port) {
        (Err(Failure::TooManyConnections), Some(port)) => Session::open(&target.address.with_port(port), target).await,
        (opened, _) => opened,
    };
    let mut session = match opened {
        Ok(session) => session,
        Err(failure) => return Probed { session: None, result: Err(failure) },
    };
    match session.read(target).await {
        Ok(snapshot) => Probed { session: Some(session), result: Ok(snapshot) },
        Err(Stop::Refused(failure)) => Probed { session: Some(session), result: Err(failure) },
        Err(Stop::Lost(failure)) => {
            session.abandon();
            Probed { session: None, result: Err(failure) }
        }
    }
}

impl Session {
    async fn open(address: &Address, target: &Target) -> Result<Session, Failure> {
        let (mut conn, peer) = connect(address, &target.credentials).await?;
        let watch = IdleWatch::find(&peer).ok();
        let (server, abilities) = discover(&mut conn).await?;
        Ok(Session { conn, watch, server, abilities, discovered: Instant::now() })
    }

    /// Waits until the server closes this idle connection, or a KILL does. Never returns where it cannot be watched.
    pub async fn death(&self) {
        match &self.watch {
            Some(watch) => watch.death().await,
            None => std::future::pending().await,
        }
    }

    /// Says goodbye, so that the server does not count an aborted client; gives up at `deadline`.
    pub async fn quit(self, deadline: Instant) {
        let Session { conn, watch, .. } = self;
        let ended = tokio::time::timeout_at(deadline.into(), conn.disconnect()).await;
        if let (Err(_), Some(watch)) = (ended, watch) {
            watch.cut();
        }
    }

    /// Closes the socket first: the driver would go on reading whatever answer is under way.
    fn abandon(self) {
        if let Some(watch) = &self.watch {
            watch.cut();
        }
    }

    /// The real query, then every section.
    async fn read(&mut self, target: &Target) -> Result<Snapshot, Stop> {
        if let Err(error) = self.conn.query_drop(target.query.as_str()).await {
            return Err(match on_old_connection(&error) {
                OnOldConnection::Answer(failure) => Stop::Refused(failure),
                OnOldConnection::Lost => Stop::Lost(failure(&error, Stage::Query)),
            });
        }
        if self.discovered.elapsed() > REDISCOVER {
            (self.server, self.abilities) = discover(&mut self.conn).await.map_err(Stop::Lost)?;
            self.discovered = Instant::now();
        }
        let statement = statements::switches(&self.abilities);
        let rows = self.section(&statement, "").await?;
        let read = rows.and_then(|rows| match rows.first() {
            Some(row) => decode::switches(row, &self.abilities),
            None => Err(Unreadable::NotUnderstood { what: "read_only" }),
        });
        let (switches, rejects): (Section<WriteSwitches>, bool) = match read {
            Ok((switches, rejects)) => (Ok(switches), rejects),
            Err(why) => (Err(why), false),
        };
        let grant = statements::channels_grant(self.server);
        let rows = self.section(statements::channels(self.server), grant).await?;
        let channels = rows.and_then(|rows| decode::channels(&rows));
        let wsrep = match self.abilities.wsrep {
            false => Ok(None),
            true => {
                let rows = self.section(statements::WSREP, "").await?;
                rows.and_then(|rows| decode::wsrep(&rows, rejects)).map(Some)
            }
        };
        let group = match self.abilities.group {
            false => Ok(None),
            true => {
                let rows = self.section(statements::GROUP, statements::GROUP_GRANT).await?;
                rows.and_then(|rows| decode::group(&rows)).map(Some)
            }
        };
        let heartbeat = match &target.heartbeat_query {
            None => None,
            Some(query) => {
                let rows = self.section(query, "GRANT SELECT on the heartbeat table").await?;
                Some(rows.and_then(|rows| decode::heartbeat(&rows)))
            }
        };
        Ok(Snapshot { server: self.server, switches, channels, wsrep, group, heartbeat })
    }

    /// One section: an error of the server is the section's, any other ends the probe.
    async fn section(&mut self, statement: &str, grant: &'static str) -> Result<Section<Vec<TextRow>>, Stop> {
        match rows(&mut self.conn, statement).await {
            Ok(rows) => Ok(Ok(rows)),
            Err(Error::Server(server)) => Ok(Err(match server.code {
                // 1044 and 1142: no privilege on the table; 1227: a global privilege is missing.
                1044 | 1142 | 1227 if !grant.is_empty() => Unreadable::Denied { grant },
                code => Unreadable::Refused { code },
            })),
            Err(error) => Err(Stop::Lost(failure(&error, Stage::Query))),
        }
    }
}

/// Asks what the server is and has.
async fn discover(conn: &mut Conn) -> Result<(Server, Abilities), Failure> {
    let rows = rows(conn, statements::DISCOVER).await.map_err(|error| failure(&error, Stage::Query))?;
    decode::abilities(&rows).ok_or(Failure::Broken)
}

async fn rows(conn: &mut Conn, statement: &str) -> Result<Vec<TextRow>, Error> {
    let rows: Vec<Row> = conn.query(statement).await?;
    Ok(rows.into_iter().map(text_row).collect())
}

fn text_row(row: Row) -> TextRow {
    let names: Vec<String> = row.columns_ref().iter().map(|column| column.name_str().into_owned()).collect();
    let values = row.unwrap().into_iter().map(|value| match value {
        mysql_async::Value::NULL => None,
        mysql_async::Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        other => Some(other.as_sql(true)),
    });
    names.into_iter().zip(values).collect()
}
