//! Replication channels, their receivers, and heartbeat tables.

use healthd_core::check::HeartbeatTable;
use healthd_core::facts::receiver::RECEIVER_STOPS;
use healthd_core::facts::{Channels, Fact as _, HeartbeatRows, Need, ReceiverStatus, Receivers};
use healthd_core::observed::failure::Failure;
use healthd_core::observed::section::Section;
use healthd_core::observed::server::{Flavor, Server};

use super::entry::{Entry, Pending, Request, Round, Rows, Statement, Variables, table_grant};
use crate::connection::session::Session;
use crate::decode::columns::TextRow;
use crate::decode::{channels as decode, receiver};
use crate::read::workers;
use crate::statements::PERFORMANCE_SCHEMA_GRANT;
use crate::statements::channels::{self as statements, HeartbeatSource};

pub(super) const ENTRIES: &[&dyn Entry] = &[
    &OfChannels,
    &Rows::<HeartbeatRows> {
        statement: |request| {
            let HeartbeatTable { table, utc } = request.settings.heartbeat.as_ref()?;
            Some(Statement::new(statements::heartbeat_rows(table, *utc), table_grant(table)))
        },
        decode: |rows, _| receiver::heartbeat_rows(rows),
        is_long: false,
    },
];

/// Reads [`Channels`], and from the same rows [`Receivers`].
struct OfChannels;

impl Entry for OfChannels {
    fn need(&self) -> Need {
        Channels::NEED
    }

    fn variables(&self, request: &Request<'_>) -> Variables {
        let counts_stops = request.needs::<Receivers>() && !statements::keeps_times_of_heartbeats(request.server);
        Variables { status: if counts_stops { &RECEIVER_STOPS } else { &[] }, ..Variables::default() }
    }

    fn read<'a>(&'a self, round: &'a mut Round<'_>) -> Pending<'a, ()> {
        Box::pin(async move {
            let server = round.request.server;
            let rows = round.session.section(statements::channels(server), statements::channels_grant(server)).await?;
            if round.request.needs::<Receivers>() {
                let receivers = match &rows {
                    Ok(rows) => receivers(round.session, server, rows).await?,
                    Err(why) => Err(why.clone()),
                };
                round.put::<Receivers>(receivers);
            }
            let mut channels = rows.and_then(|rows| decode::channels(&rows));
            if let Ok(channels) = &mut channels {
                workers::explain(round.session, channels).await?;
            }
            round.put::<Channels>(channels);
            Ok(())
        })
    }
}

/// The receivers of the channels of these rows.
async fn receivers(
    session: &mut Session,
    server: Server,
    channels: &[TextRow],
) -> Result<Section<Vec<ReceiverStatus>>, Failure> {
    if channels.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let heartbeats = match statements::heartbeats_are_in(server) {
        HeartbeatSource::Columns => None,
        HeartbeatSource::Status => {
            let rows = session.section(&statements::heartbeat_status(), "").await?;
            Some(rows.and_then(|rows| receiver::heartbeat_status(&rows)))
        }
        HeartbeatSource::Tables { times } => {
            let statement = statements::heartbeat_tables(times);
            let rows = session.section(&statement, PERFORMANCE_SCHEMA_GRANT).await?;
            Some(rows.and_then(|rows| receiver::heartbeat_tables(&rows)))
        }
    };
    let applied = match server.flavor {
        Flavor::MySql => Vec::new(),
        Flavor::MariaDb => match session.section(statements::APPLIED, "").await? {
            Ok(rows) => rows,
            Err(why) => return Ok(Err(why)),
        },
    };
    Ok(receiver::receivers(server.flavor, channels, applied.first(), heartbeats.as_ref()))
}
