//! The detection of the rules, one file for each subject.

mod agent;
mod checks;
mod pace;
mod reload;
mod roles;
mod sessions;
mod start_up;
mod sticking;
mod witness;

use crate::candidate::Candidates;
use crate::pool::Pool;
use crate::sections::Configuration;

/// Applies every rule to a configuration and its pools.
pub(crate) fn check_all(configuration: &Configuration, pools: &[Pool<'_>], candidates: &mut Candidates) {
    reload::check(configuration, pools, candidates);
    for pool in pools {
        check_pool(pool, candidates);
    }
}

fn check_pool(pool: &Pool<'_>, candidates: &mut Candidates) {
    checks::check(pool, candidates);
    agent::check(pool, candidates);
    if pool.writes() {
        sessions::check(pool, candidates);
        sticking::check(pool, candidates);
        roles::check(pool, candidates);
    }
    pace::check(pool, candidates);
    if pool.has_writer_role() {
        witness::check(pool, candidates);
    }
    start_up::check(pool, candidates);
}
