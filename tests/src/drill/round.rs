//! One round: a settled site, load, one fault, repair, and counting.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::configuration::Pace;
use super::fault::{Fault, Side};
use super::inflict::{heal, inflict};
use super::judge::{Course, Findings, elsewhere, judge};
use super::network::NAMES;
use super::random::Random;
use super::seen::{Row, WRITERS};
use super::site::Site;
use super::watch::Watch;
use super::workload::Workload;
use crate::stop::{Ended, Stop};

/// The row numbers of a round begin at its own number times this.
const ROWS: u64 = 1 << 24;
/// How long the clients work at least before the fault, and after a change of the writer. This is longer than commits
/// are in flight, and longer than a reader looks back.
const BEFORE: Duration = Duration::from_millis(800);
const AFTER: Duration = Duration::from_millis(1500);
const WARM: Duration = Duration::from_secs(30);

/// A finished round.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) number: usize,
    pub(crate) fault: Fault,
    /// The holder at the beginning.
    pub(crate) holder: &'static str,
    pub(crate) findings: Findings,
    /// Why the site did not settle afterward. It must be built anew then.
    pub(crate) unsettled: Option<String>,
    /// Other remarks.
    pub(crate) note: Option<String>,
    /// The time of each part.
    pub(crate) took: Vec<(&'static str, Duration)>,
}

impl Round {
    /// The total time.
    pub(crate) fn length(&self) -> Duration {
        self.took.iter().map(|(_, time)| *time).sum()
    }
}

/// The time of each part of a round.
struct Parts {
    begun: Instant,
    parts: Vec<(&'static str, Duration)>,
}

impl Parts {
    fn start() -> Parts {
        Parts { begun: Instant::now(), parts: Vec::new() }
    }

    /// Ends the part; the next one begins.
    fn end(&mut self, name: &'static str) {
        self.parts.push((name, self.begun.elapsed()));
        self.begun = Instant::now();
    }
}

/// Runs a round. The random numbers depend only on the seed and the number of the round.
pub(crate) fn run(site: &mut Site, number: usize, fault: Fault, seed: u64, stop: &Stop) -> Result<Round, Ended> {
    let mut random = Random::of_round(seed, number);
    let mut parts = Parts::start();
    site.settle(stop, "the site settled before the round")?;
    for node in &site.nodes {
        node.purge_logs().map_err(Ended::Failed)?;
    }
    let holder = site.holder().map_err(Ended::Failed)?;
    let first = u64::try_from(number).unwrap_or_default() * ROWS;
    parts.end("preparation");
    let proxies = site.haproxies.len();
    let length = length(fault, site.plan.pace, &mut random);
    let proxy = usize::from(proxies > 1 && random.below(2) == 0);
    // With two HAProxys: the one that the fault does not concern.
    let from = (proxy + 1) % proxies;
    site.watch = Watch::start(&site.clients[from], from);
    let workload = Workload::start(&site.clients, first);
    warm_up(&workload, stop)?;
    parts.end("before");

    let (inflicted, mut note) = inflict(site, fault, (holder, proxy), &workload, stop)?;
    let must_move = length.is_none() || fault == Fault::RestartAll;
    let one_says_yes = site.plan.configuration.has_witness();
    let end = inflicted.done;
    let course = Course { must_move, fault, holder, proxies, proxy, inflicted, end, one_says_yes };
    let moved = || workload.look(|seen| elsewhere(&course, &seen.acks).is_some());
    match length {
        Some(length) => pass(length, stop)?,
        None => {
            let detection = site.plan.pace.detection();
            let mut within = detection * 2 + Duration::from_secs(8);
            if fault == Fault::LagThenKill {
                // As long as HAProxy needs to use a standby that answers 200.
                within = within.saturating_sub(wait_until(detection, stop, moved)?);
                pass(AFTER, stop)?;
                site.nodes[1 - holder].start_replication(true).map_err(Ended::Failed)?;
            }
            wait_until(within, stop, moved)?;
            pass(AFTER, stop)?;
        }
    }

    pass(site.plan.hold.saturating_sub(inflicted.at.elapsed()), stop)?;
    parts.end("fault");
    heal(site, stop)?;
    parts.end("healing");
    let mut unsettled = site.await_service(stop, "the site's return to service").err();
    parts.end("return");
    if unsettled.is_none() {
        pass(AFTER, stop)?;
    }
    parts.end("after");
    let (seen, end) = (workload.stop(), Instant::now());
    if unsettled.is_none() {
        unsettled = site.settle(stop, "the site settled after the round").err();
    }
    let unsettled = match unsettled {
        Some(Ended::Interrupted) => return Err(Ended::Interrupted),
        Some(Ended::Failed(why)) => Some(why),
        None => None,
    };
    let present = if unsettled.is_none() { Some(present(site, first).map_err(Ended::Failed)?) } else { None };
    parts.end("settling");
    let findings = judge(&Course { end, ..course }, &seen, present.as_ref(), &site.watch.answers());
    note = note.map(|note| note.lines().next().unwrap_or_default().to_owned());
    if fault == Fault::RestartProxy && findings.switches > 0 {
        // docs/failover.md says that the holder continues.
        note = Some(format!("the writer changed {} times", findings.switches));
    }
    Ok(Round { number, fault, holder: NAMES[holder], findings, unsettled, note, took: parts.parts })
}

fn warm_up(workload: &Workload, stop: &Stop) -> Result<(), Ended> {
    let begun = Instant::now();
    stop.until("clients at work", WARM, || {
        let (commits, reads, failures) = workload.look(|seen| (seen.acks.len(), seen.reads.len(), seen.failures));
        let has_begun = commits >= 100 && reads >= 100 && begun.elapsed() >= BEFORE;
        if has_begun { Ok(()) } else { Err(format!("{commits} commits, {reads} reads, {failures} failures")) }
    })
}

/// How long a fault lasts; `None` if it lasts until the other node is used.
fn length(fault: Fault, pace: Pace, random: &mut Random) -> Option<Duration> {
    let second = Duration::from_secs(1);
    let noticed = pace.detection() / 2;
    match fault {
        // A short one too: a frozen server that continues must not become a second writer.
        Fault::Stop(Side::Holder) if random.below(2) == 0 => {
            Some(random.between(second / 5, (3 * second).max(noticed * 2)))
        }
        Fault::RestartAll => Some(random.between(Duration::ZERO, second)),
        Fault::RestartProxy => None,
        fault if fault.moves_service() => None,
        _ => Some(random.between(second, (4 * second).max(noticed))),
    }
}

/// Waits for a time, at most until a signal.
fn pass(length: Duration, stop: &Stop) -> Result<(), Ended> {
    wait_until(length, stop, || false).map(drop)
}

/// Waits for something that may not happen. Returns how long that took.
fn wait_until(longest: Duration, stop: &Stop, come: impl Fn() -> bool) -> Result<Duration, Ended> {
    let begun = Instant::now();
    let what = "the end of a time";
    stop.until(what, longest + Duration::from_secs(5), || (come() || begun.elapsed() >= longest).then_some(()))?;
    Ok(begun.elapsed())
}

/// The rows of a round on the node in use.
fn present(site: &Site, first: u64) -> Result<HashSet<Row>, String> {
    let sql = format!("SELECT writer, seq FROM drill.writes WHERE writer < {WRITERS} AND seq >= {first}");
    let rows = site.clients[0].ask::<(usize, u64)>(&sql, Duration::from_secs(20))?;
    Ok(rows.into_iter().map(|(writer, seq)| Row { writer, seq }).collect())
}
