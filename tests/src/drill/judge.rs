//! Compares what the clients have seen with the promises. Only acknowledgements count, never the logs of the databases:
//! a statement without an answer may have been executed or not.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::fault::{Fault, Side};
use super::inflict::Inflicted;
use super::network::NAMES;
use super::seen::{Ack, Known, Row, Seen};
use super::watch::Answer;

/// Commits that were acknowledged in this time before a fault, or before the old writer was left, may be lost by
/// asynchronous replication.
const IN_FLIGHT: Duration = Duration::from_millis(250);
/// A node whose commits are closer together than this has not stopped in between.
const CLOSE: Duration = Duration::from_millis(500);
/// Number of examples kept for each finding.
const EXAMPLES: usize = 3;

/// What happened in a round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    pub(crate) fault: Fault,
    pub(crate) holder: usize,
    pub(crate) inflicted: Inflicted,
    /// When the clients were stopped.
    pub(crate) end: Instant,
    /// Whether one of two healthy nodes answers 503.
    pub(crate) one_says_yes: bool,
    /// Whether the fault lasted until the other node was used.
    pub(crate) must_move: bool,
    /// The number of HAProxys, and the one that the fault concerned if it concerned only one.
    pub(crate) proxies: usize,
    pub(crate) proxy: usize,
}

/// What was wrong in a round, in numbers and some examples.
#[derive(Debug, Clone, Default)]
pub(crate) struct Findings {
    pub(crate) commits: usize,
    pub(crate) reads: usize,
    pub(crate) failures: usize,
    /// Reads that lack known rows, without those in flight.
    pub(crate) stale: usize,
    /// Reads that lack only rows in flight.
    pub(crate) stale_in_flight: usize,
    /// Commits that no client finds, without those in flight. `None` if they could not be counted.
    pub(crate) missing: Option<usize>,
    pub(crate) missing_in_flight: usize,
    /// Commits that the old writer acknowledged after the first one of the new writer.
    pub(crate) two_writers: usize,
    /// Those of them that were also sent after it.
    pub(crate) two_writers_sent_after: usize,
    /// How often the writer changed.
    pub(crate) switches: usize,
    /// Time from the fault to the first commit on the other node.
    pub(crate) elsewhere: Option<Duration>,
    /// Whether the other node should have taken over, and did not.
    pub(crate) stayed: bool,
    /// The longest time without a commit, from the fault on.
    pub(crate) pause: Duration,
    /// 503 answers of a node that the fault does not concern.
    pub(crate) refusals: usize,
    pub(crate) examples: Vec<String>,
}

/// Judges a round. `present` has the rows of the writer at the end, if they are known.
pub(crate) fn judge(course: &Course, seen: &Seen, present: Option<&HashSet<Row>>, answers: &[Answer]) -> Findings {
    let elsewhere = elsewhere(course, &seen.acks);
    let mut findings = Findings {
        commits: seen.acks.len(),
        reads: seen.reads.len(),
        failures: seen.failures,
        elsewhere,
        stayed: course.must_move && elsewhere.is_none(),
        pause: pause(course, &seen.acks),
        ..Findings::default()
    };
    let in_flight = InFlight::of(course, &seen.acks);
    stale_reads(course, seen, &in_flight, &mut findings);
    if let Some(present) = present {
        missing(course, seen, &in_flight, present, &mut findings);
    }
    two_writers(course, &seen.acks, &mut findings);
    refusals(course, answers, &mut findings);
    findings
}

/// The times of which asynchronous replication may lose commits.
struct InFlight {
    windows: Vec<(Instant, Instant)>,
}

impl InFlight {
    fn of(course: &Course, acks: &[Ack]) -> InFlight {
        let Inflicted { at, done } = course.inflicted;
        // A switchover loses nothing, and where the writer stays there is nothing to lose.
        if !course.fault.moves_service() || course.fault == Fault::Switchover {
            return InFlight { windows: Vec::new() };
        }
        // The old writer may continue after the fault, for example when only its healthd was killed.
        let after = || acks.iter().filter(|ack| ack.at > at);
        let first_elsewhere = after().find(|ack| ack.node != course.holder).map(|ack| ack.at);
        let before_that = |ack: &&Ack| ack.node == course.holder && first_elsewhere.is_some_and(|first| ack.at < first);
        let left = after().filter(before_that).map(|ack| ack.at).next_back();
        InFlight { windows: [Some((at, done)), left.map(|left| (left, left))].into_iter().flatten().collect() }
    }

    fn has(&self, moment: Instant) -> bool {
        self.windows.iter().any(|(from, to)| moment + IN_FLIGHT >= *from && moment <= *to)
    }
}

impl Course {
    /// A moment, relative to the fault.
    fn when(&self, at: Instant) -> String {
        let since = at.saturating_duration_since(self.inflicted.at).as_millis();
        let until = self.inflicted.at.saturating_duration_since(at).as_millis();
        if since > 0 { format!("at +{since} ms") } else { format!("at -{until} ms") }
    }
}

fn example(findings: &mut Findings, count: usize, text: impl FnOnce() -> String) {
    if count <= EXAMPLES {
        let text = text();
        findings.examples.push(text);
    }
}

fn stale_reads(course: &Course, seen: &Seen, in_flight: &InFlight, findings: &mut Findings) {
    for read in seen.reads.iter().filter(|read| !read.lacking.is_empty()) {
        let Some(&Known { row, since }) = read.lacking.iter().find(|known| !in_flight.has(known.since)) else {
            findings.stale_in_flight += 1;
            continue;
        };
        findings.stale += 1;
        example(findings, findings.stale, || {
            let (node, asked) = (NAMES[read.node], course.when(read.asked));
            format!("stale read of {node} asked {asked}: lacks {row}, known {}", course.when(since))
        });
    }
}

fn missing(course: &Course, seen: &Seen, in_flight: &InFlight, present: &HashSet<Row>, findings: &mut Findings) {
    let mut missing = 0;
    for ack in seen.acks.iter().filter(|ack| !present.contains(&ack.row)) {
        if in_flight.has(ack.at) {
            findings.missing_in_flight += 1;
            continue;
        }
        missing += 1;
        example(findings, missing, || {
            format!("missing {}, acknowledged by {} {}", ack.row, NAMES[ack.node], course.when(ack.at))
        });
    }
    findings.missing = Some(missing);
}

/// Walks through the commits. A node that has not written yet takes over with its first commit. From then on, commits
/// of the other node count, unless the new writer has stopped: then the writer has changed again.
fn two_writers(course: &Course, acks: &[Ack], findings: &mut Findings) {
    let Some(first) = acks.first() else { return };
    let mut writer = first.node;
    let mut has_written = [false; 2];
    has_written[writer] = true;
    let mut took_over = first.at;
    let mut last = first.at;
    for (index, ack) in acks.iter().enumerate() {
        if ack.node == writer {
            last = ack.at;
            continue;
        }
        let next = acks[index..].iter().find(|later| later.node == writer);
        let goes_on = next.is_some_and(|next| next.at - last <= CLOSE);
        if has_written[ack.node] && goes_on {
            findings.two_writers += 1;
            findings.two_writers_sent_after += usize::from(ack.sent > took_over);
            example(findings, findings.two_writers, || {
                let [old, new] = [ack.node, writer].map(|node| NAMES[node]);
                let [sent, at, since] = [ack.sent, ack.at, took_over].map(|at| course.when(at));
                format!("{old} acknowledged {} {at} (sent {sent}), {new} was the writer since {since}", ack.row)
            });
        } else {
            writer = ack.node;
            has_written[writer] = true;
            (took_over, last) = (ack.at, ack.at);
            findings.switches += 1;
        }
    }
}

/// Time from the fault to the first commit where the clients must be able to go on, through the last HAProxy of which
/// that is required.
pub(crate) fn elsewhere(course: &Course, acks: &[Ack]) -> Option<Duration> {
    let Course { fault, holder, inflicted, .. } = *course;
    if !fault.moves_service() && fault != Fault::RestartProxy {
        return None;
    }
    let is_elsewhere = |ack: &&Ack| match fault {
        Fault::RestartAll | Fault::RestartProxy => ack.sent > inflicted.done,
        _ => ack.node != holder && ack.sent >= inflicted.at,
    };
    let first =
        |proxy: usize| acks.iter().filter(is_elsewhere).filter(|ack| ack.proxy == proxy).map(|ack| ack.at).min();
    let concerned = (0..course.proxies).filter(|proxy| fault != Fault::RestartProxy || *proxy == course.proxy);
    let last = concerned.map(first).collect::<Option<Vec<_>>>()?.into_iter().max();
    last.map(|at| at - inflicted.at)
}

fn pause(course: &Course, acks: &[Ack]) -> Duration {
    let mut last = course.inflicted.at;
    let mut longest = Duration::ZERO;
    for at in acks.iter().map(|ack| ack.at).filter(|at| *at > course.inflicted.at).chain([course.end]) {
        longest = longest.max(at.saturating_duration_since(last));
        last = at;
    }
    longest
}

fn refusals(course: &Course, answers: &[Answer], findings: &mut Findings) {
    let mut said_yes = [false; 2];
    for answer in answers {
        let Some(status) = answer.status else { continue };
        let side = if answer.node == course.holder { Side::Holder } else { Side::Standby };
        let concerned = answer.at >= course.inflicted.at && course.fault.concerns(side);
        // With a witness, the standby answers 503 all the time.
        let is_new = said_yes[answer.node] || !course.one_says_yes;
        if status != 200 && is_new && !concerned && answer.at <= course.end {
            findings.refusals += 1;
            example(findings, findings.refusals, || {
                format!("{} refused {}: {}", NAMES[answer.node], course.when(answer.at), answer.line)
            });
        }
        said_yes[answer.node] = status == 200;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::seen::Read;

    const MS: Duration = Duration::from_millis(1);

    fn course(start: Instant, fault: Fault, at: u32) -> Course {
        let at = start + at * MS;
        Course {
            must_move: true,
            proxies: 1,
            proxy: 0,
            fault,
            holder: 0,
            inflicted: Inflicted { at, done: at + 5 * MS },
            end: start + 10_000 * MS,
            one_says_yes: true,
        }
    }

    /// Commits by node and time, sent 2 ms before.
    fn acks(start: Instant, of: &[(usize, u32)]) -> Vec<Ack> {
        let ack = |(seq, &(node, at)): (u64, &(usize, u32))| {
            let at = start + at * MS;
            Ack { row: Row { writer: 0, seq }, node, proxy: 0, sent: at - 2 * MS, at }
        };
        (0..).zip(of).map(ack).collect()
    }

    fn of(start: Instant, of: &[(usize, u32)]) -> Findings {
        let seen = Seen { acks: acks(start, of), ..Seen::default() };
        judge(&course(start, Fault::Kill(Side::Holder), 1000), &seen, Some(&HashSet::new()), &[])
    }

    #[test]
    fn a_clean_change_and_a_clean_return_are_no_two_writers() {
        let findings = of(Instant::now(), &[(0, 900), (0, 990), (1, 1500), (1, 1600), (0, 5000), (0, 5100)]);
        assert_eq!((findings.two_writers, findings.switches), (0, 2));
        assert_eq!(findings.elsewhere, Some(500 * MS));
        assert_eq!(findings.pause, 4900 * MS);
    }

    #[test]
    fn all_haproxys_must_have_a_writer_again() {
        let start = Instant::now();
        let mut acks = acks(start, &[(0, 900), (1, 1500), (1, 1600)]);
        let course = |fault| Course { proxies: 2, proxy: 1, ..course(start, fault, 1000) };
        assert_eq!(elsewhere(&course(Fault::Kill(Side::Holder)), &acks), None);
        acks[2].proxy = 1;
        assert_eq!(elsewhere(&course(Fault::Kill(Side::Holder)), &acks), Some(600 * MS));
        // The other node has not been restarted.
        acks[1].proxy = 1;
        assert_eq!(elsewhere(&course(Fault::RestartProxy), &acks), Some(500 * MS));
    }

    #[test]
    fn one_commit_of_the_old_writer_counts() {
        let findings = of(Instant::now(), &[(0, 900), (1, 1500), (0, 1501), (1, 1510), (0, 1520), (1, 1530)]);
        assert_eq!((findings.two_writers, findings.two_writers_sent_after, findings.switches), (2, 1, 1));
    }

    #[test]
    fn what_was_in_flight_is_counted_apart() {
        let findings = of(Instant::now(), &[(0, 700), (0, 800), (0, 1003), (1, 1500)]);
        assert_eq!((findings.missing, findings.missing_in_flight), (Some(2), 2));
        // The old writer continued after the fault: its last commits, when the other node took over.
        let findings = of(Instant::now(), &[(0, 700), (0, 1200), (0, 1500), (0, 1600), (1, 1700)]);
        assert_eq!((findings.missing, findings.missing_in_flight), (Some(3), 2));
    }

    #[test]
    fn a_read_is_stale_by_what_was_known_before_it() {
        let start = Instant::now();
        let known = |at: u32| Known { row: Row { writer: 1, seq: 7 }, since: start + at * MS };
        let read = |lacking| Read { node: 1, asked: start + 1400 * MS, lacking };
        let reads = vec![read(vec![]), read(vec![known(100), known(999)]), read(vec![known(999)])];
        let seen = Seen { reads, ..Seen::default() };
        let findings = judge(&course(start, Fault::Kill(Side::Holder), 1000), &seen, None, &[]);
        assert_eq!((findings.stale, findings.stale_in_flight, findings.missing), (1, 1, None));
        // A node that only shows its rows has not taken over.
        assert_eq!((findings.elsewhere, findings.stayed), (None, true));
    }

    #[test]
    fn a_refusal_is_asked_for_by_what_concerns_the_node() {
        let start = Instant::now();
        let said = |node, at: u32, status| Answer { node, at: start + at * MS, status, line: String::new() };
        let answers = [
            said(0, 0, Some(200)),
            said(1, 0, Some(503)),
            said(0, 1100, None),
            said(0, 1200, Some(503)),
            said(1, 1300, Some(200)),
            said(1, 1400, Some(503)),
        ];
        let count = |fault| judge(&course(start, fault, 1000), &Seen::default(), None, &answers).refusals;
        assert_eq!(count(Fault::Kill(Side::Holder)), 1);
        assert_eq!(count(Fault::CutNodes), 1);
        assert_eq!(count(Fault::Switchover), 0);
    }
}
