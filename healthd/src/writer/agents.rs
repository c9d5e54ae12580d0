//! What an agent's question is answered. Its protocol has no place for a witness's words: it repeats what the same HAProxy's
//! HTTP check is told, and whose question it is shows only by its address.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use healthd_core::writer::WriterView;

use super::Writer;
use crate::witness::Witness;

/// From where each witness last asked by HTTP, by number.
#[derive(Debug, Default)]
pub(super) struct Sources(Mutex<Vec<Option<IpAddr>>>);

impl Sources {
    /// The same, for the instance after a reload.
    pub(super) fn copied(&self) -> Sources {
        Sources(Mutex::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    fn note(&self, number: usize, address: IpAddr) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() <= number {
            known.resize(number + 1, None);
        }
        known[number] = Some(address);
    }

    fn of(&self, number: usize) -> Option<IpAddr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(number).copied().flatten()
    }
}

impl Writer {
    /// A witness has asked by HTTP.
    pub(crate) fn heard_from(&self, number: usize, address: Option<IpAddr>) {
        if let Some(address) = address {
            self.sources.note(number, address.to_canonical());
        }
    }

    /// How the role stands for an agent's question from this address.
    pub(crate) fn view_for(&self, address: Option<IpAddr>) -> WriterView {
        let published = self.published();
        let machine = &published.machine;
        let address = address.map(|address| address.to_canonical());
        let asked: Vec<_> = self.settings.witnesses.iter().zip(machine.witnesses()).enumerate().collect();
        let candidates = asked.iter().map(|(number, (witness, its))| {
            let source = match witness {
                Witness::Address(source) => Some(*source),
                Witness::Name(_) => self.sources.of(*number),
            };
            Candidate {
                here: address.is_some() && source == address,
                checks: its.opinion.is_some(),
                anywhere: matches!(witness, Witness::Name(_)) && !its.removed,
            }
        });
        match whose(&candidates.collect::<Vec<_>>()) {
            Some(number) => WriterView::new(machine, machine.peek_for(number), &published.around()),
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
