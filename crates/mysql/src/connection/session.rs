//! One connection to one server.

use std::borrow::Cow;
use std::time::Instant;

use healthd_core::facts::ServerProcess;
use healthd_core::observed::failure::{Failure, Stage};
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::observed::server::{Flavor, Server, Version};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Error, Row};

use crate::connection::connect::{LARGEST_ROW, connect};
use crate::connection::error::{OnOldConnection, failure, on_old_connection};
use crate::connection::idle::{self, IdleWatch, Peer};
use crate::connection::row::{TextRow, text_row};
use crate::login::address::Address;
use crate::login::credentials::Credentials;

/// The port to which the connection was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    /// The configured address.
    Main,
    /// `extra_port` or `admin_port`, with the time of the last attempt on the main port.
    Extra(Instant),
}

/// An open connection. Dropping it cuts the connection, even if an answer is pending.
pub(crate) struct Session {
    conn: Conn,
    pub(crate) watch: Option<IdleWatch>,
    pub(crate) port: Port,
    peer: Peer,
}

/// Why the configured query was not answered.
pub(crate) enum Stop {
    /// The connection can no longer be used.
    Lost(Failure),
    /// The server refused the query; the connection is good.
    Refused(Failure),
}

impl Session {
    pub(crate) async fn open(address: &Address, credentials: &Credentials, port: Port) -> Result<Session, Failure> {
        let (conn, peer) = connect(address, credentials, LARGEST_ROW).await?;
        Ok(Session { conn, watch: IdleWatch::find(&peer).ok(), port, peer })
    }

    /// A connection that is used at once and closed, so its end is not watched.
    pub(crate) async fn brief(
        address: &Address,
        credentials: &Credentials,
        largest_row: usize,
    ) -> Result<Session, Failure> {
        let (conn, peer) = connect(address, credentials, largest_row).await?;
        Ok(Session { conn, watch: None, port: Port::Main, peer })
    }

    /// Runs the configured query of the `any` gate.
    pub(crate) async fn query(&mut self, query: &str) -> Result<(), Stop> {
        self.conn.query_drop(query).await.map_err(|error| match on_old_connection(&error) {
            OnOldConnection::Answer(failure) => Stop::Refused(failure),
            OnOldConnection::Lost => Stop::Lost(failure(&error, Stage::Query)),
        })
    }

    pub(crate) async fn rows(&mut self, statement: &str) -> Result<Vec<TextRow>, Error> {
        let rows: Vec<Row> = self.conn.query(statement).await?;
        Ok(rows.into_iter().map(text_row).collect())
    }

    /// Runs a statement. `grant` is the privilege that it needs; empty if it needs none. A refusal is the section's own
    /// error.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) async fn section(
        &mut self,
        statement: &str,
        grant: impl Into<Cow<'static, str>>,
    ) -> Result<Section<Vec<TextRow>>, Failure> {
        match self.rows(statement).await {
            Ok(rows) => Ok(Ok(rows)),
            Err(Error::Server(server)) => Ok(Err(match (server.code, grant.into()) {
                // 1044 and 1142: no privilege on the table; 1227: a global privilege is missing.
                (1044 | 1142 | 1227, grant) if !grant.is_empty() => Unreadable::Denied { grant },
                (code, _) => Unreadable::Refused { code },
            })),
            Err(error) => Err(failure(&error, Stage::Query)),
        }
    }

    /// Flavor and version from the greeting. Only MariaDB has had a major version of 10 or more.
    pub(crate) fn server(&self) -> Server {
        let (major, minor, patch) = self.conn.server_version();
        let flavor = if major >= 10 { Flavor::MariaDb } else { Flavor::MySql };
        Server { flavor, version: Version { major, minor, patch } }
    }

    /// The id of this connection, from the server's greeting.
    pub(crate) fn id(&self) -> u32 {
        self.conn.id()
    }

    /// The server's process, if the socket shows it.
    pub(crate) fn process(&self) -> Option<ServerProcess> {
        idle::process_behind(&self.peer)
    }

    /// The connection itself, for anything but our own statements.
    pub(crate) fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// Says goodbye, so that the server does not count an aborted client; gives up at `deadline`.
    pub(crate) async fn quit(self, deadline: Instant) {
        // In any case, the watch, which is dropped afterward, cuts what is left.
        drop(tokio::time::timeout_at(deadline.into(), self.conn.disconnect()).await);
    }
}
