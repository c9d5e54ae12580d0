use std::collections::BTreeMap;

use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::{Fact as _, Need, Processes};
use crate::reading::outcome::Outcome;
use crate::reading::{counted, number};

metrics! {
    USER_CONNECTIONS: "user_connections", Percent, "connections of the busiest account, in percent of the limit";
    BUSIEST_USER: "busiest_user", None, "connections of the busiest account";
}

/// The check `user-connections`.
pub const CHECK: Check = Check {
    name: "user-connections",
    topic: Topic::Connections,
    about: "connections of the busiest account, in percent of its limit",
    why: "At 100 %, the account gets error 1203 (`max_user_connections` reached) or 1226 (resource limit exceeded), \
        while others can still connect. Causes: a pool that is too large, an application that does not close \
        connections, or a limit that is too small. Limits of single accounts (`WITH MAX_USER_CONNECTIONS`) are not \
        read.",
    formula: "100 · connections of one user name / `max_user_connections`; the highest. If `max_user_connections` is \
        0, `max_connections` is the limit",
    metrics: METRICS,
    warning: "90",
    critical: "95",
    named: "",
    needs: &[Processes::NEED, Need::Variables(&["max_user_connections", "max_connections"])],
    servers: "all",
    modes: &[],
    measure: |input| {
        let own_limit = input.variable("max_user_connections")?;
        // MariaDB: only administrators can log in.
        if own_limit < 0.0 {
            let text = "max_user_connections is -1: only accounts with SUPER or CONNECTION ADMIN can connect";
            return Ok(Finding::new(text, Vec::new()).at_least(Outcome::Warning));
        }
        let (limit, name) = if own_limit > 0.0 {
            (own_limit, "max_user_connections")
        } else {
            (input.variable("max_connections")?, "max_connections; max_user_connections is 0")
        };
        let mut accounts: BTreeMap<&str, u32> = BTreeMap::new();
        for process in input.get::<Processes>()?.iter().filter(|process| process.is_connection()) {
            // A connection that is still logging in has no account yet.
            if process.user == "unauthenticated user" {
                continue;
            }
            *accounts.entry(&process.user).or_default() += 1;
        }
        let busiest = accounts.iter().max_by_key(|(_, count)| **count);
        let count = busiest.map_or(0.0, |(_, count)| f64::from(*count));
        let share = 100.0 * count / limit.max(1.0);
        let text = match busiest {
            Some((user, _)) => {
                let connections = counted(count, "connection", "connections");
                format!("{user} has {connections}, {} % of {} ({name})", number(share), number(limit))
            }
            None => "no connection is open except this one".to_owned(),
        };
        let mut all: Vec<_> = accounts.into_iter().collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let details = all.iter().take(20).map(|(user, count)| format!("{user}: {count}"));
        let readings =
            vec![USER_CONNECTIONS.reading(share).between(0.0, None), BUSIEST_USER.reading(count).between(0.0, limit)];
        Ok(Finding { details: details.collect(), ..Finding::new(text, readings) })
    },
};
