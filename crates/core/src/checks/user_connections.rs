use std::collections::BTreeMap;

use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::reading::outcome::Outcome;
use crate::reading::{counted, number};

metrics! {
    USER_CONNECTIONS: "user_connections", Percent, "of the busiest account, in percent of the limit";
    BUSIEST_USER: "busiest_user", None, "connections of the busiest account";
}

/// See its texts.
pub const CHECK: Check = Check {
    name: "user-connections",
    topic: Topic::Connections,
    about: "connections of the busiest account, in percent of what an account may have",
    why: "At 100 % the account gets error 1203 or 1226, while the server has room for others. It is a pool that is too large, an \
        application that does not close, or a limit that is too small. Limits of single accounts (`WITH MAX_USER_CONNECTIONS`) are not \
        known here.",
    formula: "100 · connections of one name / `max_user_connections`; the highest. Where that is 0 there is no limit but \
        `max_connections`, and this is taken",
    metrics: METRICS,
    warning: "90",
    critical: "95",
    named: "",
    needs: &[Need::Processes, Need::Variables(&["max_user_connections", "max_connections"])],
    servers: "all",
    modes: &[],
    measure: |input| {
        let own_limit = input.variable("max_user_connections")?;
        // MariaDB: nobody but an administrator gets in.
        if own_limit < 0.0 {
            let text = "max_user_connections is -1: no account may connect but those with SUPER or CONNECTION ADMIN";
            return Ok(Finding::new(text, Vec::new()).at_least(Outcome::Warning));
        }
        let (limit, name) = if own_limit > 0.0 {
            (own_limit, "max_user_connections")
        } else {
            (input.variable("max_connections")?, "max_connections; max_user_connections is 0")
        };
        let mut accounts: BTreeMap<&str, u32> = BTreeMap::new();
        for process in input.processes()?.iter().filter(|process| process.is_connection()) {
            // Who is still logging in is nobody yet.
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
            None => "no account has a connection beside this one".to_owned(),
        };
        let mut all: Vec<_> = accounts.into_iter().collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let details = all.iter().take(20).map(|(user, count)| format!("{user}: {count}"));
        let readings =
            vec![USER_CONNECTIONS.reading(share).between(0.0, None), BUSIEST_USER.reading(count).between(0.0, limit)];
        Ok(Finding { details: details.collect(), ..Finding::new(text, readings) })
    },
};
