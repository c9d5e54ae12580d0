//! The rules, one concept a file.

mod agent;
mod checks;
mod pace;
pub(super) mod reload;
mod roles;
mod sessions;
mod start_up;
mod sticking;
mod witness;

use super::Report;
use super::pool::Pool;

/// Applies every rule to a pool.
pub(super) fn check(pool: &Pool<'_>, report: &mut Report) {
    checks::check(pool, report);
    agent::check(pool, report);
    if pool.writes() {
        sessions::check(pool, report);
        sticking::check(pool, report);
        roles::check(pool, report);
    }
    pace::check(pool, report);
    if pool.has_writer_role() {
        witness::check(pool, report);
    }
    start_up::check(pool, report);
}
