//! Everything besides the configured query: one statement per section, and an error belongs to its section.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use healthd_core::observed::channel::Channel;
use healthd_core::observed::cluster::{GroupMember, Wsrep};
use healthd_core::observed::failure::{Failure, Stage};
use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::observed::server::Server;
use healthd_core::observed::snapshot::{Snapshot, WriteSwitches};
use healthd_core::position::standing::Standing;

use crate::connection::error::failure;
use crate::connection::session::Session;
use crate::decode;
use crate::decode::columns::TextRow;
use crate::decode::standing::Rows;
use crate::login::target::Target;
use crate::statements::abilities::Abilities;
use crate::statements::{PERFORMANCE_SCHEMA_GRANT, abilities, channels, cluster, positions};

/// How long the features of a server are trusted. Plugins can be loaded at run time.
const REDISCOVER: Duration = Duration::from_secs(60);

/// The features of a server.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    server: Server,
    abilities: Abilities,
    /// When they were read; `None` if they turned out to be wrong.
    since: Option<Instant>,
    /// Whether the binary log is filtered, once that was read. It cannot change while the server runs.
    filtered: Option<bool>,
}

/// The result of the sections.
pub(crate) struct Sections {
    /// The features of the server, read now or before.
    pub(crate) profile: Option<Profile>,
    switches: Section<WriteSwitches>,
    channels: Section<Vec<Channel>>,
    wsrep: Section<Option<Wsrep>>,
    group: Section<Option<GroupMember>>,
    heartbeat: Option<Section<Duration>>,
    standing: Option<Section<Standing>>,
}

impl Sections {
    /// What is known while the statements hang: only what the server is not.
    pub(crate) fn without_answer(profile: Option<Profile>, target: &Target, hanging: &'static str) -> Sections {
        let unreadable = Unreadable::NoAnswer { hanging };
        let may = |what: fn(&Abilities) -> bool| profile.as_ref().is_none_or(|profile| what(&profile.abilities));
        Sections {
            switches: Err(unreadable.clone()),
            channels: Err(unreadable.clone()),
            wsrep: if may(|abilities| abilities.wsrep) { Err(unreadable.clone()) } else { Ok(None) },
            group: if may(|abilities| abilities.group) { Err(unreadable.clone()) } else { Ok(None) },
            heartbeat: target.heartbeat_query.as_ref().map(|_| Err(unreadable.clone())),
            standing: target.positions.then_some(Err(unreadable)),
            profile,
        }
    }

    /// The snapshot of a server that answered the configured query.
    pub(crate) fn into_snapshot(self) -> Snapshot {
        let Sections { profile, switches, channels, wsrep, group, heartbeat, standing } = self;
        Snapshot {
            server: profile.map(|profile| profile.server),
            switches,
            channels,
            wsrep,
            group,
            heartbeat,
            standing,
        }
    }
}

/// The statement that is running, for a caller that stops waiting for it.
pub(crate) type UnderWay = Mutex<&'static str>;

/// Reads every section; an error is an error of the connection. If there is no profile, or it is old, a new one is read
/// first.
pub(crate) async fn read(
    session: &mut Session,
    profile: Option<Profile>,
    target: &Target,
    under_way: &UnderWay,
) -> Result<Sections, Failure> {
    let now = |name| *under_way.lock().unwrap_or_else(PoisonError::into_inner) = name;
    let filtered = profile.as_ref().and_then(|profile| profile.filtered);
    let mut profile = match profile.filter(|profile| profile.since.is_some_and(|since| since.elapsed() < REDISCOVER)) {
        Some(profile) => profile,
        None => {
            now("SHOW GLOBAL VARIABLES");
            let rows = session.rows(&abilities::discover()).await.map_err(|error| failure(&error, Stage::Query))?;
            let (server, abilities) = decode::abilities::abilities(&rows).ok_or(Failure::Broken)?;
            Profile { server, abilities, since: Some(Instant::now()), filtered }
        }
    };
    let Profile { server, abilities, .. } = profile.clone();
    now("SELECT @@read_only");
    let rows = session.section(&abilities::switches(&abilities), "").await?;
    let read = rows.and_then(|rows| match rows.first() {
        Some(row) => decode::abilities::switches(row, &abilities),
        None => Err(Unreadable::NotUnderstood { what: "read_only" }),
    });
    let (switches, rejects) = match read {
        Ok((switches, rejects)) => (Ok(switches), Ok(rejects)),
        Err(why) => (Err(why.clone()), Err(why)),
    };
    let wsrep = match abilities.wsrep {
        false => Ok(None),
        true => {
            now("SHOW STATUS of wsrep");
            let rows = session.section(cluster::WSREP, "").await?;
            rows.and_then(|rows| decode::cluster::wsrep(&rows, rejects?)).map(Some)
        }
    };
    now(channels::channels(server));
    let grant = channels::channels_grant(server);
    let rows = session.section(channels::channels(server), grant).await?;
    let channels = rows.as_ref().map_err(Unreadable::clone).and_then(|rows| decode::channels::channels(rows));
    let standing = match (target.positions, rows) {
        (false, _) => None,
        (true, Err(why)) => Some(Err(why)),
        (true, Ok(rows)) => Some(standing(session, &mut profile, &rows, &now).await?),
    };
    let group = match abilities.group {
        false => Ok(None),
        true => {
            now("the query of the GR members");
            let rows = session.section(cluster::GROUP, PERFORMANCE_SCHEMA_GRANT).await?;
            rows.and_then(|rows| decode::cluster::group(&rows)).map(Some)
        }
    };
    let heartbeat = match &target.heartbeat_query {
        None => None,
        Some(query) => {
            now("the heartbeat query");
            let rows = session.section(query, "GRANT SELECT on the heartbeat table").await?;
            Some(rows.and_then(|rows| decode::channels::heartbeat(&rows)))
        }
    };
    Ok(Sections { profile: Some(profile), switches, channels, wsrep, group, heartbeat, standing })
}

/// Reads the replication position, with the channels that were read just before.
async fn standing(
    session: &mut Session,
    profile: &mut Profile,
    channels: &[TextRow],
    now: &(impl Fn(&'static str) + Sync),
) -> Result<Section<Standing>, Failure> {
    /// `ER_UNKNOWN_SYSTEM_VARIABLE`: the plugin of semi-sync was unloaded.
    const UNKNOWN_VARIABLE: Unreadable = Unreadable::Refused { code: 1193 };
    let server = profile.server;
    now("SELECT of the positions");
    let variables = match session.section(&abilities::positions(&profile.abilities), "").await? {
        Ok(rows) => rows,
        Err(why) => {
            if why == UNKNOWN_VARIABLE {
                profile.since = None;
            }
            return Ok(Err(why));
        }
    };
    let Some(variables) = variables.first() else {
        return Ok(Err(Unreadable::NotUnderstood { what: "server_id" }));
    };
    now("SELECT of the uptime");
    let status = match session.section(&positions::position_status(server), "").await? {
        Ok(rows) => rows,
        Err(why) => return Ok(Err(why)),
    };
    let rows = Rows { flavor: server.flavor, channels, variables, status: &status };
    let (binlog, filtered) = match profile.filtered {
        Some(filtered) if !rows.by_file() => (None, filtered),
        _ => {
            now(positions::binlog(server));
            let read = session.section(positions::binlog(server), positions::binlog_grant(server)).await?;
            match read.and_then(|rows| decode::standing::binlog(&rows)) {
                Ok(binlog) => {
                    let filtered = *profile.filtered.insert(binlog.filtered);
                    (rows.by_file().then_some(binlog), filtered)
                }
                Err(why) => return Ok(Err(why)),
            }
        }
    };
    Ok(rows.standing(binlog.as_ref(), filtered, session.id()))
}
