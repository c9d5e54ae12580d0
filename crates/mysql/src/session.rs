//! One connection to one server, with what was learnt about it.

use std::time::{Duration, Instant};

use healthd_core::failure::{Failure, Stage};
use healthd_core::server::Server;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Error, Row};

use crate::address::Address;
use crate::connect::connect;
use crate::credentials::Credentials;
use crate::decode::{self, TextRow};
use crate::error::{OnOldConnection, failure, on_old_connection};
use crate::idle::IdleWatch;
use crate::statements::{self, Abilities};

/// How long what a server can do is taken for granted: plugins are loaded at run time.
const REDISCOVER: Duration = Duration::from_secs(60);

/// What a server is and has.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) server: Server,
    pub(crate) abilities: Abilities,
}

/// An open connection. Dropping it cuts it, whatever answer is under way.
pub(crate) struct Session {
    conn: Conn,
    pub(crate) watch: Option<IdleWatch>,
    pub(crate) facts: Facts,
    discovered: Instant,
}

/// Why the real query was not answered.
pub(crate) enum Stop {
    /// The connection is of no use any more.
    Lost(Failure),
    /// The server refuses it; the connection is good.
    Refused(Failure),
}

impl Session {
    pub(crate) async fn open(address: &Address, credentials: &Credentials) -> Result<Session, Failure> {
        let (mut conn, peer) = connect(address, credentials).await?;
        let watch = IdleWatch::find(&peer).ok();
        let facts = discover(&mut conn).await?;
        Ok(Session { conn, watch, facts, discovered: Instant::now() })
    }

    /// The real query of the `any` gate.
    pub(crate) async fn query(&mut self, query: &str) -> Result<(), Stop> {
        if let Err(error) = self.conn.query_drop(query).await {
            return Err(match on_old_connection(&error) {
                OnOldConnection::Answer(failure) => Stop::Refused(failure),
                OnOldConnection::Lost => Stop::Lost(failure(&error, Stage::Query)),
            });
        }
        if self.discovered.elapsed() > REDISCOVER {
            self.facts = discover(&mut self.conn).await.map_err(Stop::Lost)?;
            self.discovered = Instant::now();
        }
        Ok(())
    }

    pub(crate) async fn rows(&mut self, statement: &str) -> Result<Vec<TextRow>, Error> {
        rows(&mut self.conn, statement).await
    }

    /// Says goodbye, so that the server does not count an aborted client; gives up at `deadline`.
    pub(crate) async fn quit(self, deadline: Instant) {
        // In time or not: the watch, dropped after it, cuts what is left.
        drop(tokio::time::timeout_at(deadline.into(), self.conn.disconnect()).await);
    }
}

/// Asks what the server is and has.
async fn discover(conn: &mut Conn) -> Result<Facts, Failure> {
    let rows = rows(conn, statements::DISCOVER).await.map_err(|error| failure(&error, Stage::Query))?;
    let (server, abilities) = decode::abilities(&rows).ok_or(Failure::Broken)?;
    Ok(Facts { server, abilities })
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
