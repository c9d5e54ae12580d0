//! Counts the lines of a log.
//!
//! Most lines matter to no counter. So a whole block is searched for literals that a matching line must contain, and
//! only lines with one are cut out, in the order of the log. Each is given its time and its parts once, for all
//! counters.

mod counter;
mod finder;
mod group;
mod series;
#[cfg(test)]
mod tests;
mod watch;

use std::collections::BTreeMap;

use healthd_core::samples::batch::{Counted, SavedCounter, Tally};

use memchr::{memchr, memchr_iter, memrchr, memrchr_iter};

use crate::line::{self, Line, Repeated, repeated};
use crate::sink::{Counting, Sink};
use crate::spec::LogSpec;
pub use crate::spec_error::SpecError;
use crate::time::{Clock, Stamp};
use finder::Finder;
use group::Group;
pub(crate) use group::Outcome;
pub(crate) use watch::Watch;

/// How many lines at the beginning of a log are looked at for its first time.
const FIRST: usize = 100;

/// How far back the line is looked for that was repeated.
const BACK: usize = 100;

/// How many bytes of the blocks before are kept for that.
const TAIL: usize = 32 << 10;

/// The counters of a log, with what they counted since [`Engine::take`].
#[derive(Debug)]
pub struct Engine {
    clock: Clock,
    groups: Vec<Group>,
    repeats: Finder,
    tally: Tally,
    /// The time of the first line since [`Engine::take`], and the latest of those that were looked at.
    times: Option<(i64, i64)>,
    /// The last lines of the blocks before.
    last: Vec<u8>,
    watch: Option<Watch>,
}

impl Engine {
    /// For the counters of a log, with what the store knows of them.
    ///
    /// # Errors
    /// The configuration names something that does not exist, or has a wrong regular expression.
    pub fn new(spec: &LogSpec, saved: &BTreeMap<String, SavedCounter>) -> Result<Engine, SpecError> {
        let clock = Clock::new(spec.time, spec.zone.as_deref())
            .map_err(|error| SpecError::Zone { name: spec.zone.clone().unwrap_or_default(), why: error.to_string() })?;
        Ok(Engine {
            clock,
            groups: Group::all(&spec.counters, saved)?,
            repeats: Finder::new(Some(&[line::LITERAL.to_vec()])),
            tally: Tally::default(),
            times: None,
            last: Vec::new(),
            watch: None,
        })
    }

    /// The names of the labels of each counter.
    pub fn label_names(&self) -> impl Iterator<Item = (&str, &[String])> {
        let counters = self.groups.iter().flat_map(|group| &group.counters);
        counters.map(|counter| (counter.name.as_str(), counter.label_names()))
    }

    /// What was counted since the last time: every counter, also one that counted nothing.
    pub fn take(&mut self) -> (BTreeMap<String, Counted>, Tally) {
        let mut counters = BTreeMap::new();
        for group in &mut self.groups {
            for counter in &mut group.counters {
                let mut counted = counter.take();
                group.reader.take(&mut counted);
                counters.insert(counter.name.clone(), counted);
            }
        }
        self.times = None;
        (counters, std::mem::take(&mut self.tally))
    }

    /// Keeps examples of lines from now on.
    pub(crate) fn watched(mut self) -> Engine {
        self.watch = Some(Watch::default());
        self
    }

    /// The examples, after [`Engine::watched`].
    pub(crate) fn examples(&mut self) -> Watch {
        self.watch.take().unwrap_or_default()
    }

    /// Counts the lines of a block that have a literal of any counter.
    fn block(&mut self, block: &[u8], arrival: i64) {
        for group in &mut self.groups {
            group.finder.start(block);
        }
        self.repeats.start(block);
        // Everything before `at` is done; the clock knows the line before `stamped`.
        let (mut at, mut stamped) = (0, 0);
        loop {
            let next = self.groups.iter_mut().filter_map(|group| group.finder.next(block, at)).min();
            let Some(place) = next.into_iter().chain(self.repeats.next(block, at)).min() else { break };
            let start = memrchr(b'\n', part(block, at, place)).map_or(at, |newline| at + newline + 1);
            let end = memchr(b'\n', part(block, place, block.len())).map_or(block.len(), |newline| place + newline);
            let whole = part(block, start, end);
            let whole = whole.strip_suffix(b"\r").unwrap_or(whole);
            if self.line(part(block, 0, start), stamped, whole, end, arrival) {
                stamped = end + 1;
            }
            at = end + 1;
        }
        self.end_of(block, stamped, arrival);
    }

    /// Counts a line, which ends at `end` of its block, for the groups that found a literal in it. Says whether the
    /// clock knows it now.
    fn line(&mut self, before: &[u8], stamped: usize, whole: &[u8], end: usize, arrival: i64) -> bool {
        let Engine { clock, groups, .. } = self;
        let mut parts: Option<(Stamp, Line<'_>)> = None;
        let mut cut = || {
            *parts.get_or_insert_with(|| {
                let stamp = clock.read(part(before, stamped, before.len()), whole, arrival);
                (stamp, Line::cut(whole, stamp.head))
            })
        };
        let mut wanted = false;
        if self.repeats.is_before(end)
            && let Some(repeated) = repeated(&cut().1)
        {
            let (stamp, line) = cut();
            wanted = self.repeated(repeated, &line, stamp, before);
        } else {
            for group in groups.iter_mut().filter(|group| group.finder.is_before(end)) {
                let outcome = group.count(whole, &mut cut, 1);
                wanted |= outcome == Outcome::Counted;
                if let Some(watch) = &mut self.watch {
                    watch.see(whole, outcome);
                }
            }
        }
        if let Some((stamp, _)) = parts {
            self.tally.without_time += u64::from(wanted && !stamp.known);
            self.saw(stamp);
        }
        parts.is_some()
    }

    /// Counts what a line stands for.
    fn repeated(&mut self, repeated: Repeated<'_>, line: &Line<'_>, stamp: Stamp, before: &[u8]) -> bool {
        let (whole, times) = match repeated {
            Repeated::Text(times, text) => ([part(line.whole, 0, line.message_start()), text].concat(), times),
            Repeated::Last(times) => match self.meant(before, line.host) {
                Some(meant) => (meant.to_vec(), times),
                None => return false,
            },
        };
        let head = self.clock.head(&whole);
        let again = (Stamp { head, ..stamp }, Line::cut(&whole, head));
        let mut wanted = false;
        for group in &mut self.groups {
            wanted |= group.count(&whole, &mut || again, times) == Outcome::Counted;
        }
        wanted
    }

    /// The line that `last message repeated` means: the one before, of the same host.
    fn meant<'a>(&'a self, before: &'a [u8], host: &[u8]) -> Option<&'a [u8]> {
        let lines = [before, &self.last].into_iter().flat_map(|part| part.rsplit(|byte| *byte == b'\n'));
        let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.filter(|line| !line.is_empty()).take(BACK).find(|whole| {
            let line = Line::cut(whole, self.clock.head(whole));
            line.host == host && repeated(&line).is_none()
        })
    }

    /// Remembers what the next block may need: its first line may repeat the last one, or need its time.
    fn end_of(&mut self, block: &[u8], stamped: usize, arrival: i64) {
        let block = block.strip_suffix(b"\n").unwrap_or(block);
        let start = memrchr(b'\n', block).map_or(0, |newline| newline + 1);
        if stamped <= start {
            let stamp = self.clock.read(part(block, stamped, start), part(block, start, block.len()), arrival);
            self.saw(stamp);
        }
        let mut tail = part(block, block.len().saturating_sub(TAIL), block.len());
        if let Some(cut) = memrchr_iter(b'\n', tail).nth(BACK) {
            tail = part(tail, cut + 1, tail.len());
            self.last.clear();
        }
        if self.last.len() + tail.len() > 2 * TAIL {
            self.last.drain(..self.last.len().min(TAIL));
        }
        self.last.extend_from_slice(tail);
        self.last.push(b'\n');
    }

    /// The time of the first line; that of its read if none of the first lines has one.
    fn first(&mut self, block: &[u8], arrival: i64) {
        if self.times.is_none() {
            let mut clock = self.clock.clone();
            let known = |line: &[u8]| {
                let stamp = clock.read(&[], line, arrival);
                stamp.known.then_some(stamp.second)
            };
            let first = block.split(|byte| *byte == b'\n').take(FIRST).find_map(known).unwrap_or(arrival);
            self.times = Some((first, first));
        }
    }

    fn saw(&mut self, stamp: Stamp) {
        if let Some((_, latest)) = self.times.as_mut().filter(|_| stamp.known) {
            *latest = stamp.second.max(*latest);
        }
    }
}

impl Counting for Engine {
    fn take(&mut self) -> (BTreeMap<String, Counted>, Tally) {
        Engine::take(self)
    }

    fn times(&self) -> Option<(i64, i64)> {
        self.times
    }
}

impl Sink for Engine {
    fn lines(&mut self, block: &[u8], arrival: i64) {
        if block.is_empty() {
            return;
        }
        self.tally.lines += number(memchr_iter(b'\n', block).count() + usize::from(!block.ends_with(b"\n")));
        self.tally.bytes += number(block.len());
        self.first(block, arrival);
        self.block(block, arrival);
    }

    fn long_line(&mut self, beginning: &[u8], arrival: i64) {
        self.tally.lines += 1;
        self.tally.long_lines += 1;
        self.tally.bytes += number(beginning.len());
        self.first(beginning, arrival);
        self.block(beginning, arrival);
    }

    fn generation(&mut self) {
        self.clock.forget();
        self.last.clear();
    }
}

fn number(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

/// A part of a block; nothing if the borders are wrong.
fn part(block: &[u8], from: usize, to: usize) -> &[u8] {
    block.get(from..to.min(block.len())).unwrap_or_default()
}
