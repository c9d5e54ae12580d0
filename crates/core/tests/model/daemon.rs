//! The parts of the daemon around its state machine: probes, reports, the disk, the answers to checks.

use healthd_core::position::history::History;
use healthd_core::writer::{Epoch, Refusal, SemiSync, SourceLink};

use crate::pool::{Commits, Event, Seen, Step, Visible};
use crate::scenario::{Fault, Pace};
use crate::world::{Bad, Check, Server, Stage, Waiting, World};

impl Stage {
    pub(crate) fn visible(&self, world: &World, i: usize) -> Option<Visible> {
        world.nodes[i].alive.then(|| *self.pool.visible(world.nodes[i].machine))
    }

    /// One event of node `i`'s healthd.
    pub(crate) fn tell(&mut self, world: &mut World, i: usize, event: Event) -> Step {
        let step = self.pool.step(i, world.nodes[i].machine, event);
        world.nodes[i].machine = step.machine;
        if !self.scenario.lazy {
            self.persist(world, i);
        }
        step
    }

    pub(crate) fn persist(&self, world: &mut World, i: usize) {
        let node = &mut world.nodes[i];
        if !node.disk_full && node.alive {
            node.disk = self.pool.visible(node.machine).persistent;
            node.fence.on_disk = node.fence.remembered;
        }
    }

    /// What a probe sees now.
    pub(crate) fn sees(&self, world: &World, i: usize) -> Option<Seen> {
        let node = &world.nodes[i];
        let source = self.source(world, i);
        let up = node.server == Server::Up;
        let seen = up.then_some(Seen {
            fit: !node.fence.read_only && !node.maintenance,
            boot: node.boot,
            own: node.own,
            applied: node.applied,
            received: if source == SourceLink::NoSource { 0 } else { node.received },
            semisync: match (node.semisync, node.waiting) {
                (false, _) => SemiSync::Off,
                (true, Waiting::Nobody) => SemiSync::Quiet,
                (true, _) => SemiSync::Waiting,
            },
            source,
            semisync_replica: self.scenario.semisync && source == SourceLink::Connected,
        });
        seen.map(|seen| self.places(world, i, seen))
    }

    pub(crate) fn probe_starts(&mut self, world: &mut World, i: usize) {
        world.nodes[i].probing = Some(self.sees(world, i));
        for proxy in &mut world.proxies {
            if let Check::Sent { probe, .. } = &mut proxy.check[i] {
                *probe = (*probe).max(1);
            }
        }
        self.tell(world, i, Event::ProbeStarted);
    }

    pub(crate) fn probe_ends(&mut self, world: &mut World, i: usize) {
        let Some(mut seen) = world.nodes[i].probing.take() else {
            return;
        };
        // Maintenance is known without a probe.
        if let Some(seen) = &mut seen {
            seen.fit &= !world.nodes[i].maintenance;
        }
        for proxy in &mut world.proxies {
            if let Check::Sent { probe, .. } = &mut proxy.check[i]
                && *probe == 1
                && seen.is_some()
            {
                *probe = 2;
            }
        }
        if let Some(seen) = seen {
            let seen = self.in_commits(world, i, seen);
            self.note_sample(world, i, seen);
            world.nodes[i].position_old = false;
            let genuine = world.nodes[i].genuine;
            let known = &mut world.ghost.known[i];
            known[i] = known[i].max(seen.own.min(genuine));
            if world.proxies.iter().any(|proxy| proxy.up[1 - i]) {
                known[1 - i] = known[1 - i].max(seen.received);
            }
        }
        self.tell(world, i, Event::ProbeEnded(seen));
    }

    /// The other healthd fetches node `i`'s report.
    pub(crate) fn fetch(&mut self, world: &mut World, i: usize) {
        let step = self.tell(world, i, Event::Fetched);
        let visible = self.pool.visible(step.machine);
        world.flying[i] = Some((visible.report, !world.nodes[i].position_old));
        if self.scenario.pace != Pace::Slow {
            self.deliver(world, i);
        }
    }

    /// Node `i`'s report arrives.
    pub(crate) fn deliver(&mut self, world: &mut World, i: usize) {
        let Some((number, fresh)) = world.flying[i].take() else {
            return;
        };
        let o = 1 - i;
        self.note_report(world, o, number);
        if let Some(position) = &self.pool.report(number).position {
            let node = &mut world.nodes[o];
            node.report_old = !fresh;
            if position.semisync == SemiSync::Quiet && fresh {
                (node.quiet, node.proof_old) = (true, false);
            }
            let genuine = [0, 1].map(|j| world.nodes[j].genuine);
            let counts = self.counts(world, position.executed);
            let executed = [0, 1].map(|j| counts[j].min(genuine[j]));
            let known = &mut world.ghost.known[o];
            known[o] = known[o].max(executed[o]);
            if world.proxies.iter().any(|proxy| proxy.up[i]) {
                known[i] = known[i].max(executed[i]);
            }
        }
        self.tell(world, o, Event::Report { number, fresh });
    }

    /// healthd answers a check with an opinion.
    pub(crate) fn answer(&mut self, world: &mut World, p: usize, i: usize) {
        let Check::Sent { me, peer, probe } = world.proxies[p].check[i] else {
            return;
        };
        if self.visible(world, i).is_some_and(|visible| visible.unwitnessed) {
            let served = self.asked(world, i);
            world.proxies[p].check[i] = Check::Answered(served);
            return;
        }
        // Ages are examined before each check.
        if world.nodes[i].report_old {
            self.tell(world, i, Event::Aged);
        }
        if world.nodes[i].proof_old {
            self.tell(world, i, Event::ProofAged);
        }
        let before = *self.pool.visible(world.nodes[i].machine);
        let saves = !world.nodes[i].disk_full;
        let event = Event::Check { proxy: p as u8, me, peer, fresh: probe == 2, saves };
        let step = self.tell(world, i, event);
        let mut served = step.served;
        let after = *self.pool.visible(step.machine);
        if after.epoch != before.epoch {
            self.gained(world, i, after.epoch, after.cut);
        }
        if served && self.pool.persistent(world.nodes[i].disk).epoch != after.epoch {
            if after.epoch == before.epoch && !self.scenario.faults.contains(&Fault::DiskFull) {
                world.ghost.bad.get_or_insert(Bad::Unpersisted);
            }
            // Without exception: no 200 under an epoch that is not on the disk.
            self.persist(world, i);
            served = !world.nodes[i].disk_full;
        }
        if served {
            self.note_200(world, i);
        } else {
            self.lost(world, p, i, me, &before, step);
        }
        world.proxies[p].check[i] = Check::Answered(served);
    }

    /// The disk accepts writes again, and healthd notices.
    pub(crate) fn can_save_again(&mut self, world: &mut World, i: usize) {
        if world.nodes[i].alive {
            self.tell(world, i, Event::CanSave(true));
        }
    }

    /// An answer on its way arrives.
    pub(crate) fn hear(&self, world: &mut World, p: usize, i: usize) {
        if let Check::Answered(up) = world.proxies[p].check[i] {
            self.mark(world, p, i, up);
        }
    }

    /// Records a gain, and checks whether it takes the role from a healthy holder in use.
    fn gained(&mut self, world: &mut World, i: usize, epoch: Option<Epoch>, cut: Commits) {
        let o = 1 - i;
        let number = epoch.map_or(0, |epoch| epoch.number as u8);
        let executed = world.executed(i);
        let used = world.proxies[..self.scenario.proxies].iter().any(|proxy| proxy.up[o] && proxy.reach[o]);
        let healthy =
            self.visible(world, o).is_some_and(|visible| !visible.yielding && self.is_well_holder(world, o, &visible));
        let cut = self.counts(world, cut);
        let ghost = &mut world.ghost;
        let bad = if used && healthy {
            Some(Bad::Evicted)
        } else if number <= ghost.top.0 && usize::from(ghost.top.1) != i {
            Some(Bad::SameEpoch)
        } else if !Commits::first(executed).contains(&Commits::first(ghost.cut)) && !self.scenario.override_used {
            Some(Bad::CutMissing)
        } else {
            None
        };
        ghost.bad = ghost.bad.or(bad);
        ghost.top = (number, i as u8);
        ghost.run = world.nodes[i].boot;
        ghost.under[i] = number;
        ghost.cut = cut;
    }

    /// Whether a node has the role and is healthy. This is judged by the last gain that the checker saw, since healthd
    /// may have forgotten it; it may only if its state directory may be lost.
    fn is_well_holder(&self, world: &World, i: usize, visible: &Visible) -> bool {
        let (node, top) = (&world.nodes[i], world.ghost.top);
        let believes = visible.holds && !visible.restarted && world.epoch(visible.epoch) == top;
        let gained = top.0 > 0 && usize::from(top.1) == i && world.ghost.run == node.boot;
        let may_forget = self.scenario.faults.contains(&Fault::StateLost);
        node.writable() && visible.answers && (believes || gained && !may_forget)
    }

    /// Checks whether a healthy holder in use may answer this 503.
    fn lost(&self, world: &mut World, p: usize, i: usize, me: bool, before: &Visible, step: Step) {
        let listed = matches!(step.refusal, Some(Refusal::HandingOver | Refusal::Yielded)) || step.refusal.is_none();
        let removed = world.nodes[i].removed && p + 1 == self.scenario.proxies;
        let healthy = !removed && self.is_well_holder(world, i, before);
        if me && world.proxies[p].up[i] && world.proxies[p].reach[i] && healthy && !listed {
            world.ghost.bad.get_or_insert(Bad::Evicted);
        }
    }
}
