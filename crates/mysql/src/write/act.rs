//! The few changes that healthd makes on a server if its configuration allows them. Each uses its own connection.

use std::time::Instant;

use healthd_core::text::clean::one_line;
use mysql_async::Error;
use tokio::time::timeout_at;

use crate::connection::session::{Port, Session};
use crate::login::target::Target;

/// A change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The source's side of semi-synchronous replication. A standby whose commits wait for an acknowledgement from a
    /// dead source applies what it has received only after the timeout.
    SemiSyncSource {
        /// On or off.
        on: bool,
    },
    /// `read_only` on, and the end of every client session.
    Fence,
    /// `read_only` off.
    Unfence,
}

/// A change that failed. Its text is one sentence, without names of accounts or hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {why}", act.words())]
pub struct ActError {
    act: Act,
    why: String,
}

/// `ER_UNKNOWN_SYSTEM_VARIABLE`.
const UNKNOWN_VARIABLE: u16 = 1193;
/// `ER_NO_SUCH_THREAD`: the session ended by itself.
const NO_SUCH_THREAD: u16 = 1094;
const FENCE: &str = "SET GLOBAL read_only = 1";
/// All sessions except this connection, replication and the server's own threads.
const CLIENTS: &str = "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() \
    AND command NOT IN ('Binlog Dump', 'Binlog Dump GTID', 'Daemon', 'Slave_IO', 'Slave_SQL', 'Slave_worker') \
    AND user NOT IN ('system user', 'event_scheduler')";

/// Makes a change.
///
/// # Errors
/// What failed, why, and the privilege that would help.
pub async fn act(target: &Target, act: Act, deadline: Instant) -> Result<(), ActError> {
    match timeout_at(deadline.into(), carry_out(target, act)).await {
        Ok(done) => done,
        Err(_) => Err(ActError { act, why: "no answer in time".to_owned() }),
    }
}

async fn carry_out(target: &Target, act: Act) -> Result<(), ActError> {
    let opened = Session::open(&target.address, &target.credentials, Port::Main).await;
    let mut session = opened.map_err(|failure| ActError { act, why: failure.to_string() })?;
    let done = match act {
        Act::SemiSyncSource { on } => semi_sync(&mut session, on).await,
        Act::Fence => fence(&mut session).await,
        Act::Unfence => session.rows("SET GLOBAL read_only = 0").await.map(drop),
    };
    done.map_err(|error| ActError { act, why: why(&error, act) })
}

/// MySQL from 8.0.26 on has new names. The old ones exist only if the old plugin is installed.
async fn semi_sync(session: &mut Session, on: bool) -> Result<(), Error> {
    let on = u8::from(on);
    let set = |side| format!("SET GLOBAL rpl_semi_sync_{side}_enabled = {on}");
    match session.rows(&set("master")).await {
        Err(Error::Server(error)) if error.code == UNKNOWN_VARIABLE => session.rows(&set("source")).await.map(drop),
        other => other.map(drop),
    }
}

/// `SET GLOBAL read_only` waits for commits in progress, which may wait for an acknowledgement. The sessions are also
/// ended when it gives up: after that, it has nothing to wait for.
async fn fence(session: &mut Session) -> Result<(), Error> {
    session.rows("SET SESSION lock_wait_timeout = 2").await?;
    let first = session.rows(FENCE).await;
    for row in session.rows(CLIENTS).await? {
        let Some(id) = row.first().and_then(|(_, id)| id.as_deref()).and_then(|id| id.parse::<u64>().ok()) else {
            continue;
        };
        match session.rows(&format!("KILL {id}")).await {
            Err(Error::Server(error)) if error.code == NO_SUCH_THREAD => {}
            other => drop(other?),
        }
    }
    match first {
        Ok(_) => Ok(()),
        Err(_) => session.rows(FENCE).await.map(drop),
    }
}

impl Act {
    fn words(self) -> &'static str {
        match self {
            Act::SemiSyncSource { on: true } => "semi-sync cannot be switched on",
            Act::SemiSyncSource { on: false } => "semi-sync cannot be switched off",
            Act::Fence => "the fence cannot be set",
            Act::Unfence => "the fence cannot be removed",
        }
    }

    fn privilege(self) -> &'static str {
        match self {
            Act::SemiSyncSource { .. } => "REPLICATION MASTER ADMIN (MariaDB) or SYSTEM_VARIABLES_ADMIN (MySQL)",
            Act::Fence | Act::Unfence => {
                "PROCESS, READ_ONLY ADMIN, CONNECTION ADMIN (MariaDB) or PROCESS, SYSTEM_VARIABLES_ADMIN, \
                 CONNECTION_ADMIN (MySQL)"
            }
        }
    }
}

/// `ER_SPECIFIC_ACCESS_DENIED_ERROR`, `ER_KILL_DENIED_ERROR`.
fn why(error: &Error, act: Act) -> String {
    match error {
        Error::Server(error) if matches!(error.code, 1227 | 1095) => {
            format!("healthd's account needs {}", act.privilege())
        }
        Error::Server(error) => format!("error {}", error.code),
        other => one_line(&other.to_string(), 80),
    }
}
