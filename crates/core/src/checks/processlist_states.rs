use crate::check::{Check, Finding, Metric, Topic};
use crate::facts::{Need, Process};
use crate::reading::{self, Reading, Unit, counted};

/// A label, its words, and which connections are meant.
type Stuck = (&'static str, &'static str, fn(&Process) -> bool);

/// What many connections do at once on a server that is stuck, and the words of the servers for it:
/// <https://dev.mysql.com/doc/refman/8.4/en/general-thread-states.html>.
const STUCK: [Stuck; 4] = [
    ("unauthenticated", "logging in", |process| process.user == "unauthenticated user"),
    ("locked", "waiting for a lock", |process| is_locked(&process.state)),
    ("copying_to_tmp", "copying to a temporary table", |process| {
        let state = process.state.to_lowercase();
        (state.starts_with("copying to ") || state.starts_with("copy to ")) && state.contains(" table")
    }),
    ("statistics", "in statistics", |process| process.state.eq_ignore_ascii_case("statistics")),
];

/// Old servers say `Locked`, newer ones for which lock they wait.
fn is_locked(state: &str) -> bool {
    let waits = |what: &str| what.contains(" lock") || matches!(what, "table flush" | "tables");
    matches!(state, "Locked" | "Table lock" | "User lock") || state.strip_prefix("Waiting for ").is_some_and(waits)
}

/// See its texts.
pub const CHECK: Check = Check {
    name: "processlist-states",
    topic: Topic::Connections,
    about: "how many connections are in the same bad state at once",
    why: "One connection in such a state is work, many are a jam. Logging in: the name server is slow (`skip_name_resolve`), or there are \
        more clients than threads. Waiting for a lock: somebody has the table, often DDL behind a long read. Copying to a temporary \
        table, in statistics: the disk, or a plan that changed.",
    formula: "connections by what the process list says of each; the state that most are in",
    metrics: &[
        Metric { label: "stuck_connections", unit: Unit::None, about: "connections in the worst of these states" },
        Metric { label: "unauthenticated", unit: Unit::None, about: "logging in" },
        Metric { label: "locked", unit: Unit::None, about: "waiting for a lock of a table, of metadata, or of a user" },
        Metric { label: "copying_to_tmp", unit: Unit::None, about: "copying to a temporary table" },
        Metric { label: "statistics", unit: Unit::None, about: "calculating statistics for a plan" },
    ],
    warning: "16",
    critical: "32",
    named: "",
    needs: &[Need::Processes],
    servers: "all",
    modes: &[],
    measure: |input| {
        let processes = input.processes()?;
        let count = |is: fn(&Process) -> bool| reading::count(processes.iter().filter(|process| is(process)).count());
        let counts = STUCK.map(|(label, words, is)| (label, words, count(is)));
        // Of equals the first: the causes stand before what follows from them.
        let (_, words, most) =
            counts.iter().copied().reduce(|most, next| if next.2 > most.2 { next } else { most }).unwrap_or_default();
        let text = if most > 0.0 {
            format!("{} {words}", counted(most, "connection is", "connections are"))
        } else {
            format!("no connection is stuck ({} in all)", processes.len())
        };
        let counts =
            counts.into_iter().map(|(label, _, count)| Reading::new(label, count, Unit::None).between(0.0, None));
        let readings =
            std::iter::once(Reading::new("stuck_connections", most, Unit::None).between(0.0, None)).chain(counts);
        Ok(Finding::new(text, readings.collect()))
    },
};
