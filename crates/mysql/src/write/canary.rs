//! The write canary, on its own connection: if it hangs, it delays nothing else.

use std::time::{Duration, Instant};

use healthd_core::observed::canary::CanaryFault;
use healthd_core::observed::failure::{Failure, Stage};
use mysql_async::Error;
use tokio::time::{timeout, timeout_at};

use crate::connection::error::failure;
use crate::connection::session::{Port, Session};
use crate::login::target::Target;

/// The longest time for a statement. A server accepts at most a year for these settings.
const LONGEST: u128 = 86_400;
/// The longest time for a proper disconnect.
const QUIT_WITHIN: Duration = Duration::from_millis(100);
/// Without autocommit, nothing would ever be committed.
const PREPARE: &str = "SET SESSION autocommit = 1";
/// `ER_UNKNOWN_SYSTEM_VARIABLE`.
const UNKNOWN_VARIABLE: u16 = 1193;

/// The connection of the canaries, kept as long as it is good.
#[derive(Default)]
pub struct CanaryConnection {
    session: Option<(Session, Duration)>,
}

impl CanaryConnection {
    /// Disconnects properly, so that the server does not count an aborted client.
    pub async fn leave(self) {
        if let Some((session, _)) = self.session {
            session.quit(Instant::now() + QUIT_WITHIN).await;
        }
    }
}

/// The result of a canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Canary {
    /// Committed, after this time.
    Written(Duration),
    /// It failed.
    Failed(CanaryFault),
    /// It could not be tried, or its result is unknown. Then the probe decides.
    Impossible(Failure),
}

/// Executes a canary if it can be sent by `send_by`, because later another node may be the writer. After `within`, its
/// connection is dropped, and the server gives the statement up by its own limits. A commit that already waits for a
/// replica or a disk may still succeed.
pub async fn write(
    connection: CanaryConnection,
    target: &Target,
    statement: &str,
    within: Duration,
    send_by: Instant,
) -> (CanaryConnection, Canary) {
    let mut session = match ready(connection, target, within, send_by).await {
        Ok(session) => session,
        Err(failure) => return (CanaryConnection::default(), Canary::Impossible(failure)),
    };
    let began = Instant::now();
    match timeout(within, session.rows(statement)).await {
        Ok(Ok(_)) => (CanaryConnection { session: Some((session, within)) }, Canary::Written(began.elapsed())),
        Ok(Err(error)) => {
            let ended = ended(&error, within);
            // An error of the statement leaves the connection good, but it is not needed again soon.
            session.quit(Instant::now() + QUIT_WITHIN).await;
            (CanaryConnection::default(), ended)
        }
        Err(_) => (CanaryConnection::default(), Canary::Failed(CanaryFault::Hangs { within })),
    }
}

/// The connection, with the time limits of the server set.
async fn ready(
    connection: CanaryConnection,
    target: &Target,
    within: Duration,
    send_by: Instant,
) -> Result<Session, Failure> {
    let began = Instant::now();
    match connection.session {
        Some((session, told)) if told == within => return Ok(session),
        Some((session, _)) => session.quit(Instant::now() + QUIT_WITHIN).await,
        None => {}
    }
    let opening = async {
        let mut session = Session::open(&target.address, &target.credentials, Port::Main).await?;
        prepare(&mut session, within).await.map_err(|error| failure(&error, Stage::Query))?;
        Ok(session)
    };
    match timeout_at(send_by.into(), opening).await {
        Ok(opened) => opened,
        Err(_) => Err(Failure::Timeout { stage: Stage::Connect, after: began.elapsed() }),
    }
}

/// An abandoned statement must not be executed later: by then, another node may be the writer.
async fn prepare(session: &mut Session, within: Duration) -> Result<(), Error> {
    let seconds = within.as_millis().div_ceil(1000).clamp(1, LONGEST);
    session.rows(&format!("{PREPARE}, lock_wait_timeout = {seconds}, innodb_lock_wait_timeout = {seconds}")).await?;
    // MariaDB's limit. MySQL has none for writes.
    match session.rows(&format!("SET SESSION max_statement_time = {:.3}", within.as_secs_f64().min(86_400.0))).await {
        Err(Error::Server(error)) if error.code == UNKNOWN_VARIABLE => Ok(()),
        other => other.map(drop),
    }
}

fn ended(error: &Error, within: Duration) -> Canary {
    let Error::Server(server) = error else {
        return Canary::Impossible(failure(error, Stage::Query));
    };
    match server.code {
        // A lock was not granted in time (of a row or a table), or MariaDB's max_statement_time has passed.
        1205 | 1969 => Canary::Failed(CanaryFault::Hangs { within }),
        // A conflict with another transaction, or shutdown, interrupted, killed, disconnected by the server.
        1213 | 1053 | 1317 | 1927 | 3169 | 4031 => Canary::Impossible(failure(error, Stage::Query)),
        // Switches that forbid writing, or all queries, have their own gates: read_only in two ways, offline_mode,
        // wsrep.
        1290 | 1836 | 3032 | 1047 => Canary::Impossible(failure(error, Stage::Query)),
        code => Canary::Failed(CanaryFault::refused(code, &server.message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mysql_async::ServerError;

    #[test]
    fn a_write_that_was_not_tried_is_not_a_failure() {
        let within = Duration::from_secs(5);
        let of = |code, message: &str| {
            let error = ServerError { code, message: message.to_owned(), state: "HY000".to_owned() };
            ended(&Error::Server(error), within)
        };
        for code in [1205, 1969] {
            assert_eq!(of(code, "too late"), Canary::Failed(CanaryFault::Hangs { within }), "{code}");
        }
        for code in [1213, 1053, 1317, 1927, 3169, 4031, 1290, 1836, 3032, 1047] {
            assert!(matches!(of(code, "not now"), Canary::Impossible(_)), "{code}");
        }
        let refused = CanaryFault::refused(1114, "The table 'canary' is full");
        assert_eq!(of(1114, "The table 'canary' is full"), Canary::Failed(refused));
        let gone = Error::Io(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into());
        assert!(matches!(ended(&gone, within), Canary::Impossible(_)));
    }
}
