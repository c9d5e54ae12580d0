//! Replication by file and position, without GTIDs. A node is known by the end of its own binary log, in which its
//! commits stand among replicated ones and beginnings of new files, and by its position in the other node's log.

use crate::pool::{Commits, Seen};
use crate::world::{Node, Server, Stage, World};

/// Positions in two binary logs, counted in entries: an own commit, a replicated one, or the beginning of a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Log {
    end: u8,
    /// The positions of own commits.
    commits: [u8; 2],
    /// How much of the other node's log was received, and executed.
    read: u8,
    exec: u8,
    /// It has not reached its source since the server's start, so the server does not say whose positions these are.
    nameless: bool,
}

impl Log {
    /// Adds an entry that is not an own commit.
    pub(crate) fn grows(&mut self) {
        self.end += 1;
    }

    pub(crate) fn restarts(&mut self) {
        self.grows();
        self.loses_channel();
    }

    pub(crate) fn fetches_anew(&mut self) {
        self.read = self.exec;
    }

    pub(crate) fn loses_channel(&mut self) {
        self.fetches_anew();
        self.nameless = true;
    }

    /// Number of own commits up to a position.
    fn commits_until(&self, place: u8) -> u8 {
        self.commits.iter().filter(|&&at| (1..=place).contains(&at)).count() as u8
    }
}

impl Node {
    /// The last own commit is in the log.
    pub(crate) fn logs_commit(&mut self) {
        self.log.grows();
        if let Some(at) = self.log.commits.get_mut(usize::from(self.own) - 1) {
            *at = self.log.end;
        }
    }

    pub(crate) fn reads_on(&self, other: &Log) -> bool {
        self.log.read < other.end
    }

    pub(crate) fn executes_on(&self) -> bool {
        self.log.exec < self.log.read
    }

    /// Reads an entry of the other node's log.
    pub(crate) fn reads(&mut self, other: &Log) {
        self.log.read += 1;
        self.received = other.commits_until(self.log.read);
    }

    /// Executes an entry: own commits are skipped, and those of the other node go to this node's log as well.
    pub(crate) fn executes(&mut self, other: &Log) {
        self.log.exec += 1;
        let applied = other.commits_until(self.log.exec);
        if applied > self.applied {
            self.log.grows();
        }
        self.applied = applied;
    }

    /// Everything in the other node's log was read and executed.
    pub(crate) fn follows(&self, other: &Log) -> bool {
        (self.log.read, self.log.exec) == (other.end, other.end)
    }
}

impl Stage {
    /// A channel that is connected names its source.
    pub(crate) fn name_sources(&self, w: &mut World) {
        for i in 0..2 {
            if self.scenario.files && w.nodes[i].server == Server::Up && self.feeds(w, i) {
                w.nodes[i].log.nameless = false;
            }
        }
    }

    pub(crate) fn commits_next(&self, w: &mut World, i: usize) {
        w.nodes[i].own += 1;
        if self.scenario.files {
            w.nodes[i].logs_commit();
        }
    }

    pub(crate) fn may_receive(&self, w: &World, i: usize) -> bool {
        let (node, other) = (&w.nodes[i], &w.nodes[1 - i]);
        if self.scenario.files { node.reads_on(&other.log) } else { node.received < other.own }
    }

    pub(crate) fn may_apply(&self, node: &Node) -> bool {
        if self.scenario.files { node.executes_on() } else { node.applied < node.received }
    }

    pub(crate) fn receives(&self, w: &mut World, i: usize) {
        let other = w.nodes[1 - i].log;
        match self.scenario.files {
            true => w.nodes[i].reads(&other),
            false => w.nodes[i].received += 1,
        }
    }

    pub(crate) fn applies(&self, w: &mut World, i: usize) {
        let other = w.nodes[1 - i].log;
        match self.scenario.files {
            true => w.nodes[i].executes(&other),
            false => w.nodes[i].applied += 1,
        }
    }

    pub(crate) fn catches_up(&self, w: &mut World, i: usize) {
        while self.may_receive(w, i) {
            self.receives(w, i);
        }
        while self.may_apply(&w.nodes[i]) {
            self.applies(w, i);
        }
    }

    /// Nothing of the other node's log is left.
    pub(crate) fn is_fed_up(&self, w: &World, i: usize) -> bool {
        !self.scenario.files || w.nodes[i].follows(&w.nodes[1 - i].log)
    }

    /// The positions that a probe reads.
    pub(crate) fn places(&self, w: &World, i: usize, seen: Seen) -> Seen {
        if !self.scenario.files {
            return seen;
        }
        let log = w.nodes[i].log;
        let (received, applied) = if log.nameless { (0, 0) } else { (log.read, log.exec) };
        Seen { own: log.end, applied, received, ..seen }
    }

    /// The same in commits.
    pub(crate) fn in_commits(&self, w: &World, i: usize, seen: Seen) -> Seen {
        if !self.scenario.files {
            return seen;
        }
        let (own, other) = (&w.nodes[i].log, &w.nodes[1 - i].log);
        Seen {
            own: own.commits_until(seen.own),
            applied: other.commits_until(seen.applied),
            received: other.commits_until(seen.received),
            ..seen
        }
    }

    /// How many commits of each node are in a set.
    pub(crate) fn counts(&self, w: &World, set: Commits) -> [u8; 2] {
        self.commits(w, set).0.map(|bits| bits.count_ones() as u8)
    }

    /// Which commits are in it.
    pub(crate) fn commits(&self, w: &World, set: Commits) -> Commits {
        if !self.scenario.files {
            return set;
        }
        Commits([0, 1].map(|j| {
            let commits = w.nodes[j].log.commits.iter().enumerate();
            let there = commits.filter(|&(_, &at)| at > 0 && set.0[j] >> (at - 1) & 1 == 1);
            there.fold(0, |bits, (number, _)| bits | 1 << number)
        }))
    }
}
