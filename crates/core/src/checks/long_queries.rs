use std::time::Duration;

use crate::check::{Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::{Fact as _, Processes};
use crate::reading::{self, Unit, counted};
use crate::text::duration::short;

/// A statement that runs longer than this is a long one, in seconds.
const LONG: f64 = 60.0;

metrics! {
    LONGEST_QUERY: "longest_query", Seconds, "running time of the oldest statement";
    LONG_QUERIES: "long_queries", None, "statements that have run for over 60 s";
}

pub(super) const CHECK: Check = Check {
    name: "long-queries",
    topic: Topic::Queries,
    about: "running time of the oldest statement",
    why: "Such a statement holds locks, keeps old row versions alive, and seldom finishes. Dumps and reports always \
        run long: give the hours in which they run their own thresholds. Replication threads, the event scheduler \
        and idle connections do not count.",
    formula: "the highest `TIME` in the process list, and the number of statements over 60 s",
    metrics: METRICS,
    warning: "300",
    critical: "3600",
    named: "",
    needs: &[Processes::NEED],
    servers: "all",
    modes: &[Mode {
        names: &["long-running-procs"],
        warning: "10",
        critical: "20",
        labels: &[Label::new(LONG_QUERIES, "long_running_procs", Unit::None, 0)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let processes = input.get::<Processes>()?;
        let ignored = input.settings.except_user.as_deref();
        let statements = processes.iter().filter(|process| process.is_statement() && Some(&*process.user) != ignored);
        let mut long: Vec<_> = statements.collect();
        long.sort_by_key(|process| std::cmp::Reverse(process.time));
        let longest = long.first().map_or(0.0, |process| process.time.as_secs_f64());
        long.retain(|process| process.time.as_secs_f64() > LONG);
        let count = reading::count(long.len());
        let statements = counted(count, "statement", "statements");
        let oldest = format!("the oldest has been running for {longest} s");
        let text = if longest > 0.0 {
            format!("{statements} over {LONG} s, {oldest}")
        } else {
            format!("{statements} over {LONG} s")
        };
        let details = long.iter().map(|process| {
            format!("{} of {} for {}, {}", process.id, process.user, short(process.time), process.command)
        });
        let readings =
            vec![LONGEST_QUERY.reading(longest).between(0.0, None), LONG_QUERIES.reading(count).between(0.0, None)];
        Ok(Finding { details: details.collect(), ..Finding::new(text, readings) })
    },
};
