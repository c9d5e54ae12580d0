//! Levels 1 and 2, without a witness: what a 200 must not miss, recorded by the checker and not by the machine.

use healthd_core::position::history::History;
use healthd_core::writer::{Failback, Level, Report, SourceLink};

use crate::pool::{Commits, Event, Seen, Visible};
use crate::scenario::Command;
use crate::world::{Bad, Server, Stage, World, lacks};

/// What one node was seen to have, and what it was told, by the node that made the commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Alone {
    /// Everything that was ever sampled, and the same one probe earlier.
    seen: [u8; 2],
    seen_before: [u8; 2],
    /// It was connected to its source at the last sample.
    fed: bool,
    /// The peer's last report, and the one before.
    told: [u8; 2],
    told_before: [u8; 2],
    /// There was one since healthd started, and the peer's server answered.
    heard: bool,
    answers: bool,
    /// Number of commits that the peer had when the server went down, until the next 200.
    left: Option<u8>,
    /// The run of the server at the last sample, and at the sample of the last 200.
    boot: u8,
    served: Option<u8>,
}

impl Alone {
    fn sampled(&mut self, i: usize, seen: Seen) {
        self.seen_before = self.seen;
        let mut now = [seen.received.max(seen.applied); 2];
        now[i] = seen.own;
        self.seen = [0, 1].map(|j| self.seen[j].max(now[j]));
        self.boot = seen.boot;
        self.fed = seen.source == SourceLink::Connected;
    }

    fn heard(&mut self, report: &Report<Commits>, executed: [u8; 2]) {
        (self.heard, self.answers) = (true, report.answers);
        if report.position.is_some() {
            self.told_before = self.told;
            self.told = executed;
        }
    }
}

impl Stage {
    /// There is no witness, or the last one can be removed.
    fn may_be_alone(&self) -> bool {
        let removed = self.scenario.proxies == 1 && self.scenario.commands.contains(&Command::RemoveWitness);
        self.scenario.level.is_some() || removed
    }

    pub(crate) fn note_200(&self, w: &mut World, i: usize) {
        if self.may_be_alone() {
            let its = &mut w.ghost.alone[i];
            its.served = Some(its.boot);
            if its.boot == w.nodes[i].boot {
                its.left = None;
            }
        }
    }

    pub(crate) fn note_sample(&self, w: &mut World, i: usize, seen: Seen) {
        if self.may_be_alone() {
            let own = seen.own.min(w.nodes[i].genuine);
            w.ghost.alone[i].sampled(i, Seen { own, ..seen });
        }
    }

    pub(crate) fn note_report(&self, w: &mut World, i: usize, number: u32) {
        if self.may_be_alone() {
            let report = self.pool.report(number);
            let executed = report.position.as_ref().map(|position| position.executed).unwrap_or_default();
            let counts = self.counts(w, executed);
            let genuine = [0, 1].map(|j| counts[j].min(w.nodes[j].genuine));
            w.ghost.alone[i].heard(report, genuine);
        }
    }

    pub(crate) fn note_server_down(&self, w: &mut World, i: usize) {
        if self.may_be_alone() {
            let written = w.nodes[1 - i].own;
            w.ghost.alone[i].left.get_or_insert(written);
        }
    }

    pub(crate) fn note_healthd_down(&self, w: &mut World, i: usize) {
        if !self.may_be_alone() {
            return;
        }
        // The commits of the last half second may not be on the disk.
        let persistent = self.pool.persistent(w.nodes[i].disk);
        let counts = |set: Commits| self.counts(w, set);
        let least = |a: [u8; 2], b: [u8; 2]| [0, 1].map(|j| a[j].min(b[j]));
        let (mut mark, own) = (counts(persistent.high_water_mark), counts(persistent.own_high_water_mark));
        mark[i] = own[i];
        let position = persistent.peer_report.as_ref().and_then(|report| report.position.as_ref());
        let told = counts(position.map(|position| position.executed).unwrap_or_default());
        let served = persistent.boot.is_some();
        let its = &mut w.ghost.alone[i];
        its.served = its.served.filter(|_| served);
        its.seen = least(its.seen, mark);
        its.seen_before = its.seen;
        its.told = least(its.told, told);
        its.told_before = its.told;
        its.heard = false;
    }

    /// From now on, this node is without a witness: earlier commits of the peer are no reason to stay out.
    pub(crate) fn note_removal(&self, w: &mut World, i: usize) {
        if self.may_be_alone() {
            let written = w.nodes[1 - i].own;
            let its = &mut w.ghost.alone[i];
            its.left = its.left.map(|_| written);
        }
    }

    /// An operator decides that what was seen before does not count.
    pub(crate) fn note_mark_drop(&self, w: &mut World, i: usize) {
        let has = w.executed(i);
        w.ghost.known[i] = has.map(|_| 0);
        if self.may_be_alone() {
            let its = &mut w.ghost.alone[i];
            (its.seen, its.seen_before, its.told, its.told_before) = (has, has, [0; 2], [0; 2]);
        }
    }

    /// The same without a rebuild. Of what the node lacks now, only what it is told again counts as missing.
    pub(crate) fn note_forgotten(&self, w: &mut World, i: usize) {
        let (has, ghost) = (w.executed(i), &w.ghost);
        let mut given_up = Commits(ghost.given_up[i]);
        if self.absolute() {
            let told = Commits::first([0, 1].map(|j| ghost.acked[j].max(ghost.shown[j])));
            given_up.merge(&told.minus(&Commits::first(has)));
        }
        if let Some(visible) = self.visible(w, i) {
            given_up.merge(&self.commits(w, self.pool.persistent(visible.persistent).accepted));
        }
        w.ghost.given_up[i] = given_up.0;
        self.note_mark_drop(w, i);
        // The next probe sees it again.
        let its = &mut w.ghost.alone[i];
        (its.seen, its.seen_before) = ([0; 2], [0; 2]);
    }

    /// A check of a node without a witness. Returns whether it is answered 200.
    pub(crate) fn asked(&mut self, w: &mut World, i: usize) -> bool {
        if w.nodes[i].proof_old {
            self.tell(w, i, Event::ProofAged);
        }
        let Some(before) = self.visible(w, i) else {
            return false;
        };
        let served = self.tell(w, i, Event::Asked).served;
        if served {
            if let Some(bad) = self.misses(w, i, &before) {
                w.ghost.bad.get_or_insert(bad);
            }
            self.note_200(w, i);
        }
        served
    }

    /// The violation that a 200 of this node would be.
    fn misses(&self, w: &World, i: usize, visible: &Visible) -> Option<Bad> {
        let level = self.scenario.level.unwrap_or(Level::Peer(Failback::Manual));
        // No client reads from a server that is down, as its healthd will notice.
        if w.nodes[i].server != Server::Up {
            return None;
        }
        let (its, o, ghost) = (&w.ghost.alone[i], 1 - i, &w.ghost);
        let mut executed = w.executed(i);
        executed[i] = executed[i].min(w.nodes[i].genuine);
        let misses = |wanted: [u8; 2]| (0..2).any(|j| lacks(executed[j], wanted[j], ghost.given_up[i][j]));
        if misses(if its.fed { its.seen_before } else { its.seen }) {
            return Some(Bad::BehindMark);
        }
        let Level::Peer(failback) = level else {
            return None;
        };
        let known = its.heard && !visible.unreachable;
        let lives = known && its.answers && its.fed;
        match (lives, self.scenario.semisync) {
            (true, _) if misses(its.told_before) => return Some(Bad::BehindPeer),
            (false, false) if misses(its.told) => return Some(Bad::BehindPeer),
            _ => {}
        }
        let left = its.left.filter(|_| its.served.is_some_and(|boot| boot != its.boot))?;
        let written = its.told[o].min(ghost.acked[o]) > left;
        let by_itself = failback == Failback::Manual && !visible.claims;
        (!known || written && by_itself).then_some(Bad::CameBack)
    }

    /// HAProxy moves: with semi-synchronous replication, nothing is lost that a client was told. Received commits
    /// count, even if they are not applied yet.
    pub(crate) fn moves(&self, before: &World, after: &mut World) {
        if self.scenario.level.is_none_or(|level| level == Level::HighWaterMark) || !self.absolute() {
            return;
        }
        for p in 0..self.scenario.proxies {
            let (was, is) = (before.proxies[p].route(), after.proxies[p].route());
            if let Some(i) = is.filter(|_| is != was)
                && after.open(p, i)
                && lacks(after.nodes[i].received, after.ghost.acked[1 - i], after.ghost.given_up[i][1 - i])
            {
                after.ghost.bad.get_or_insert(Bad::BehindClient);
            }
        }
    }

    /// Whether clients of a healthy HAProxy reach some server.
    pub(crate) fn serves_alone(&self, w: &World) -> bool {
        let mut proxies = w.proxies[..self.scenario.proxies].iter();
        proxies.all(|proxy| proxy.route().is_some())
    }
}
