//! The table, and the same as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::fault::{Fault, Side};
use super::judge::Findings;
use super::round::Round;
use super::site::Plan;
use super::table::{both, markdown, median_and_worst, milliseconds, seconds};

/// All rounds of a configuration.
#[derive(Debug)]
pub struct Report {
    pub(crate) plan: Plan,
    pub(crate) seed: u64,
    pub(crate) rounds: Vec<Round>,
    /// Rounds that did not finish, for example because the site did not start again.
    pub(crate) not_counted: usize,
    /// Why the run ended early.
    pub(crate) ended: Option<String>,
}

/// Sums over several rounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Number of rounds.
    pub rounds: usize,
    /// Reads that lacked known rows, without those in flight.
    pub stale: usize,
    /// Reads that lacked only rows in flight.
    pub stale_in_flight: usize,
    /// Commits that no client found, without those in flight.
    pub missing: usize,
    /// Commits that no client found, of the last moment before the fault.
    pub missing_in_flight: usize,
    /// Commits that the old writer acknowledged after the first one of the new writer.
    pub two_writers: usize,
    /// 503 answers of a node that no fault concerned.
    pub refusals: usize,
    /// Rounds in which the other node should have taken over, and did not.
    pub stayed: usize,
    /// Rounds after which the site did not settle.
    pub unsettled: usize,
}

const COLUMNS: [&str; 12] = [
    "fault",
    "rounds",
    "stale reads",
    "in flight",
    "missing",
    "in flight",
    "two writers",
    "written elsewhere after (worst)",
    "no takeover",
    "no commit for (worst)",
    "needless 503",
    "unsettled",
];

/// The columns of the table in docs/drill.md.
const SHORT: [&str; 9] = [
    "site",
    "rounds",
    "commits, reads",
    "stale reads",
    "acknowledged commits missing",
    "commits on two nodes",
    "mysqld killed → written elsewhere (worst)",
    "hangs",
    "machine cut off",
];

impl Report {
    /// The sums over all rounds.
    pub fn totals(&self) -> Totals {
        totals(&self.rounds.iter().collect::<Vec<_>>())
    }

    /// The sums over the rounds of one fault.
    pub fn totals_of(&self, fault: Fault) -> Totals {
        totals(&self.of(fault))
    }

    /// The times from each fault of a kind to the first commit on the other node, where there was one.
    pub fn elsewhere(&self, fault: Fault) -> Vec<Duration> {
        self.of(fault).iter().filter_map(|round| round.findings.elsewhere).collect()
    }

    /// Why the run ended before its last round, if it did.
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_deref()
    }

    /// The promises of the configuration that were broken.
    pub fn broken(&self) -> Vec<String> {
        let Totals {
            stale, stale_in_flight, missing, missing_in_flight, two_writers, refusals, stayed, unsettled, ..
        } = self.totals();
        let configuration = self.plan.configuration;
        if !configuration.has_writer_role() {
            return Vec::new();
        }
        let promised = [
            (stale, "stale reads"),
            (missing, "acknowledged commits are missing"),
            (two_writers, "commits of a second writer"),
            (refusals, "refusals that no rule asked for"),
            (stayed, "rounds without a takeover"),
            (unsettled, "rounds after which the site did not settle"),
            (self.not_counted, "rounds that came to no end"),
        ];
        // Without a witness, nothing excludes two writers, and HAProxy chooses the writer. Both are only counted.
        let at_level_2 = ["stale reads", "rounds after which the site did not settle", "rounds that came to no end"];
        let is_promised = |what: &str| configuration.has_witness() || at_level_2.contains(&what);
        let semi_sync = [
            (stale_in_flight, "reads lacked what was in flight"),
            (missing_in_flight, "acknowledged commits in flight are missing"),
        ];
        let more = if configuration.is_semi_sync() { &semi_sync[..] } else { &[] };
        let broken = promised.iter().chain(more).filter(|(count, what)| *count > 0 && is_promised(what));
        broken.map(|(count, what)| format!("{count} {what}")).collect()
    }

    /// The table, below a line that says what was done.
    pub fn table(&self) -> String {
        let Plan { configuration, flavor, pace, proxies, haproxy, hold } = self.plan;
        let held = if hold.is_zero() { String::new() } else { format!(", faults of {hold:?} at least") };
        let head = format!(
            "{configuration}: {flavor}, {proxies} HAProxy ({}), inter {:?} rise {} fall {}{held}, seed {}: {} commits, \
             {} reads, {} rounds of {}",
            haproxy.name(),
            pace.inter,
            pace.rise,
            pace.fall,
            self.seed,
            self.commits(),
            self.reads(),
            self.rounds.len(),
            seconds(self.average()),
        );
        let mut rows = vec![COLUMNS.map(str::to_owned).to_vec()];
        rows.extend(self.faults().map(|(name, rounds)| row(name, &rounds)));
        rows.push(row("all", &self.rounds.iter().collect::<Vec<_>>()));
        let mut text = format!("{head}\n\n{}\n{}\n", markdown(&rows), self.short());
        for line in self.broken() {
            text.extend(["BROKEN: ", &line, "\n"]);
        }
        if self.not_counted > 0 {
            writeln!(text, "{} more rounds are not counted: see above", self.not_counted).expect("a String takes it");
        }
        if let Some(why) = &self.ended {
            text.extend(["ended early: ", why, "\n"]);
        }
        text
    }

    /// The sums in one line, as in docs/drill.md.
    fn short(&self) -> String {
        let Totals { rounds, stale, missing, two_writers, .. } = self.totals();
        let mut row = vec![self.plan.configuration.name().to_owned(), rounds.to_string()];
        row.push(format!("{}, {}", self.commits(), self.reads()));
        row.extend([stale, missing, two_writers].map(|count| count.to_string()));
        let changes = [Fault::Kill(Side::Holder), Fault::Stop(Side::Holder), Fault::Isolate(Side::Holder)];
        row.extend(changes.map(|fault| both(&self.elsewhere(fault))));
        markdown(&[SHORT.map(str::to_owned).to_vec(), row])
    }

    /// Everything as JSON, with times in milliseconds.
    pub fn json(&self) -> Value {
        let Plan { configuration, flavor, pace, proxies, haproxy, hold } = self.plan;
        json!({
            "configuration": configuration.name(),
            "flavor": flavor.name(),
            "inter_ms": milliseconds(pace.inter),
            "rise": pace.rise,
            "fall": pace.fall,
            "haproxies": proxies,
            "haproxy": haproxy.name(),
            "hold_ms": milliseconds(hold),
            "seed": self.seed,
            "broken": self.broken(),
            "not_counted": self.not_counted,
            "ended_early": self.ended,
            "commits": self.commits(),
            "reads": self.reads(),
            "faults": self.faults().map(|(name, rounds)| summary(name, &rounds)).collect::<Vec<_>>(),
            "all": summary("all", &self.rounds.iter().collect::<Vec<_>>()),
            "rounds": self.rounds.iter().map(round).collect::<Vec<_>>(),
        })
    }

    /// Each inflicted fault, with its rounds.
    fn faults(&self) -> impl Iterator<Item = (&'static str, Vec<&Round>)> {
        let all = Fault::ALL.into_iter().map(|fault| (fault.name(), self.of(fault)));
        all.filter(|(_, rounds)| !rounds.is_empty())
    }

    fn commits(&self) -> usize {
        self.rounds.iter().map(|round| round.findings.commits).sum()
    }

    fn reads(&self) -> usize {
        self.rounds.iter().map(|round| round.findings.reads).sum()
    }

    /// How long a round took.
    fn average(&self) -> Duration {
        let all: Duration = self.rounds.iter().map(Round::length).sum();
        all / u32::try_from(self.rounds.len()).unwrap_or(u32::MAX).max(1)
    }

    fn of(&self, fault: Fault) -> Vec<&Round> {
        self.rounds.iter().filter(|round| round.fault == fault).collect()
    }
}

/// One round as a line.
pub(crate) fn line(round: &Round) -> String {
    let Findings { stale, stale_in_flight, missing, missing_in_flight, two_writers, refusals, .. } = round.findings;
    let missing = missing.map_or("?".to_owned(), |missing| missing.to_string());
    let mut line = format!(
        "{:>4}  {:<20} {}  stale {stale} (+{stale_in_flight} in flight)  missing {missing} (+{missing_in_flight})  \
         two writers {two_writers}  elsewhere {}  no commit for {}  needless 503 {refusals}  ({})",
        round.number,
        round.fault.name(),
        round.holder,
        match round.findings.elsewhere {
            Some(time) => seconds(time),
            None if round.findings.stayed => "never".to_owned(),
            None => "-".to_owned(),
        },
        seconds(round.findings.pause),
        seconds(round.length()),
    );
    for text in round.note.iter().chain(&round.unsettled) {
        line.extend(["\n      ", text]);
    }
    line
}

fn round(round: &Round) -> Value {
    let findings = &round.findings;
    let took = round.took.iter().map(|(part, time)| ((*part).to_owned(), milliseconds(*time).into()));
    let took: Map<_, _> = took.collect();
    json!({
        "round": round.number,
        "fault": round.fault.name(),
        "holder": round.holder,
        "commits": findings.commits,
        "reads": findings.reads,
        "failures": findings.failures,
        "stale_reads": findings.stale,
        "stale_reads_in_flight": findings.stale_in_flight,
        "missing": findings.missing,
        "missing_in_flight": findings.missing_in_flight,
        "two_writers": findings.two_writers,
        "two_writers_sent_after": findings.two_writers_sent_after,
        "switches": findings.switches,
        "elsewhere_ms": findings.elsewhere.map(milliseconds),
        "no_takeover": findings.stayed,
        "no_commit_ms": milliseconds(findings.pause),
        "needless_refusals": findings.refusals,
        "unsettled": round.unsettled,
        "note": round.note,
        "examples": findings.examples,
        "took_ms": milliseconds(round.length()),
        "took": took,
    })
}

fn totals(rounds: &[&Round]) -> Totals {
    let sum = |of: fn(&Findings) -> usize| rounds.iter().map(|round| of(&round.findings)).sum();
    Totals {
        rounds: rounds.len(),
        stale: sum(|findings| findings.stale),
        stale_in_flight: sum(|findings| findings.stale_in_flight),
        missing: sum(|findings| findings.missing.unwrap_or_default()),
        missing_in_flight: sum(|findings| findings.missing_in_flight),
        two_writers: sum(|findings| findings.two_writers),
        refusals: sum(|findings| findings.refusals),
        stayed: sum(|findings| usize::from(findings.stayed)),
        unsettled: rounds.iter().filter(|round| round.unsettled.is_some()).count(),
    }
}

fn row(name: &str, rounds: &[&Round]) -> Vec<String> {
    let totals = totals(rounds);
    let numbers = [
        totals.rounds,
        totals.stale,
        totals.stale_in_flight,
        totals.missing,
        totals.missing_in_flight,
        totals.two_writers,
    ];
    let mut row = vec![name.to_owned()];
    row.extend(numbers.map(|number| number.to_string()));
    row.extend([both(&moves(rounds)), totals.stayed.to_string(), both(&pauses(rounds))]);
    row.extend([totals.refusals, totals.unsettled].map(|number| number.to_string()));
    row
}

/// The times until the other node was written, where it was.
fn moves(rounds: &[&Round]) -> Vec<Duration> {
    rounds.iter().filter_map(|round| round.findings.elsewhere).collect()
}

/// The longest time without a commit of each round.
fn pauses(rounds: &[&Round]) -> Vec<Duration> {
    rounds.iter().map(|round| round.findings.pause).collect()
}

/// The rounds of one fault, or all rounds, as JSON.
fn summary(name: &str, rounds: &[&Round]) -> Value {
    let totals = totals(rounds);
    let times = |times: &[Duration]| {
        let found = median_and_worst(times);
        found.map(|(median, worst)| json!({"median": milliseconds(median), "worst": milliseconds(worst)}))
    };
    json!({
        "fault": name,
        "rounds": totals.rounds,
        "stale_reads": totals.stale,
        "stale_reads_in_flight": totals.stale_in_flight,
        "missing": totals.missing,
        "missing_in_flight": totals.missing_in_flight,
        "two_writers": totals.two_writers,
        "written_elsewhere": moves(rounds).len(),
        "written_elsewhere_ms": times(&moves(rounds)),
        "no_commit_ms": times(&pauses(rounds)),
        "no_takeover": totals.stayed,
        "needless_refusals": totals.refusals,
        "unsettled": totals.unsettled,
    })
}
