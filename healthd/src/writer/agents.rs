//! The answer to an agent's question. The agent protocol cannot carry a statement of a witness, so the agent repeats
//! what the HTTP check of the same HAProxy would get. Only its address shows which HAProxy asks.

use std::net::IpAddr;
use std::time::Instant;

use healthd_core::verdict::WriterView;
use healthd_core::writer::{Answer, Refusal};

use super::handle::Writer;
use crate::witness::Witness;

impl Writer {
    /// A witness has asked by HTTP.
    pub(crate) fn heard_from(&self, number: usize, address: Option<IpAddr>) {
        let address = address.map(|address| address.to_canonical());
        self.sources.change(number, |its| its.checked(address, Instant::now()));
    }

    /// The state of the role for an agent's question from this address. `ready` is whether HAProxy waits for that word:
    /// HAProxy 2.6 and 3.0 send no check after their start until it arrives.
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
                // The state machine waits longer before it assumes that no HAProxy checks, because it then gives the
                // role away.
                let waits = ready && self.sources.of(number).does_not_check(now);
                let answer = if waits { Answer::Refuse(Refusal::NotChecked) } else { machine.dry_run_for(number) };
                WriterView::new(machine, answer, &published.around())
            }
            None => self.view(),
        }
    }
}

/// How likely it is that the agent of a witness asks.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// The question comes from its address.
    here: bool,
    /// It checks by HTTP now.
    checks: bool,
    /// It may come from an address that it has never used.
    anywhere: bool,
}

/// The number of the witness whose agent asks.
fn whose(candidates: &[Candidate]) -> Option<usize> {
    let find = |fits: fn(&Candidate) -> bool| candidates.iter().position(fits);
    // If several share an address, one that checks: another one's answer would cut its sessions.
    find(|its| its.here && its.checks)
        .or_else(|| find(|its| its.here))
        // At its start, a HAProxy may wait for the agent's `ready` before it sends the check with its name.
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
            // An unlisted client, while all witnesses are known; and a named one that has not checked yet.
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
