use crate::check::{Cannot, Check, Finding, Topic, metrics};
use crate::facts::{Fact as _, LockWait, LockWaits};
use crate::reading;
use crate::reading::outcome::Outcome;
use crate::text::duration::short;

metrics! {
    IDLE_BLOCKER: "idle_blocker", Seconds, "longest idle time of a blocking connection";
    IDLE_BLOCKERS: "idle_blockers", None, "idle connections that block others";
    LOCK_WAITERS: "lock_waiters", None, "connections that wait for a row lock";
}

/// The check `idle-blocker`.
pub const CHECK: Check = Check {
    name: "idle-blocker",
    topic: Topic::Innodb,
    about: "how long a connection has been idle while others wait for its row locks",
    why: "A client began a transaction, changed a row, and does nothing: a job that hangs elsewhere, a person at a \
        console, a connection pool that forgot to commit. Every other session that needs the row waits until \
        `innodb_lock_wait_timeout`, and the list of long queries shows only these victims. The output names the \
        connection: `KILL` rolls it back.",
    formula: "the longest idle time of a connection in `Sleep` whose transaction holds a lock that another one waits \
        for (`information_schema.innodb_lock_waits`; MySQL 8.0 and later `performance_schema.data_lock_waits`)",
    metrics: METRICS,
    warning: "60",
    critical: "600",
    named: "",
    needs: &[LockWaits::NEED],
    servers: "all with InnoDB; MySQL 8.0 and later with performance_schema",
    modes: &[],
    measure: |input| {
        let Some(waits) = input.get::<LockWaits>()? else {
            return Err(Cannot::Usage(
                "performance_schema is OFF, and MySQL 8 lists lock waits only there: set it to ON and restart"
                    .to_owned(),
            ));
        };
        let distinct = |of: fn(&LockWait) -> u64, waits: &mut dyn Iterator<Item = &LockWait>| {
            let mut connections: Vec<u64> = waits.map(of).collect();
            connections.sort_unstable();
            connections.dedup();
            reading::count(connections.len())
        };
        let waiters = distinct(|wait| wait.waiting, &mut waits.iter());
        let blockers = distinct(|wait| wait.blocker, &mut waits.iter().filter(|wait| wait.idle.is_some()));
        let worst = waits.iter().filter_map(|wait| Some((wait.idle?, wait))).max_by_key(|(idle, _)| *idle);
        // An XA PREPAREd transaction has no connection, so KILL cannot end it: it waits for its coordinator.
        let prepared = waits.iter().any(|wait| wait.blocker == 0);
        let text = match worst {
            _ if prepared => {
                "a prepared XA transaction holds a row that others wait for: find it with XA RECOVER, end it with \
                 XA COMMIT or XA ROLLBACK"
                    .to_owned()
            }
            Some((idle, LockWait { blocker, user, .. })) => {
                let behind = distinct(|wait| wait.waiting, &mut waits.iter().filter(|wait| wait.blocker == *blocker));
                let others = if behind > 1.0 { format!("{behind} others wait") } else { "another waits".to_owned() };
                format!("connection {blocker} of {user} has been idle for {} on a row that {others} for", short(idle))
            }
            None if waiters > 0.0 => {
                format!("{waiters} connections wait for a row, none of them for an idle connection")
            }
            None => "no connection waits for a row".to_owned(),
        };
        let details = waits.iter().take(20).map(|wait| {
            let blocker = match wait.idle {
                Some(idle) => format!("idle for {}", short(idle)),
                None => "active".to_owned(),
            };
            format!(
                "connection {} has waited for {} for connection {} ({}, {blocker})",
                wait.waiting,
                short(wait.waited),
                wait.blocker,
                wait.user
            )
        });
        let idle = worst.map_or(0.0, |(idle, _)| idle.as_secs_f64());
        let readings = vec![
            IDLE_BLOCKER.reading(idle).between(0.0, None),
            IDLE_BLOCKERS.reading(blockers).between(0.0, None),
            LOCK_WAITERS.reading(waiters).between(0.0, None),
        ];
        let least = if prepared { Outcome::Critical } else { Outcome::Ok };
        Ok(Finding { details: details.collect(), ..Finding::new(text, readings).at_least(least) })
    },
};
