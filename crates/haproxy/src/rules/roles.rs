//! Whether the requested role fits the use of the servers.

use crate::candidate::Candidates;
use crate::pool::Pool;
use crate::rule::Rule;

pub(super) fn check(pool: &Pool<'_>, candidates: &mut Candidates) {
    if !pool.asks_any() {
        return;
    }
    let place = pool.request.as_ref().map_or(pool.place, |request| request.place);
    let asked = match pool.role() {
        Some(role) => format!("role={role}"),
        None => "no role".to_owned(),
    };
    let active = pool.servers.iter().filter(|server| server.takes_sessions()).count();
    let first_only =
        pool.last(&["balance"]).is_some_and(|balance| balance.words.get(1).is_some_and(|way| way == "first"));
    if pool.servers.iter().any(|server| server.settings.backup)
        || pool.servers.len() > 1 && (pool.sticks() || first_only)
    {
        candidates.add(Rule::AnyWithBackup, pool, place, asked.clone());
    }
    if active > 1 && !pool.sticks() && !first_only {
        candidates.add(Rule::BalancesWriters, pool, place, asked);
    }
}
