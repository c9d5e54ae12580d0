//! When all is well again, exactly one server must be used before long.

use crate::pool::Event;
use crate::scenario::Fault;
use crate::world::{Server, Stage, Waiting, World};

impl Stage {
    /// Nothing is broken, and both know it: the precondition of the next fault.
    pub(crate) fn clean(&self, w: &World) -> bool {
        let (Some(a), Some(b)) = (self.facts(w, 0), self.facts(w, 1)) else {
            return false;
        };
        if a.epoch != b.epoch || !(a.holds ^ b.holds) || w.links != [true; 2] {
            return false;
        }
        let holder = usize::from(b.holds);
        let nodes = [a, b].iter().enumerate().all(|(i, facts)| {
            let (node, other) = (&w.nodes[i], &w.nodes[1 - i]);
            node.server == Server::Up
                && node.waiting == Waiting::Nobody
                && node.seen == node.own
                && (node.applied, node.received) == (other.own, other.own)
                && node.semisync == self.scenario.semisync
                && node.genuine == u8::MAX
                && !node.disk_full
                && node.disk == facts.kept
                && !facts.silent
                && !facts.wants
                && !facts.yielding
                && !facts.grant
                && !facts.excluded
                && facts.report_fresh
                && facts.answers
                && facts.reported_epoch == facts.epoch
                && facts
                    .reported
                    .is_some_and(|reported| reported.0.map(|bits| bits.count_ones() as u8)[1 - i] == other.own)
                && (!self.scenario.semisync || node.quiet)
                && self.pool.kept(facts.kept).proven
                && w.flying[i].is_none_or(|(_, fresh)| fresh)
        });
        let facts = [a, b][holder];
        let proxies = w.proxies[..self.scenario.proxies].iter().all(|proxy| {
            proxy.reach == [true; 2] && proxy.disabled == [false; 2] && proxy.up[holder] && !proxy.up[1 - holder]
        });
        nodes && proxies && facts.free && !facts.restarted
    }

    /// One turn of everything, without a fault.
    pub(crate) fn round(&mut self, w: &mut World, order: [usize; 2]) {
        for i in order {
            let other = w.nodes[1 - i];
            let node = &mut w.nodes[i];
            node.received = node.received.max(other.own);
            node.applied = node.received;
        }
        for i in order {
            let node = &mut w.nodes[i];
            node.semisync = self.scenario.semisync;
            if node.waiting != Waiting::Nobody {
                node.waiting = Waiting::Nobody;
                node.seen = node.own;
            }
            node.probing = None;
            self.probe_starts(w, i);
            self.probe_ends(w, i);
            self.persist(w, i);
        }
        for i in order {
            w.flying[i] = None;
            self.fetch(w, i);
            self.deliver(w, i);
            self.persist(w, 1 - i);
        }
        for p in 0..self.scenario.proxies {
            for i in order {
                self.hear(w, p, i);
                let proxy = &mut w.proxies[p];
                proxy.disabled[i] = false;
                proxy.send(i);
                self.probe_starts(w, i);
                self.probe_ends(w, i);
                self.answer(w, p, i);
                self.hear(w, p, i);
                self.persist(w, i);
            }
        }
    }

    /// Everything heals, and goes on for a bounded time.
    pub(crate) fn recovers(&mut self, world: &World, order: [usize; 2]) -> bool {
        let mut w = *world;
        w.links = [true; 2];
        for i in 0..2 {
            self.server_back(&mut w, i);
            w.nodes[i].disk_full = false;
            self.can_save_again(&mut w, i);
            if !w.nodes[i].alive {
                self.healthd_starts(&mut w, i);
            }
        }
        for proxy in &mut w.proxies[..self.scenario.proxies] {
            proxy.reach = [true; 2];
            proxy.session = [false; 2];
        }
        for turn in 0..24 {
            self.round(&mut w, order);
            // Only what is still given away by then has come to nothing.
            if turn == 8 || turn == 16 {
                for i in order {
                    self.tell(&mut w, i, Event::PermitExpired);
                    self.tell(&mut w, 1 - i, Event::GrantExpired);
                    // One that was asked for lasts as long as it is asked for.
                    if self.facts(&w, i).is_some_and(|facts| !facts.asked) {
                        self.tell(&mut w, i, Event::HandOverTimedOut);
                    }
                }
            }
        }
        let used = |w: &World| {
            w.proxies[..self.scenario.proxies].iter().all(|proxy| proxy.up[0] != proxy.up[1]) && {
                let first = w.proxies[0].up;
                w.proxies[..self.scenario.proxies].iter().all(|proxy| proxy.up == first)
            }
        };
        used(&w) || self.refused_on_purpose(&w)
    }

    /// What was lost on one node, and never reached the other, needs an operator.
    fn refused_on_purpose(&self, w: &World) -> bool {
        self.scenario.faults.contains(&Fault::TailLost)
            && (0..2).any(|i| {
                w.nodes[i].genuine != u8::MAX
                    && self
                        .facts(w, 1 - i)
                        .and_then(|facts| facts.reported)
                        .is_some_and(|reported| reported.0[i].count_ones() > u32::from(w.nodes[1 - i].applied))
            })
    }
}
