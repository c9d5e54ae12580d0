//! When everything is repaired, exactly one server must be used soon.

use healthd_core::writer::BootId;

use crate::channel::Channel;
use crate::pool::{Commits, Event, Visible};
use crate::scenario::{Command, Fault};
use crate::world::{Server, Stage, Waiting, World};

/// What an operator leaves as it is for longer than all repairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasting {
    Nothing,
    Maintenance,
    /// Stopped or removed channels.
    Channels,
}

impl Stage {
    /// Nothing is broken, and both nodes know it: the precondition of the next fault.
    pub(crate) fn clean(&self, w: &World) -> bool {
        let (Some(a), Some(b)) = (self.visible(w, 0), self.visible(w, 1)) else {
            return false;
        };
        if a.epoch != b.epoch || !(a.holds ^ b.holds || self.scenario.level.is_some()) || w.links != [true; 2] {
            return false;
        }
        let holder = usize::from(b.holds);
        let alone = self.scenario.level.is_some();
        let nodes = [a, b].iter().enumerate().all(|(i, visible)| {
            let (node, other) = (&w.nodes[i], &w.nodes[1 - i]);
            node.server == Server::Up
                && node.waiting == Waiting::Nobody
                && node.seen == node.own
                && (node.applied, node.received) == (other.own, other.own)
                && self.is_fed_up(w, i)
                && node.semisync == self.scenario.semisync
                && node.channel == Channel::Running
                && node.genuine == u8::MAX
                && !node.disk_full
                && node.writable()
                && !node.fence.remembered
                && node.removed == w.proxies.iter().any(|proxy| proxy.gone)
                && node.disk == visible.persistent
                && !visible.unreachable
                && !visible.asks
                && !visible.yielding
                && !visible.grant
                && !visible.excluded
                && (visible.report_fresh || alone)
                && !(alone && visible.restarted)
                && (!alone || self.pool.persistent(visible.persistent).boot == Some(BootId(u64::from(node.boot))))
                && visible.answers
                && visible.reported_epoch == visible.epoch
                && visible.reported.is_some_and(|reported| self.counts(w, reported)[1 - i] == other.own)
                && (!self.scenario.semisync || node.quiet)
                && self.pool.persistent(visible.persistent).proven
                && w.flying[i].is_none_or(|(_, fresh)| fresh)
        });
        let visible = [a, b][holder];
        let mut living = w.proxies[..self.scenario.proxies].iter().filter(|proxy| !proxy.gone);
        let proxies = living.all(|proxy| {
            let used = if alone { proxy.up == [true; 2] } else { proxy.up[holder] && !proxy.up[1 - holder] };
            proxy.reach == [true; 2] && proxy.disabled == [false; 2] && used
        });
        nodes && proxies && visible.free && !visible.restarted
    }

    /// One round of everything, without a fault.
    pub(crate) fn round(&mut self, w: &mut World, order: [usize; 2]) {
        self.name_sources(w);
        for i in order {
            let (other, fed) = (w.nodes[1 - i], self.feeds(w, i));
            if fed && self.scenario.files {
                self.catches_up(w, i);
            } else if fed {
                let node = &mut w.nodes[i];
                node.received = node.received.max(other.own);
                node.applied = node.received;
            }
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
        for p in (0..self.scenario.proxies).filter(|&p| !w.proxies[p].gone).collect::<Vec<_>>() {
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
        self.fences_settle(w);
    }

    /// Everything is repaired, and continues for a bounded time.
    pub(crate) fn recovers(&mut self, world: &World, order: [usize; 2]) -> bool {
        let worked_on = self.scenario.commands.contains(&Command::Maintenance);
        let longer = worked_on && world.nodes.iter().filter(|node| node.maintenance).count() == 1;
        let unfed = world.nodes.iter().any(|node| node.channel != Channel::Running);
        self.heals(world, order, Lasting::Nothing)
            && (!longer || self.heals(world, order, Lasting::Maintenance))
            && (!unfed || self.heals(world, order, Lasting::Channels))
    }

    /// The same, with what may last.
    fn heals(&mut self, world: &World, order: [usize; 2], lasting: Lasting) -> bool {
        let mut w = *world;
        let maintained = lasting == Lasting::Maintenance;
        w.links = [true; 2];
        for i in 0..2 {
            self.server_back(&mut w, i);
            if w.nodes[i].channel != Channel::Running && lasting != Lasting::Channels {
                w.nodes[i].set_up_channel();
            }
            if w.nodes[i].maintenance && !maintained {
                self.maintain(&mut w, i, false);
            }
            w.nodes[i].disk_full = false;
            self.can_save_again(&mut w, i);
            if !w.nodes[i].alive {
                self.healthd_starts(&mut w, i);
            }
            if self.scenario.commands.contains(&Command::RemoveWitness) && !w.nodes[i].removed {
                self.order(&mut w, i, Command::RemoveWitness);
            }
        }
        for proxy in &mut w.proxies[..self.scenario.proxies] {
            proxy.reach = [!proxy.gone; 2];
            proxy.session = [false; 2];
        }
        for turn in 0..24 {
            self.round(&mut w, order);
            self.time_passes_alone(&mut w);
            // Only a handover that is still in progress by then has failed.
            if turn == 8 || turn == 16 {
                for i in order {
                    self.tell(&mut w, i, Event::Claim(false));
                    self.tell(&mut w, i, Event::AcknowledgementExpired);
                    self.tell(&mut w, 1 - i, Event::GrantExpired);
                    // A requested handover lasts as long as it is requested.
                    if self.visible(&w, i).is_some_and(|visible| !visible.asked || visible.unwitnessed) {
                        self.tell(&mut w, i, Event::HandOverTimedOut);
                    }
                }
            }
        }
        if self.forgotten(&w) {
            return false;
        }
        if self.used(&w) && (lasting == Lasting::Channels || !self.scenario.survive && !maintained) {
            return true;
        }
        let survives = self.scenario.survive && lasting == Lasting::Nothing;
        if !survives && !maintained && !self.waits_for_a_word(&w, lasting) {
            return self.refused_on_purpose(&w);
        }
        for _ in 0..4 {
            if !self.obeys(&mut w) {
                break;
            }
            for _ in 0..6 {
                self.round(&mut w, order);
                self.time_passes_alone(&mut w);
            }
        }
        self.used(&w) && (!survives || self.survives(&w))
    }

    /// Whether exactly one server is used, the same by every HAProxy that is a witness; without a witness, at least
    /// one.
    fn used(&self, w: &World) -> bool {
        if (0..2).all(|i| self.visible(w, i).is_some_and(|visible| visible.unwitnessed)) {
            return self.serves_alone(w);
        }
        let counted = self.scenario.proxies - usize::from(w.nodes.iter().all(|node| node.removed));
        let first = w.proxies[0].up;
        let writable = (0..2).all(|i| !first[i] || w.nodes[i].writable());
        writable && first[0] != first[1] && w.proxies[..counted].iter().all(|proxy| proxy.up == first)
    }

    /// Without a witness: no client uses a node that has given the role away.
    fn time_passes_alone(&mut self, w: &mut World) {
        for i in 0..2 {
            let yields = self.visible(w, i).is_some_and(|visible| visible.unwitnessed && visible.yielding);
            if yields && w.proxies.iter().all(|proxy| !proxy.up[i]) {
                self.tell(w, i, Event::Drained);
            }
        }
    }

    /// Commits that one node has lost, and the other never applied, need an operator.
    fn refused_on_purpose(&self, w: &World) -> bool {
        self.scenario.faults.contains(&Fault::TailLost)
            && (0..2).any(|i| {
                w.nodes[i].genuine != u8::MAX
                    && self.visible(w, 1 - i).is_some_and(|visible| {
                        let reported = visible.reported.unwrap_or_default();
                        let known = [reported, self.pool.persistent(visible.persistent).high_water_mark]
                            .map(|set| set.0[i].count_ones());
                        known.into_iter().any(|count| count > u32::from(w.nodes[1 - i].applied))
                    })
            })
    }

    /// Without a witness, an operator decides who serves if each node has commits that the other lacks and no channel
    /// brings them, or if both were written before the power cut.
    fn waits_for_a_word(&self, w: &World, lasting: Lasting) -> bool {
        let both = |it: &dyn Fn(usize) -> bool| it(0) && it(1);
        let errant = (0..2).any(|i| self.visible(w, i).is_some_and(|visible| visible.errant != Commits::default()));
        // Without GTIDs, a restart alone changes the position of a server.
        let written = self.scenario.files || both(&|i| w.nodes[i].own > 0);
        let cut = self.scenario.faults.contains(&Fault::PowerCut) && written;
        let alone = both(&|i| self.visible(w, i).is_some_and(|visible| visible.unwitnessed));
        alone && (lasting == Lasting::Channels && errant || cut) || self.is_let_in_by_half(w)
    }

    /// Whether a holder has lost what its peer has of it, and heard of that after the first of two HAProxys had let it
    /// in.
    fn is_let_in_by_half(&self, w: &World) -> bool {
        let lost = self.scenario.faults.contains(&Fault::TailLost) && self.scenario.proxies == 2;
        lost && (0..2).any(|i| {
            let holds = |visible: &Visible| visible.holds && visible.missing.only(i) != Commits::default();
            w.nodes[i].genuine != u8::MAX && self.visible(w, i).as_ref().is_some_and(holds)
        })
    }
}
