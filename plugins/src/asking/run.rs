//! From a login and a question to an answer.

use std::time::Duration;

use healthd_core::check::{Answer, Cannot, Finding, Input, Settings};
use healthd_core::facts::{Facts, Need};
use healthd_core::observed::failure::Failure;
use healthd_core::reading::outcome::Outcome;
use healthd_mysql::connection::limits::Limits;
use healthd_mysql::read::facts::{self};
use healthd_mysql::read::query::{self, Bounds, Ran};

use crate::asking::login::Login;
use crate::asking::state::{Exchanged, Store};

/// What grows slowly is compared with a day before.
const DAY: Duration = Duration::from_secs(86_400);

/// Reads what is needed, in one connection.
///
/// # Errors
/// The server was not reached, or did not answer.
pub fn read(login: &Login, needs: &[Need], settings: &Settings, limits: Limits) -> Result<Facts, Failure> {
    contained(facts::read(&login.address, &login.credentials, needs, settings, limits))
}

/// Runs one SQL text.
///
/// # Errors
/// The server was not reached, or did not answer.
pub fn query(login: &Login, sql: &str, bounds: Bounds, limits: Limits) -> Result<Ran, Failure> {
    contained(query::run(&login.address, &login.credentials, sql, bounds, limits))
}

fn contained<T>(asking: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
    let runtime = runtime.map_err(|_| Failure::Local)?;
    // The driver panics on some things that a server can send: then it is the server's answer that is wrong.
    let ask = std::panic::AssertUnwindSafe(|| runtime.block_on(asking));
    let answer = std::panic::catch_unwind(ask).unwrap_or(Err(Failure::Broken));
    // A resolver's thread may hang; `exit` ends it.
    runtime.shutdown_background();
    answer
}

/// What is answered when the server was not reached: it is down for who asks. A refused login may be answered otherwise.
pub fn failed(failure: &Failure, login: &Login, refused_login: Outcome) -> Answer {
    let outcome = match failure {
        Failure::AccessDenied | Failure::AccountLocked | Failure::PasswordExpired | Failure::AuthPlugin => {
            refused_login
        }
        Failure::Local => Outcome::Unknown,
        _ => Outcome::Critical,
    };
    let way_in = match failure {
        Failure::OfflineMode => {
            ": SET GLOBAL offline_mode = OFF ends it; CONNECTION_ADMIN (MySQL 8.0 and later) would let the account of this check in"
        }
        _ => "",
    };
    hinted(Answer::plain(outcome, format!("{}: {failure}{way_in}", login.address)), login)
}

/// The answer with what `-v` has to say of how it was asked.
pub fn hinted(mut answer: Answer, login: &Login) -> Answer {
    if login.exposed {
        answer.details.push(
            "hint: the password is on the command line, where everybody on this machine can read it: an option file or MYSQL_PWD \
             is the place for it"
                .to_owned(),
        );
    }
    answer
}

/// The counters of an earlier run, where a check wants them; those of this run are kept for the next.
pub fn before(
    store: &Store,
    needs: &[Need],
    (facts, settings): (&Facts, &Settings),
    lookback: Option<Duration>,
) -> Exchanged {
    let day = needs.contains(&Need::DayBefore).then_some(DAY);
    if day.is_none() && !needs.contains(&Need::Before) {
        return Exchanged::default();
    }
    match (Input { facts, before: None, settings }).counters() {
        Some(counters) => store.exchange(&counters, lookback.or(day).or_else(|| facts.lookback())),
        None => Exchanged::default(),
    }
}

/// The answer with what is to be known beside it.
pub fn noted(mut answer: Answer, facts: &Facts, exchanged: &Exchanged) -> Answer {
    let answers = facts.view.hides && answer.outcome != Outcome::Unknown;
    let hidden = answers.then_some("of the tables that this account may see");
    for note in exchanged.note.as_deref().into_iter().chain(hidden) {
        answer.text = format!("{} [{note}]", answer.text);
    }
    answer
}

/// A first run whose counters are not kept is followed by another first one, for ever: that is no answer.
///
/// # Errors
/// As found, or because of that.
pub fn followed(found: Result<Finding, Cannot>, exchanged: &Exchanged) -> Result<Finding, Cannot> {
    match found {
        Err(Cannot::FirstRun) if !exchanged.kept => Err(Cannot::Unkept),
        found => found,
    }
}
