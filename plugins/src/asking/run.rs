//! One connection to a server: reads facts or runs a statement, and words a failure.

use healthd_core::check::{Answer, Settings};
use healthd_core::facts::{Facts, Need};
use healthd_core::observed::failure::Failure;
use healthd_core::reading::outcome::Outcome;
use healthd_mysql::connection::limits::Limits;
use healthd_mysql::read::facts;
use healthd_mysql::read::query::{self, Bounds, Ran};

use crate::asking::login::Login;

/// Reads the facts that are needed, in one connection.
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
    // The driver panics on some malformed packets: the fault is the server's.
    let ask = std::panic::AssertUnwindSafe(|| runtime.block_on(asking));
    let answer = std::panic::catch_unwind(ask).unwrap_or(Err(Failure::Broken));
    // A resolver's thread may hang; the end of the process ends it.
    runtime.shutdown_background();
    answer
}

/// The answer if the server was not reached: CRITICAL, or `refused_login` if it refused the login.
pub fn failed(failure: &Failure, login: &Login, refused_login: Outcome) -> Answer {
    let outcome = match failure {
        Failure::AccessDenied | Failure::AccountLocked | Failure::PasswordExpired | Failure::AuthPlugin => {
            refused_login
        }
        Failure::Local => Outcome::Unknown,
        _ => Outcome::Critical,
    };
    let advice = match failure {
        Failure::OfflineMode => {
            ": end it with SET GLOBAL offline_mode = OFF, or grant the account of this check CONNECTION_ADMIN (MySQL \
             8.0 and \
             later)"
        }
        _ => "",
    };
    hinted(Answer::plain(outcome, format!("{}: {failure}{advice}", login.address)), login)
}

/// The answer with hints about the login, which `-v` prints.
pub fn hinted(mut answer: Answer, login: &Login) -> Answer {
    if login.exposed {
        answer.details.push(
            "hint: the password is on the command line, where every account of this machine can read it: use an option \
             file or MYSQL_PWD"
                .to_owned(),
        );
    }
    answer
}
