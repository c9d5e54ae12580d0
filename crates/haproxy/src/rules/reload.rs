//! The old process after a reload of HAProxy.

use crate::candidate::Candidates;
use crate::pool::Pool;
use crate::rule::Rule;
use crate::sections::{Configuration, Kind};

/// `hard-stop-after` applies to the process: one pitfall, at `global` or else at the first write pool.
pub(super) fn check(configuration: &Configuration, pools: &[Pool<'_>], candidates: &mut Candidates) {
    let mut statements = configuration.of(Kind::Global).flat_map(|global| &global.statements);
    let bounded = statements.any(|statement| statement.words[0] == "hard-stop-after");
    let Some(pool) = pools.iter().find(|pool| pool.writes()) else { return };
    if bounded {
        return;
    }
    match configuration.of(Kind::Global).next() {
        Some(global) => candidates.add_global(Rule::NoHardStop, global.place),
        None => candidates.add(Rule::NoHardStop, pool, pool.place, ""),
    }
}
