//! Whether what is asked of the servers is enough for how they are used.

use crate::Report;
use crate::pool::Pool;
use crate::rule::Rule;

pub(super) fn check(pool: &Pool<'_>, report: &mut Report) {
    if !pool.asks_any() {
        return;
    }
    let place = pool.question.as_ref().map_or(pool.place, |question| question.place);
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
        report.add(Rule::AnyWithBackup, pool, place, asked.clone());
    }
    if active > 1 && !pool.sticks() && !first_only {
        report.add(Rule::BalancesWriters, pool, place, asked);
    }
}
