//! What an agent's question is answered. Its protocol has no place for a witness's words: it repeats what the same HAProxy's
//! HTTP check is told, and whose question it is shows only by its address.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use healthd_core::verdict::WriterView;
use healthd_core::writer::{Answer, Refusal};

use super::Writer;
use crate::witness::Witness;

/// So many questions of an agent without a check between them, and so long without one: that HAProxy does not check.
const UNCHECKED_QUESTIONS: u32 = 4;
const UNCHECKED: Duration = Duration::from_millis(400);
/// Questions that are closer to each other are one.
const APART: Duration = Duration::from_millis(20);
/// The longest distance of checks that is believed.
const SLOWEST_CHECKS: Duration = Duration::from_secs(30);

/// What is known of each witness's HTTP checks, by number.
#[derive(Debug, Default)]
pub(super) struct Sources(Mutex<Vec<Source>>);

#[derive(Debug, Clone, Copy, Default)]
struct Source {
    /// From where the last one came.
    address: Option<IpAddr>,
    /// When.
    checked: Option<Instant>,
    /// How long after the one before.
    distance: Duration,
    /// How many questions of the agent came since, and when the last one that counts.
    asked: u32,
    asked_at: Option<Instant>,
}

impl Source {
    fn checked(self, address: Option<IpAddr>, now: Instant) -> Source {
        let distance = self.checked.map_or(SLOWEST_CHECKS, |before| now.saturating_duration_since(before));
        Source {
            address: address.or(self.address),
            checked: Some(now),
            distance: distance.min(SLOWEST_CHECKS),
            asked: 0,
            asked_at: None,
        }
    }

    /// The agent asks. Those that have waited while this process stood still come at once, and are one.
    fn asked(self, now: Instant) -> Source {
        match self.asked_at {
            Some(before) if now.saturating_duration_since(before) < APART => self,
            _ => Source { asked: self.asked.saturating_add(1), asked_at: Some(now), ..self },
        }
    }

    /// Whether this HAProxy asks by its agent only. One that stood still asks both again when it goes on.
    fn does_not_check(self, now: Instant) -> bool {
        let silent = self.checked.map(|at| now.saturating_duration_since(at));
        self.asked >= UNCHECKED_QUESTIONS && silent.is_some_and(|silent| silent >= UNCHECKED.max(self.distance * 4))
    }
}

impl Sources {
    /// The same, for the instance after a reload.
    pub(super) fn copied(&self) -> Sources {
        Sources(Mutex::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    fn of(&self, number: usize) -> Source {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(number).copied().unwrap_or_default()
    }

    fn change(&self, number: usize, change: impl FnOnce(Source) -> Source) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() <= number {
            known.resize(number + 1, Source::default());
        }
        known[number] = change(known[number]);
    }
}

impl Writer {
    /// A witness has asked by HTTP.
    pub(crate) fn heard_from(&self, number: usize, address: Option<IpAddr>) {
        let address = address.map(|address| address.to_canonical());
        self.sources.change(number, |its| its.checked(address, Instant::now()));
    }

    /// How the role stands for an agent's question from this address. `ready` says that it waits for that word: a HAProxy
    /// of 2.6 or 3.0 that has just started sends no check before it comes.
    pub(crate) fn view_for(&self, address: Option<IpAddr>, ready: bool) -> WriterView {
        let published = self.published();
        let machine = &published.machine;
        let address = address.map(|address| address.to_canonical());
        let asked: Vec<_> = self.settings.witnesses.iter().zip(machine.witnesses()).enumerate().collect();
        let candidates = asked.iter().map(|(number, (witness, its))| {
            let source = match witness {
                Witness::Address(source) => Some(*source),
                Witness::Name(_) => self.sources.of(*number).address,
            };
            Candidate {
                here: address.is_some() && source == address,
                checks: its.opinion.is_some(),
                anywhere: matches!(witness, Witness::Name(_)) && !its.removed,
            }
        });
        match whose(&candidates.collect::<Vec<_>>()) {
            Some(number) => {
                let now = Instant::now();
                self.sources.change(number, |its| its.asked(now));
                // The machine waits longer before it believes that nobody checks: its belief gives the role away.
                let waits = ready && self.sources.of(number).does_not_check(now);
                let answer = if waits { Answer::Refuse(Refusal::NotChecked) } else { machine.dry_run_for(number) };
                WriterView::new(machine, answer, &published.around())
            }
            None => self.view(),
        }
    }
}

/// What is known of a witness that may be the one whose agent asks.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// The question comes from its address.
    here: bool,
    /// It checks by HTTP now.
    checks: bool,
    /// It may come from an address that it never came from.
    anywhere: bool,
}

/// The number of the witness whose agent asks.
fn whose(candidates: &[Candidate]) -> Option<usize> {
    let find = |fits: fn(&Candidate) -> bool| candidates.iter().position(fits);
    // Where several share an address, one that checks: what another one is told would cut its sessions.
    find(|its| its.here && its.checks)
        .or_else(|| find(|its| its.here))
        // At its start a HAProxy may wait for the agent's `ready` before it sends the check that says its name.
        .or_else(|| find(|its| its.anywhere && !its.checks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_haproxy_that_only_its_agent_asks_for_does_not_check() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        // The distance of its checks, how many questions came since the last one, after how long.
        for (distance, asked, silent, expected) in [
            (100, 3, 500, false),
            (100, 4, 399, false),
            (100, 4, 400, true),
            (300, 9, 1199, false),
            (300, 9, 1200, true),
            (60_000, 900, 100_000, false),
            (60_000, 900, 120_000, true),
        ] {
            let source = Source::default().checked(None, start).checked(None, at(distance));
            let source = Source { asked, ..source };
            assert_eq!(source.does_not_check(at(distance + silent)), expected, "{distance} {asked} {silent}");
        }
        // What has waited while this process stood still is one question.
        let burst = (0..9).fold(Source::default().checked(None, start), |source, _| source.asked(at(500)));
        assert_eq!(burst.asked, 1);
        assert_eq!([600, 700, 710].into_iter().fold(burst, |source, ms| source.asked(at(ms))).asked, 3);
        // The one check that ever came says nothing of their distance.
        let source = Source { asked: 9, ..Source::default().checked(None, start) };
        assert!(!source.does_not_check(at(100_000)));
        assert!(!Source { asked: 9, ..Source::default() }.does_not_check(at(0)), "the machine knows that already");
    }

    #[test]
    fn an_agent_is_matched_with_the_check_from_its_address() {
        let candidate = |text: &str| Candidate {
            here: text.contains('h'),
            checks: text.contains('c'),
            anywhere: text.contains('a'),
        };
        for (candidates, expected) in [
            (&[][..], None),
            (&["c", "hc"], Some(1)),
            (&["c", "h"], Some(1)),
            // Two behind one address: the one that checks.
            (&["ha", "hac"], Some(1)),
            (&["ha", "h"], Some(0)),
            // A stranger, while all are known; and a named one that has not checked yet.
            (&["c", "ac"], None),
            (&["c", "a"], Some(1)),
            (&["", "ac"], None),
            (&["hc", "a"], Some(0)),
        ] {
            let known: Vec<_> = candidates.iter().map(|text| candidate(text)).collect();
            assert_eq!(whose(&known), expected, "{candidates:?}");
        }
    }
}
