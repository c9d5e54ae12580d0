use crate::check::{Check, Finding, Metric, Topic, metrics};
use crate::facts::{Fact as _, Process, Processes};
use crate::reading::{self, counted};

/// A state in which connections are stuck.
#[derive(Clone, Copy)]
struct Stuck {
    metric: Metric,
    words: &'static str,
    is: fn(&Process) -> bool,
}

/// States that many connections have at once on a server that is stuck, by the names that the servers use:
/// <https://dev.mysql.com/doc/refman/8.4/en/general-thread-states.html>.
const STUCK: [Stuck; 4] = [
    Stuck { metric: UNAUTHENTICATED, words: "logging in", is: |process| process.user == "unauthenticated user" },
    Stuck { metric: LOCKED, words: "waiting for a lock", is: |process| is_locked(&process.state) },
    Stuck {
        metric: COPYING_TO_TMP,
        words: "copying to a temporary table",
        is: |process| {
            let state = process.state.to_lowercase();
            (state.starts_with("copying to ") || state.starts_with("copy to ")) && state.contains(" table")
        },
    },
    Stuck {
        metric: STATISTICS,
        words: "calculating statistics",
        is: |process| process.state.eq_ignore_ascii_case("statistics"),
    },
];

/// Old servers say `Locked`. Newer ones say which lock they wait for.
fn is_locked(state: &str) -> bool {
    let waits = |what: &str| what.contains(" lock") || matches!(what, "table flush" | "tables");
    matches!(state, "Locked" | "Table lock" | "User lock") || state.strip_prefix("Waiting for ").is_some_and(waits)
}

metrics! {
    STUCK_CONNECTIONS: "stuck_connections", None, "connections in the most frequent of these states";
    UNAUTHENTICATED: "unauthenticated", None, "logging in";
    LOCKED: "locked", None, "waiting for a table lock, a metadata lock or a user lock";
    COPYING_TO_TMP: "copying_to_tmp", None, "copying to a temporary table";
    STATISTICS: "statistics", None, "calculating statistics for a plan";
}

/// The check `processlist-states`.
pub const CHECK: Check = Check {
    name: "processlist-states",
    topic: Topic::Connections,
    about: "number of connections in the same bad state at once",
    why: "One connection in such a state is normal, many are a jam. Logging in: DNS is slow (`skip_name_resolve`), \
        or there are more clients than threads. Waiting for a lock: another session holds the table, often DDL \
        behind a long read. Copying to a temporary table, statistics: a slow disk, or a plan that changed.",
    formula: "connections grouped by their state in the process list; the largest of the four groups",
    metrics: METRICS,
    warning: "16",
    critical: "32",
    named: "",
    needs: &[Processes::NEED],
    servers: "all",
    modes: &[],
    measure: |input| {
        let processes = input.get::<Processes>()?;
        let count = |is: fn(&Process) -> bool| reading::count(processes.iter().filter(|process| is(process)).count());
        let counts = STUCK.map(|stuck| (stuck, count(stuck.is)));
        // The first one wins a tie: causes are listed before their consequences.
        let worst = counts.iter().reduce(|most, next| if next.1 > most.1 { next } else { most });
        let (text, most) = match worst {
            Some((stuck, most)) if *most > 0.0 => {
                (format!("{} {}", counted(*most, "connection is", "connections are"), stuck.words), *most)
            }
            _ => (format!("no connection is stuck ({} in all)", processes.len()), 0.0),
        };
        let counts = counts.into_iter().map(|(stuck, count)| stuck.metric.reading(count).between(0.0, None));
        let readings = std::iter::once(STUCK_CONNECTIONS.reading(most).between(0.0, None)).chain(counts);
        Ok(Finding::new(text, readings.collect()))
    },
};
