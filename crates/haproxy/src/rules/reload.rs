//! What a reload of HAProxy leaves behind.

use crate::Report;
use crate::pool::Pool;
use crate::rule::Rule;
use crate::sections::{Configuration, Kind};

/// `hard-stop-after` is the process's: one finding, at `global` or, without one, at the first pool for writes.
pub(crate) fn check(configuration: &Configuration, pools: &[Pool<'_>], report: &mut Report) {
    let mut statements = configuration.of(Kind::Global).flat_map(|global| &global.statements);
    let bounded = statements.any(|statement| statement.words[0] == "hard-stop-after");
    let Some(pool) = pools.iter().find(|pool| pool.writes()) else { return };
    if bounded {
        return;
    }
    match configuration.of(Kind::Global).next() {
        Some(global) => report.add_global(Rule::NoHardStop, global.place),
        None => report.add(Rule::NoHardStop, pool, pool.place, ""),
    }
}
